"""Looking at the account again and again: the evidence so far, what it comes to, and where the dials stand."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from playbook.account_state import read_account_state
from playbook.evidence import Evidence
from playbook.evidence_source import EvidenceSource, recorded_baseline
from playbook.failures import failure_line
from playbook.judge import judge, judge_shadow
from playbook.latencies import LatencyDistribution
from playbook.status_view import Status, status_of
from playbook.verdict import Verdict

if TYPE_CHECKING:
    from playbook.account import Account

# A look that fails is told and tried again: throttling and a network that is away for a moment pass. What lasts longer
# does not pass by itself.
MOST_FAILURES: Final = 10
# The account's time is known to the second, and what was logged in this very one counts, too.
_THIS_SECOND: Final = timedelta(seconds=1)


@dataclass(frozen=True, kw_only=True)
class Look:
    """What one look found. `verdict` is the shadow's gate while no read may be sent to Prisma."""

    status: Status
    evidence: Evidence
    verdict: Verdict


class Eyes(Protocol):
    """`AccountEyes` is the real one."""

    def look(self) -> Look:
        """Raises botocore's errors, after which one may look again."""


class Screen(Protocol):
    """`playbook.watch_screen` has the real ones."""

    def show(self, look: Look) -> None: ...

    def miss(self, why: str) -> None:
        """A look failed; the next may not."""

    def progress(self, text: str) -> None:
        """How far a look has come that takes long."""


class AccountEyes:
    """Remembers the lines that it has read, so that a look costs what is new. A new step begins with nothing."""

    def __init__(self, account: "Account", on_progress: Callable[[str], None] = lambda _: None) -> None:
        self._account = account
        self._on_progress = on_progress
        self._source: EvidenceSource | None = None
        self._baseline = LatencyDistribution()

    def look(self) -> Look:
        settings = self._account.settings
        state = read_account_state(self._account)
        source = self._source_since(state.step.started_at)
        if not self._baseline.reads:
            self._baseline = recorded_baseline(self._account, source.since)
        try:
            source.read(state.at + _THIS_SECOND)
        except BaseException:
            # Of what was being read when it broke off some may be lost: the next look begins anew.
            self._source = None
            raise
        evidence = source.evidence(alarms=state.alarm_evidence, baseline_latencies=self._baseline)
        check = judge if state.step.flag.reaches_anybody else judge_shadow
        return Look(status=status_of(state, settings), evidence=evidence, verdict=check(evidence, settings.thresholds))

    def _source_since(self, since: datetime) -> EvidenceSource:
        if self._source is None or self._source.since != since:
            self._baseline = LatencyDistribution()
            self._source = EvidenceSource.of(
                self._account, since, on_progress=lambda progress: self._on_progress(str(progress))
            )
        return self._source


def watch(
    eyes: Eyes,
    screen: Screen,
    *,
    interval_seconds: float,
    minutes: float | None,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Look until `minutes` of the account's time have passed since the first look; for ever where they are None.

    `interval_seconds` are real ones. Raises whatever the first look raises, and what ten looks in a row raise.
    """
    look = eyes.look()
    screen.show(look)
    first_at = look.status.state.at
    failures = 0
    while minutes is None or look.status.state.at - first_at < timedelta(minutes=minutes):
        sleep(interval_seconds)
        try:
            look = eyes.look()
        except (ClientError, BotoCoreError) as error:
            failures += 1
            if failures == MOST_FAILURES:
                raise
            screen.miss(failure_line(error) or str(error))
        else:
            failures = 0
            screen.show(look)

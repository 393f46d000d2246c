"""The checklist before the canary: everything that can be known beforehand, looked at in the order of the day."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from dashboards.console_links import Console
from playbook import baseline
from playbook.account_state import AccountState
from playbook.baseline import Baseline, NotWarmError
from playbook.canary_plan import CanaryPlan, plan_canary
from playbook.checklist import Checklist, Item, Result, failed
from playbook.evidence import Evidence
from playbook.failures import failure_line
from playbook.gate import Act, Situation
from playbook.gates import standing_gates
from playbook.journal import Journal
from playbook.judge import judge_shadow
from playbook.preflight_alarms import (
    AlarmActions,
    GuardianFacts,
    Subscription,
    alarms_item,
    guardian_item,
    people_item,
)
from playbook.preflight_capacity import (
    Concurrency,
    baseline_item,
    concurrency_item,
    traffic_item,
    warm_item,
    who_item,
)
from playbook.preflight_eyes import QueryRun, dashboard_item, queries_item, traces_item
from playbook.preflight_shadow import gate_items, shadow_items, shadow_off
from playbook.settings import Settings
from playbook.step import Step
from shared.flag import Flag, SplitBy
from shared.names import ResourceNames

_AGAIN: Final = "mend that and say the same command again"


class Sight(Protocol):
    """What preflight looks at; `preflight_account.AccountSight` is the real one. All may raise AWS's errors."""

    @property
    def names(self) -> ResourceNames: ...

    @property
    def settings(self) -> Settings: ...

    @property
    def region(self) -> str: ...

    def state(self) -> AccountState: ...

    def evidence(self, since: datetime) -> Evidence:
        """On the step that began then."""

    def alarm_actions(self) -> Mapping[str, AlarmActions]:
        """By alarm name."""

    def topic_arn(self, name: str) -> str: ...

    def subscriptions(self, topic_name: str) -> Sequence[Subscription]: ...

    def guardian(self) -> GuardianFacts: ...

    def dashboard_widgets(self) -> int | None:
        """None where there is no dashboard."""

    def traces(self) -> int:
        """Of users' reads in the last minutes, as many as X-Ray's first page has."""

    def run_queries(self) -> Sequence[QueryRun]: ...

    def concurrency(self) -> Concurrency: ...

    def reads_a_minute(self) -> float | None:
        """The present rate, None where it is not known."""

    def measure_baseline(self, users: Sequence[str]) -> Baseline:
        """Raises NotWarmError, too."""


@dataclass(frozen=True, kw_only=True)
class Intent:
    """The canary that is meant: None stands for what the flag and the ramp say. `users` are who is expected to read."""

    percent: float | None
    split_by: SplitBy | None
    users: Sequence[str]


class Preflight:
    """One run. `on_look` is told what is looked at next, `on_item` each item as soon as it is known."""

    def __init__(
        self,
        sight: Sight,
        journal: Journal,
        *,
        on_look: Callable[[str], None],
        on_item: Callable[[Item], None],
    ) -> None:
        self._sight = sight
        self._journal = journal
        self._on_look = on_look
        self._on_item = on_item

    def run(self, intent: Intent) -> Checklist:
        """Look at everything, whatever fails meanwhile. Raises what keeps it from looking at the account at all."""
        items: list[Item] = []
        for item in self._items(intent):
            self._on_item(item)
            items.append(item)
        return Checklist(tuple(items))

    def _items(self, intent: Intent) -> Iterator[Item]:
        sight, names = self._sight, self._sight.names
        self._on_look("reading the account")
        state = sight.state()
        flag = _flag(state.step, intent, sight.settings)
        situation = Situation(act=Act.CANARY, percent=flag.percent, state=state, settings=sight.settings)
        yield from gate_items(standing_gates(situation))
        yield from self._looked("shadow", lambda: self._shadow(state.step))
        yield from self._looked(
            "alarms", lambda: [alarms_item(state.alarms, sight.alarm_actions(), sight.topic_arn(names.alarm_topic))]
        )
        yield from self._looked(
            "guardian", lambda: [guardian_item(names, sight.subscriptions(names.alarm_topic), sight.guardian())]
        )
        topics = (names.alarm_topic, names.rollback_topic)
        yield from self._looked(
            "people", lambda: [people_item(names, {topic: sight.subscriptions(topic) for topic in topics})]
        )
        link = Console(sight.region).dashboard(names.dashboard)
        yield from self._looked("dashboard", lambda: [dashboard_item(names.dashboard, sight.dashboard_widgets(), link)])
        yield from self._looked("traces", lambda: [traces_item(sight.traces())])
        yield from self._looked("queries", lambda: [queries_item(sight.run_queries())])
        yield from self._looked("traffic", lambda: self._plan(flag, intent.users))
        yield from self._looked("prisma-read", lambda: self._baseline(intent.users))

    def _shadow(self, step: Step) -> Iterable[Item]:
        off = shadow_off(step)
        if off is not None:
            return [off]
        evidence = self._sight.evidence(step.started_at)
        return shadow_items(judge_shadow(evidence, self._sight.settings.thresholds))

    def _plan(self, flag: Flag, users: Sequence[str]) -> Iterator[Item]:
        sight = self._sight
        reads_a_minute = sight.reads_a_minute()
        plan = plan_canary(flag, users, thresholds=sight.settings.thresholds, reads_a_minute=reads_a_minute)
        yield who_item(plan)
        yield traffic_item(plan, reads_a_minute=reads_a_minute, hold_minutes=_hold_minutes(plan, sight.settings))
        yield from self._looked(
            "concurrency",
            lambda: [concurrency_item(sight.names, sight.settings, sight.concurrency(), plan, reads_a_minute)],
        )

    def _baseline(self, users: Sequence[str]) -> Iterator[Item]:
        try:
            measured = self._sight.measure_baseline(users)
        except NotWarmError as error:
            yield failed("prisma-read", str(error), "find out why before users meet it; its log has the codes")
            return
        warm = warm_item(self._sight.settings, measured)
        yield warm
        if warm.result is not Result.FAIL:
            baseline.record(self._journal, measured)
            yield baseline_item(self._sight.settings, measured.latencies)

    def _looked(self, name: str, look: Callable[[], Iterable[Item]]) -> Iterator[Item]:
        """The items, or one that says why they cannot be had: what may not be looked at hides nothing else."""
        self._on_look(name)
        try:
            yield from look()
        except Exception as error:
            line = failure_line(error)
            if line is None:
                raise
            yield failed(name, f"could not be looked at: {line}", _AGAIN)


def _flag(step: Step, intent: Intent, settings: Settings) -> Flag:
    """The flag as the canary will set it: what is not said stays as it is deployed, or is the ramp's first step."""
    return Flag(
        enabled=True,
        percent=settings.ramp[0] if intent.percent is None else intent.percent,
        split_by=SplitBy(step.split_by) if intent.split_by is None else intent.split_by,
        allow_users=frozenset(step.allow_users),
        shadow_percent=step.shadow_percent,
        seed=step.seed,
    )


def _hold_minutes(plan: CanaryPlan, settings: Settings) -> float:
    """How long the step lasts at least: that of the largest step of the ramp that it reaches."""
    percent = plan.chosen.flag.percent
    reached = [step for step in settings.ramp_hold_minutes if step <= percent]
    return settings.ramp_hold_minutes[max(reached, default=min(settings.ramp_hold_minutes))]

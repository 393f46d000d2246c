"""Beginning a step of the playbook: read, gates, the deployment, its entry in the journal.

The order makes every moment a good one to be killed in. An override is on record before the dial moves; whoever says
the command again after it has moved finds the flag where it is to be, and only waits and completes the records.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from playbook.account import Account
from playbook.account_state import read_account_state
from playbook.dial_deployment import Deployed, wait_until_deployed
from playbook.dial_note import DialNote
from playbook.dial_reading import Deployment, DialReading, path_dial, read_dial
from playbook.evidence_source import collect, recorded_baseline
from playbook.flag_dial import DialMovedError, FlagPosition, turn
from playbook.gate import Act, Gate, Situation, pass_gates
from playbook.gates import gates, kill_switch, needs_verdict, standing_gates
from playbook.journal import AccountJournal, Kind
from playbook.journal_once import write_once
from playbook.judge import judge, judge_shadow
from playbook.output import Output
from playbook.verdict import Verdict


@dataclass(frozen=True, kw_only=True)
class Begun:
    """A step that has begun. `earlier` is whether it had before this command; `overridden` are the gates that were."""

    position: FlagPosition
    deployment: Deployment
    deployed: Deployed
    earlier: bool
    overridden: tuple[Gate, ...]


@dataclass(frozen=True)
class Beginner:
    """Begins steps in one account. `confirm` asks the operator, and raises click.Abort where they do not want to."""

    account: Account
    output: Output
    confirm: Callable[[str], None]

    def begin(self, act: Act, wanted: Callable[[DialReading], FlagPosition], *, override: str | None = None) -> Begun:
        """Turn the path dial to what `wanted` makes of where it stands.

        Raises Refusal, what `wait_until_deployed` raises, and botocore's errors.
        """
        account = self.account
        with self.output.progress.status("reading the account"):
            # First, as it is the one that says what is not deployed, and where.
            settings = account.settings
            reading = read_dial(account.appconfig, path_dial(account.names))
            state = read_account_state(account)
        if state.step.deployment_number != reading.counting.number:
            raise DialMovedError("the flag was turned while it was read; say the same command again")
        position = wanted(reading)
        situation = Situation(act=act, percent=position.percent, state=state, settings=settings)
        if reading.stands_at(position.values):
            pass_gates([kill_switch(situation)], what=str(position), override=None)
            return self._complete(reading, position)
        overridden = self._pass_gates(situation, position, override)
        self.confirm(f"{account.environment}: from {state.step} to {position}?")
        if overridden:
            self._record_override(reading, position, overridden, reason=override)
        note = DialNote(what=str(position), operator=account.operator, at=account.now())
        deployment = turn(
            account.appconfig, reading, position.values, strategy=account.names.canary_strategy, note=note
        )
        self._record(position, deployment)
        return Begun(
            position=position,
            deployment=deployment,
            deployed=self._wait(reading, deployment.number),
            earlier=False,
            overridden=overridden,
        )

    def _complete(self, reading: DialReading, position: FlagPosition) -> Begun:
        """The rest of what an earlier command began: its record, if it was ours, and the wait."""
        counting = reading.counting
        note = DialNote.parse(counting.description)
        if note is not None and note.operator == self.account.operator:
            self._record(position, counting)
        return Begun(
            position=position,
            deployment=counting,
            deployed=self._wait(reading, counting.number),
            earlier=True,
            overridden=(),
        )

    def _pass_gates(self, situation: Situation, position: FlagPosition, override: str | None) -> tuple[Gate, ...]:
        """The gates that are overridden. Raises Refusal."""
        step = situation.state.step
        if situation.act is Act.CANARY:
            recorded = recorded_baseline(self.account, step.started_at).reads > 0
            situation = replace(situation, baseline_recorded=recorded)
        overridden = pass_gates(standing_gates(situation), what=str(position), override=override)
        if not needs_verdict(situation.act):
            return overridden
        situation = replace(situation, verdict=self._judge(situation))
        return pass_gates(gates(situation), what=str(position), override=override)

    def _judge(self, situation: Situation) -> Verdict:
        """On the evidence of now: what was decided earlier may have come out otherwise since."""
        decide = judge_shadow if situation.act is Act.CANARY else judge
        with self.output.progress.status("reading the evidence") as status:
            collected = collect(
                self.account, situation.state.step.started_at, on_progress=lambda progress: status.update(str(progress))
            )
        return decide(collected.evidence, situation.settings.thresholds)

    def _record_override(
        self, reading: DialReading, position: FlagPosition, overridden: tuple[Gate, ...], *, reason: str | None
    ) -> None:
        key = {"from_deployment": reading.counting.number, "to": str(position), "reason": reason}
        write_once(
            AccountJournal(self.account),
            Kind.OVERRIDE,
            key,
            since=reading.counting.started_at,
            gates=[{"gate": gate.name, "closed": gate.closed} for gate in overridden],
        )

    def _record(self, position: FlagPosition, deployment: Deployment) -> None:
        write_once(
            AccountJournal(self.account),
            Kind.FLAG,
            {"deployment": deployment.number},
            since=deployment.started_at,
            version=deployment.version,
            position=str(position),
            percent=position.percent,
            split_by=position.split_by,
            shadow_percent=position.shadow_percent,
            allow_users=list(position.allow_users or ()),
        )

    def _wait(self, reading: DialReading, number: int) -> Deployed:
        with self.output.progress.status(f"deployment {number}") as status:
            return wait_until_deployed(
                self.account.appconfig,
                reading.ids,
                number,
                now=self.account.now,
                on_progress=lambda percent: status.update(f"deployment {number}: {percent:g} % of the functions"),
            )

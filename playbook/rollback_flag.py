"""`playbook rollback flag`: the kill switch, the flag, then reads that show it, and the records of all three."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from playbook.account import Account
from playbook.dial_note import DialNote
from playbook.dial_reading import Dial, dial_ids, kill_switch, path_dial, strategy_id
from playbook.journal import AccountJournal, Kind
from playbook.journal_once import write_once
from playbook.output import Output
from playbook.safe_reads import SafeSince, logged_prisma_reads, wait_until_safe
from playbook.safety import FLAG_OFF, SWITCH_SET, Safe, Safety
from rollback_guardian.appconfig_dial import AppConfigDial
from rollback_guardian.dial import Setting


@dataclass(frozen=True, kw_only=True)
class RolledBack:
    """The dials, since when reads are safe, and what the kill switch's deployment says of itself."""

    safe: Safe
    since: SafeSince
    switch_description: str


@dataclass(frozen=True)
class FlagRollback:
    """In one account, as often as it is said."""

    account: Account
    output: Output

    def run(self) -> RolledBack:
        """Raises UnfinishedError, StillServingError, NotDeployedError and botocore's errors."""
        names = self.account.names
        switch, flag = self._dial(kill_switch(names)), self._dial(path_dial(names))
        with self.output.progress.status("looking") as status:
            safe = Safety(switch, flag, self._alarm_states, self._describe).reach(lambda move: status.update(str(move)))
        switch_description = switch.description(safe.switch.deployment.number)
        if self._is_ours(switch_description, SWITCH_SET):
            self._record_turn(Kind.KILL_SWITCH, safe.switch, is_set=True)
        if self._is_ours(flag.description(safe.flag.deployment.number), FLAG_OFF):
            self._record_turn(Kind.FLAG, safe.flag, percent=0, position=FLAG_OFF)
        since = self._wait(safe)
        self._record_rollback(safe, since)
        return RolledBack(safe=safe, since=since, switch_description=switch_description)

    def _dial(self, dial: Dial) -> AppConfigDial:
        ids = dial_ids(self.account.appconfig, dial)
        return AppConfigDial(
            self.account.appconfig,
            application_id=ids.application_id,
            environment_id=ids.environment_id,
            profile_id=ids.profile_id,
            strategy_id=strategy_id(self.account.appconfig, self.account.names.immediate_strategy),
        )

    def _alarm_states(self) -> Mapping[str, str]:
        """One that is not there cannot be monitored either."""
        wanted = list(self.account.names.flag_rollback_alarms)
        alarms = self.account.cloudwatch.describe_alarms(AlarmNames=wanted, AlarmTypes=["MetricAlarm"])["MetricAlarms"]
        return {alarm["AlarmName"]: alarm["StateValue"] for alarm in alarms}

    def _describe(self, what: str) -> str:
        return str(DialNote(what=what, operator=self.account.operator, at=self.account.now()))

    def _is_ours(self, description: str, what: str) -> bool:
        """Whether this operator did that, now or in an earlier attempt; others' turns are theirs to tell of."""
        note = DialNote.parse(description)
        return note is not None and (note.operator, note.what) == (self.account.operator, what)

    def _record_turn(self, kind: Kind, setting: Setting, **facts: object) -> None:
        deployment = setting.deployment
        write_once(
            AccountJournal(self.account),
            kind,
            {"deployment": deployment.number},
            since=deployment.started_at,
            version=str(deployment.version),
            **facts,
        )

    def _wait(self, safe: Safe) -> SafeSince:
        account = self.account
        with self.output.progress.status("waiting until reads are safe") as status:
            return wait_until_safe(
                safe.switch.deployment.started_at,
                poll_interval=timedelta(seconds=account.settings.flag_poll_interval_seconds),
                prisma_reads=lambda since, until: logged_prisma_reads(
                    account.logs, f"/aws/lambda/{account.names.mock_read_function}", since, until
                ),
                now=account.now,
                on_wait=lambda until: status.update(
                    f"waiting until reads are safe, {until:%H:%M:%S} UTC at the earliest"
                ),
            )

    def _record_rollback(self, safe: Safe, since: SafeSince) -> None:
        key = {
            "dial": "flag",
            "switch_deployment": safe.switch.deployment.number,
            "flag": "waits for its alarms" if safe.waits_for else "off",
        }
        last = since.last_prisma_read_at
        write_once(
            AccountJournal(self.account),
            Kind.ROLLBACK,
            key,
            since=safe.switch.deployment.started_at,
            switched_at=since.switched_at.isoformat(),
            safe_at=since.at.isoformat(),
            last_prisma_read_at=last.isoformat() if last else None,
        )

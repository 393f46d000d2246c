"""The disasters of a rollback rehearsal: each breaks something, lets reads flow, and says what it saw.

Playbook, section 5. A scenario ends with the account as it was before: fault mended, alarms OK, kill switch released,
flag at 0 %.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from playbook.cdk_cli import CdkError, run_cdk
from playbook.heard import Ear
from playbook.interruptions import function_killed_once, tell_again
from playbook.live_state import alias_weights, deployed_feature_flags
from playbook.rehearsal_stage import GIVE_UP_MINUTES, MINUTE, READS_PER_SECOND, RehearsalStage
from playbook.rehearsed_faults import (
    FAILS_UNDER_LOAD,
    WRONG_ANSWERS,
    app_with_bad_handler,
    unreadable_users,
    without_permissions,
)
from playbook.rollback_timeline import (
    LIMIT_SECONDS,
    alarm_times,
    kill_switch_deployments,
    prisma_reads,
    time_to_safe,
)
from playbook.scenario import Outcome
from playbook.traffic import ReadResult

# 8 % of the beta's users.
BROKEN_USERS: Final = ("user-11", "user-23", "user-37", "user-41")
# What the weight of 1 % may come to among some thousand reads.
MOST_OF_A_CANARY: Final = 0.03


class Disasters:
    """Plays scenarios on a stage where nothing is wrong yet."""

    def __init__(self, stage: RehearsalStage) -> None:
        self._stage = stage
        # The mock serves everybody.
        self._answers = stage.one_read_each()

    def healthy_canary(self) -> Outcome:
        """A healthy 1 % canary, then an idle hour: no alarm."""
        stage, outcome = self._stage, Outcome("healthy canary, idle hour")
        since = stage.aws.now()
        stage.turn_to(1)
        with stage.traffic() as results:
            stage.let_pass(minutes=10)
        self._require_right_answers(outcome, results)
        stage.idle(minutes=60)
        fired = alarm_times(stage.clients, stage.names.rollback_alarms, since=since)
        outcome.require(not fired, f"fired without a reason: {sorted(fired)}")
        self._recover(outcome)
        return outcome

    def candidate_fails_at_one_percent(self) -> Outcome:
        """(a) The database stops while 1 % of the reads go to Prisma and the flag's deployment still bakes."""
        stage, outcome = self._stage, Outcome("(a) fails every read, at 1 %")
        with stage.heard() as (alarms, rollbacks), stage.traffic() as results:
            stage.turn_to(1)
            stage.let_pass(minutes=4)
            since = stage.aws.now()
            stage.show("the database stops")
            stage.aws.set_database(running=False)
            self._wait_for_safety(outcome, since)
            self._judge_rollback(outcome, since, list(results), alarms, rollbacks)
        stage.aws.set_database(running=True)
        self._recover(outcome)
        return outcome

    def candidate_fails_for_some_at_a_quarter(self) -> Outcome:
        """(b) Prisma cannot read 8 % of the users, at 25 %, after steps 1 and 5 and the end of the bake."""
        stage, outcome = self._stage, Outcome("(b) fails 8 %, at 25 %")
        for percent in (1, 5, 25):
            stage.turn_to(percent)
            stage.idle(minutes=1 + stage.bake_minutes + 1)
        state = deployed_feature_flags(stage.clients.appconfig, stage.names).state
        outcome.require(state == "COMPLETE", f"the step to 25 % is {state}, and its bake should have ended")
        with stage.heard() as (alarms, rollbacks), stage.traffic() as results:
            stage.let_pass(minutes=6)
            since = stage.aws.now()
            stage.show(f"{len(BROKEN_USERS)} of {len(stage.users)} users cannot be read any more")
            with unreadable_users(stage.database, BROKEN_USERS):
                self._wait_for_safety(outcome, since)
                self._judge_rollback(outcome, since, list(results), alarms, rollbacks)
        self._recover(outcome)
        return outcome

    def wrong_answers_are_rejected(self) -> Outcome:
        """(c1) A version of mock-read gives wrong answers: the pre-traffic hook rejects it."""
        stage, outcome = self._stage, Outcome("(c1) wrong answers")
        with stage.traffic() as results:
            self._deploy_bad_version(outcome, WRONG_ANSWERS)
        versions = {result.version for result in results}
        outcome.facts.append(f"all reads were served by version {', '.join(sorted(versions))}")
        outcome.require(len(versions) == 1, f"users were served by versions {sorted(versions)}")
        self._require_right_answers(outcome, results)
        return outcome

    def defect_under_load_is_rolled_back(self) -> Outcome:
        """(c2) A version fails only under load, behind the hook: the weighted share sees it, and nobody else."""
        stage, outcome = self._stage, Outcome("(c2) defect under load")
        good, since = stage.version(), stage.aws.now()
        with stage.traffic(reads_per_second=2 * READS_PER_SECOND) as results:
            self._deploy_bad_version(outcome, FAILS_UNDER_LOAD)
        by_bad = [result for result in results if result.version and result.version != good]
        failed = [result for result in results if result.error]
        share = len(by_bad) / len(results)
        outcome.facts.append(f"{len(by_bad)} reads ({share:.1%}) went to the bad version, {len(failed)} reads failed")
        outcome.require(failed, "the defect did not show")
        outcome.require(all(result.version != good for result in failed), "reads of the old version failed")
        outcome.require(share <= MOST_OF_A_CANARY, f"{share:.1%} of the reads saw the bad version")
        self._require_right_answers(outcome, [result for result in results if result.version == good])
        fired = alarm_times(stage.clients, [stage.names.new_version_error_rate_alarm], since=since)
        outcome.require(fired, f"{stage.names.new_version_error_rate_alarm} did not fire")
        self._recover(outcome)
        return outcome

    def guardian_without_permissions(self) -> Outcome:
        """(d) The guardian's own permissions are gone: the alarm, the topic and the dashboard say so."""
        stage, outcome = self._stage, Outcome("(d) guardian without permissions")
        name = stage.names.guardian_failed_alarm
        with (
            without_permissions(stage.clients, stage.names.rollback_guardian_function),
            stage.heard() as (alarms, _),
            stage.traffic() as results,
        ):
            stage.turn_to(1)
            stage.let_pass(minutes=4)
            since = stage.aws.now()
            stage.aws.set_database(running=False)
            outcome.require(stage.wait_until(lambda: stage.alarm_states()[name] == "ALARM"), f"{name} did not fire")
            told = [message["Subject"] for message in alarms.take()]
            outcome.facts.append(f"the topic told: {told}")
            outcome.require(any(name in subject for subject in told), f"the topic did not tell of {name}")
            body = stage.clients.cloudwatch.get_dashboard(DashboardName=stage.names.dashboard)["DashboardBody"]
            outcome.require(name in body, f"the dashboard does not show {name}")
            switches = kill_switch_deployments(stage.clients, stage.names, since=since)
            outcome.require(not switches, "the kill switch was set by somebody without permissions")
        self._require_right_answers(outcome, results)
        stage.aws.set_database(running=True)
        # What the runbook has an operator do, whom the topic has told.
        stage.operate("rollback", "flag")
        self._recover(outcome, by_hand=True)
        return outcome

    def rollback_is_interrupted(self) -> Outcome:
        """(e) As (a), but the evaluation of alarms and the guardian are killed, and messages come twice and late."""
        stage, outcome = self._stage, Outcome("(e) as (a), interrupted")
        names = stage.names
        with stage.heard() as (alarms, rollbacks):
            with stage.traffic() as results:
                stage.turn_to(1)
                stage.let_pass(minutes=4)
                since = stage.aws.now()
                stage.show("the database stops, and the evaluation of alarms")
                stage.aws.set_database(running=False)
                stage.aws.set_alarm_evaluation(running=False)
                stage.let_pass(minutes=3)
                fired = alarm_times(stage.clients, names.rollback_alarms, since=since)
                outcome.require(not fired, "alarms fired while nothing evaluated them")
                stage.show("the evaluation of alarms is back, and the guardian is killed at its work")
                with function_killed_once(names.rollback_guardian_function) as killed:
                    stage.aws.set_alarm_evaluation(running=True)
                    outcome.require(stage.wait_until(lambda: bool(killed)), "no guardian was there to be killed")
                self._wait_for_safety(outcome, since)
                told = self._judge_rollback(outcome, since, list(results), alarms, rollbacks, limited=False)
                tell_again(stage.clients, names.alarm_topic, told)
                stage.let_pass(minutes=3)
            stage.aws.set_database(running=True)
            self._recover(outcome)
            stage.show("everything that was told is told again, now that it is over")
            told = [message["Message"] for message in alarms.take()]
            tell_again(stage.clients, names.alarm_topic, told)
            stage.idle(minutes=5)
        switches = kill_switch_deployments(stage.clients, names, since=since)
        outcome.facts.append(f"{len(told)} messages told twice more; the kill switch was turned {len(switches)} times")
        # On by the guardian, off by the operator.
        outcome.require(len(switches) == 2, f"the kill switch was turned {len(switches)} times")  # noqa: PLR2004
        outcome.require(not stage.switch_is_set(), "a late message set the kill switch again")
        return outcome

    def _wait_for_safety(self, outcome: Outcome, since: float) -> None:
        """Until the kill switch is set and reads have gone to the mock alone for a while."""
        stage = self._stage
        switched = stage.wait_until(lambda: bool(kill_switch_deployments(stage.clients, stage.names, since=since)))
        outcome.require(switched, "the kill switch was not set")
        stage.let_pass(minutes=3)

    def _judge_rollback(
        self,
        outcome: Outcome,
        since: float,
        results: Sequence[ReadResult],
        alarms: Ear,
        rollbacks: Ear,
        *,
        limited: bool = True,
    ) -> list[dict[str, Any]]:
        """What the topic told. `limited` says whether the time to safety is bounded."""
        stage = self._stage
        fired = alarm_times(stage.clients, stage.names.flag_rollback_alarms, since=since)
        outcome.require(fired, "no rollback alarm fired")
        switches = kill_switch_deployments(stage.clients, stage.names, since=since)
        outcome.require(len(switches) == 1, f"the kill switch was deployed {len(switches)} times")
        outcome.require(stage.switch_is_set(), "the kill switch is not set")
        if fired and switches:
            reads = prisma_reads(stage.clients, stage.names, since=since)
            outcome.safe = time_to_safe(
                reads, alarm_at=min(fired.values()), switched_at=switches[0]["StartedAt"].timestamp()
            )
            minutes = outcome.safe.seconds / MINUTE
            outcome.require(not limited or minutes <= LIMIT_SECONDS / MINUTE, f"safe after {minutes:.1f} minutes")
            outcome.facts.append(f"{len(reads.failed_at)} reads failed on Prisma; the mock answered them")
        states = stage.alarm_states()
        still = [name for name in fired if states[name] == "ALARM"]
        outcome.facts.append(f"still in ALARM when reads were safe: {', '.join(still) or 'none'}")
        outcome.require(still, "the alarm was over before reads were safe, so the case was not played")
        self._require_right_answers(outcome, results)
        told = [message["Message"] for message in alarms.take()]
        for name in fired:
            count = sum(1 for message in told if message["AlarmName"] == name and message["NewStateValue"] == "ALARM")
            outcome.require(count == 1, f"{count} messages told of {name}")
        reports = [message for message in rollbacks.take() if any(name in str(message) for name in fired)]
        outcome.facts.append(f"the guardian reported: {[report['Subject'] for report in reports]}")
        outcome.require(reports, "the guardian reported nothing")
        return told

    def _require_right_answers(self, outcome: Outcome, results: Sequence[ReadResult]) -> None:
        wrong = [r for r in results if r.error or r.answer_digest != self._answers[r.user_id]]
        outcome.facts.append(f"{len(results)} reads, {len(wrong)} without the right answer")
        outcome.require(results, "there were no reads")
        outcome.require(not wrong, f"{len(wrong)} reads without the right answer, first {wrong[:1]}")

    def _deploy_bad_version(self, outcome: Outcome, mistake: str) -> None:
        """`cdk deploy` must fail, and leave stack and alias as they were."""
        stage, good = self._stage, self._stage.version()
        stage.show("cdk deploy of the bad version")
        stack = f"{stage.names.prefix}-read-path"
        arguments = ["deploy", f"{stage.name}/ReadPath", "--exclusively", "--require-approval", "never"]
        with app_with_bad_handler(mistake) as app:
            try:
                run_cdk(arguments, app=app, on_line=lambda _: None)
                outcome.findings.append("cdk deploy succeeded")
            except CdkError as error:
                outcome.facts.append(f"cdk deploy failed: {str(error).strip().splitlines()[-1].strip()[:160]}")
        (described,) = stage.clients.stacks.describe_stacks(StackName=stack)["Stacks"]
        status = described["StackStatus"]
        outcome.facts.append(f"{stack} is {status}")
        outcome.require(status == "UPDATE_ROLLBACK_COMPLETE", f"{stack} ended {status}")
        weights: Mapping[str, float] = alias_weights(stage.clients.functions, stage.names.mock_read_function)
        outcome.require(weights == {good: 1.0}, f"live stands at {dict(weights)}")

    def _recover(self, outcome: Outcome, *, by_hand: bool = False) -> None:
        """Until every alarm is OK again; unless `by_hand`, the flag must have come to 0 % by itself by then."""
        stage, waited = self._stage, 0
        while stage.rollback_alarms_not_ok() and waited < GIVE_UP_MINUTES:
            stage.idle(minutes=5)
            waited += 5
            time.sleep(1)
        not_ok = stage.rollback_alarms_not_ok()
        outcome.require(not not_ok, f"still not OK: {not_ok}")
        if stage.switch_is_set() and not by_hand:
            is_off = _soon(lambda: stage.flag_percent() == 0)
            outcome.require(is_off, f"the flag itself stands at {stage.flag_percent():g} %")
        if stage.flag_percent() or by_hand:
            stage.operate("rollback", "flag")
        if stage.switch_is_set():
            stage.operate("release")


def _soon(condition: Callable[[], bool]) -> bool:
    """Whether it comes to hold within some seconds."""
    until = time.monotonic() + 20
    while time.monotonic() < until:
        if condition():
            return True
        time.sleep(0.3)
    return False

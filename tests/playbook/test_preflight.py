"""The checklist as a whole, over an account where all is well but for one thing."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

import pytest
from botocore.exceptions import ClientError

from playbook import baseline
from playbook.account_state import AccountState
from playbook.baseline import Baseline, NotWarmError
from playbook.bounds import Tally
from playbook.checklist import Checklist, Item, Result
from playbook.evidence import Evidence, ShadowEvidence
from playbook.preflight import Intent, Preflight
from playbook.preflight_alarms import AlarmActions, GuardianFacts, Subscription
from playbook.preflight_capacity import Concurrency
from playbook.preflight_eyes import QueryRun
from playbook.settings import Settings
from playbook.traffic import beta_users
from shared.flag import SplitBy
from shared.names import ResourceNames
from tests.playbook.account_states import NAMES, SETTINGS, STARTED, alarms, at_step, kill_switch
from tests.playbook.judged import HEALTHY, latencies
from tests.playbook.test_baseline import NOW, FakeJournal
from tests.playbook.test_preflight_alarms import ACTIONS, AT_WORK, GUARDIAN, MAIL, RECOVERIES, TOPIC
from tests.playbook.test_preflight_capacity import MEASURED, ROOM
from tests.playbook.test_preflight_eyes import RUNS

SHADOW: Final = at_step(percent=0)
COMPARED: Final = replace(HEALTHY, canary=Tally())


@dataclass
class FakeSight:
    """A Sight of an account that is ready; `raises` says what cannot be looked at."""

    account: AccountState = SHADOW
    found: Evidence = COMPARED
    traces_seen: int = 12
    rate: float | None = 720
    measured: Baseline = MEASURED
    raises: Mapping[str, Exception] = field(default_factory=dict)
    names: ResourceNames = NAMES
    settings: Settings = SETTINGS
    region: str = "us-east-1"
    asked_since: list[datetime] = field(default_factory=list)
    asked_users: list[Sequence[str]] = field(default_factory=list)

    def _look(self, name: str) -> None:
        if name in self.raises:
            raise self.raises[name]

    def state(self) -> AccountState:
        self._look("state")
        return self.account

    def evidence(self, since: datetime) -> Evidence:
        self.asked_since.append(since)
        return self.found

    def alarm_actions(self) -> Mapping[str, AlarmActions]:
        return dict.fromkeys((alarm.name for alarm in self.account.alarms), ACTIONS)

    def topic_arn(self, name: str) -> str:
        assert name == NAMES.alarm_topic
        return TOPIC

    def subscriptions(self, topic_name: str) -> Sequence[Subscription]:
        return [GUARDIAN, RECOVERIES, MAIL] if topic_name == NAMES.alarm_topic else [MAIL]

    def guardian(self) -> GuardianFacts:
        return AT_WORK

    def dashboard_widgets(self) -> int | None:
        return 9

    def traces(self) -> int:
        self._look("traces")
        return self.traces_seen

    def run_queries(self) -> Sequence[QueryRun]:
        return RUNS

    def concurrency(self) -> Concurrency:
        self._look("concurrency")
        return ROOM

    def reads_a_minute(self) -> float | None:
        return self.rate

    def measure_baseline(self, users: Sequence[str]) -> Baseline:
        self._look("baseline")
        self.asked_users.append(users)
        return self.measured


INTENT: Final = Intent(percent=None, split_by=None, users=beta_users(50))


def preflight(sight: FakeSight, journal: FakeJournal | None = None, **intent: Any) -> Checklist:
    looked: list[str] = []
    run = Preflight(
        sight, journal if journal is not None else FakeJournal(), on_look=looked.append, on_item=lambda _: None
    )
    return run.run(replace(INTENT, **intent))


def named(checklist: Checklist, name: str) -> Item:
    (item,) = (item for item in checklist.items if item.name == name)
    return item


def test_an_account_that_is_ready_passes_in_every_item() -> None:
    checklist = preflight(FakeSight())

    assert [item for item in checklist.items if item.result is not Result.PASS] == []
    assert checklist.passed
    assert {item.name for item in checklist.items} >= {
        "kill switch", "code dial", "next step", "shadow diffs", "shadow coverage", "alarms", "guardian", "people",
        "dashboard", "traces", "queries", "who", "traffic", "concurrency", "prisma-read", "baseline",
    }  # fmt: skip
    assert checklist.sentence == f"{len(checklist.items)} items: {len(checklist.items)} pass."


def test_the_baseline_is_recorded_and_evidence_counts_from_the_beginning_of_the_step() -> None:
    sight, journal = FakeSight(), FakeJournal()
    preflight(sight, journal)

    assert baseline.latest(journal, NOW) == MEASURED.latencies
    assert sight.asked_since == [STARTED]
    assert sight.asked_users == [beta_users(50)]


@pytest.mark.parametrize(
    ("sight", "item"),
    [
        (FakeSight(at_step(percent=0, shadow_percent=0)), "shadow"),
        (FakeSight(at_step(percent=1)), "next step"),
        (FakeSight(replace(SHADOW, kill_switch=kill_switch(is_set=True))), "kill switch"),
        (FakeSight(found=replace(HEALTHY, shadow=ShadowEvidence(sampled=100, compared=98))), "shadow coverage"),
        (FakeSight(replace(SHADOW, alarms=alarms({NAMES.no_traffic_alarm: None}))), "alarms"),
        (FakeSight(traces_seen=0), "traces"),
    ],
)
def test_one_thing_that_is_not_as_it_should_be_fails_the_checklist_and_says_what_to_do(
    sight: FakeSight, item: str
) -> None:
    checklist = preflight(sight)

    assert not checklist.passed
    assert named(checklist, item).result is Result.FAIL
    assert named(checklist, item).to_do
    assert item in checklist.sentence


def test_a_warning_lets_the_checklist_pass() -> None:
    checklist = preflight(FakeSight(rate=None))

    assert named(checklist, "traffic").result is Result.WARN
    assert checklist.passed
    assert ", 1 warning." in checklist.sentence


DENIED: Final = ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "GetTraceSummaries")


@pytest.mark.parametrize("what", ["traces", "concurrency"])
def test_what_may_not_be_looked_at_fails_and_hides_nothing_else(what: str) -> None:
    checklist = preflight(FakeSight(raises={what: DENIED}))

    assert [item.name for item in checklist.of(Result.FAIL)] == [what]
    assert "not allowed" in named(checklist, what).told
    assert named(checklist, "baseline").result is Result.PASS


def test_an_account_that_cannot_be_looked_at_at_all_is_an_error() -> None:
    with pytest.raises(ClientError):
        preflight(FakeSight(raises={"state": DENIED}))


def test_an_error_of_our_own_making_is_not_taken_for_an_item() -> None:
    with pytest.raises(ZeroDivisionError):
        preflight(FakeSight(raises={"traces": ZeroDivisionError()}))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda sight: replace(sight, measured=replace(MEASURED, latencies=latencies(20, reads=20))),
        lambda sight: replace(sight, raises={"baseline": NotWarmError("prisma-read did not become warm")}),
    ],
)
def test_a_measurement_that_is_worth_nothing_fails_and_is_not_recorded(
    spoil: Callable[[FakeSight], FakeSight],
) -> None:
    journal = FakeJournal()
    checklist = preflight(spoil(FakeSight()), journal)

    assert named(checklist, "prisma-read").result is Result.FAIL
    assert "baseline" not in {item.name for item in checklist.items}
    assert journal.written == []


def test_what_the_operator_does_not_say_is_the_ramps_first_step_as_the_flag_splits() -> None:
    assert "50 users at 1 % by request" in named(preflight(FakeSight()), "traffic").told


def test_what_the_operator_says_is_planned_for() -> None:
    checklist = preflight(FakeSight(), percent=1.0, split_by=SplitBy.USER, users=beta_users(10))

    assert "10 users at 1 % by user" in named(checklist, "traffic").told
    assert named(checklist, "who").result is Result.FAIL


def test_more_than_the_ramps_first_step_is_a_warning_that_an_override_is_needed() -> None:
    item = named(preflight(FakeSight(), percent=10.0), "next step")

    assert item.result is Result.WARN
    assert "10 % is more than the first step" in item.told

"""Whatever happens, and however often it is told: first the kill switch, then a flag at 0 %, and one report."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rollback_guardian.decision import Step
from rollback_guardian.guardian import Unfinished
from tests.lambda_support.guardian_fakes import CANARY_ALARM, LAMBDA_ALARM, Bench, Killed


def test_an_alarm_sets_the_switch_while_the_flag_cannot_be_moved() -> None:
    bench = Bench()
    assert bench.guardian().handle(bench.fire()) is Step.AWAIT_RECOVERY
    assert bench.switch_is_on
    assert bench.exposed_percent == 25, "a change of the flag would only be rolled back"
    assert len(bench.flag.list_of_deployments) == 4


def test_when_the_alarm_is_over_the_flag_is_turned_off_and_not_one_step_back() -> None:
    bench = Bench()
    bench.guardian().handle(bench.fire())
    assert bench.guardian().handle(bench.recover()) is Step.SAFE
    assert bench.exposed_percent == 0
    assert not bench.flag.deployed()["enabled"]
    assert bench.flag.deployed()["seed"] == "closed-beta", "everything else stays for the next attempt"
    assert bench.switch_is_on, "releasing it is an operator's act"


@pytest.mark.parametrize("state", ["DEPLOYING", "BAKING"])
def test_a_deployment_that_exposes_users_is_stopped(state: str) -> None:
    bench = Bench(looks_until_complete=10)
    bench.flag.deploy({"enabled": True, "percent": 50}, state)
    bench.flag.monitored = False  # AppConfig has not noticed the alarm yet
    assert bench.guardian().handle(bench.fire()) is Step.AWAIT_RECOVERY
    assert bench.flag.list_of_deployments[-1].state == "ROLLED_BACK"


def test_an_alarm_that_is_already_over_is_acted_on_all_the_same() -> None:
    bench = Bench()
    news = bench.fire()
    bench.recover()
    assert bench.guardian().handle(news) is Step.SAFE
    assert (bench.switch_is_on, bench.exposed_percent) == (True, 0)


def test_the_flag_stays_while_another_monitored_alarm_fires() -> None:
    bench = Bench()
    bench.guardian().handle(bench.fire(CANARY_ALARM))
    bench.guardian().handle(bench.fire(LAMBDA_ALARM))
    assert bench.guardian().handle(bench.recover(CANARY_ALARM)) is Step.AWAIT_RECOVERY
    assert bench.guardian().handle(bench.recover(LAMBDA_ALARM)) is Step.SAFE
    assert bench.exposed_percent == 0


def test_a_late_repeat_of_an_old_alarm_does_not_undo_an_operators_release() -> None:
    bench = Bench()
    news = bench.fire()
    bench.guardian().handle(news)
    bench.guardian().handle(bench.recover())
    bench.switch.deploy({"enabled": False})
    bench.flag.deploy({"enabled": True, "percent": 1})
    assert bench.guardian().handle(bench.again(news)) is Step.NOT_CALLED_FOR
    assert (bench.switch_is_on, bench.exposed_percent) == (False, 1)
    assert bench.guardian().handle(bench.fire()) is Step.AWAIT_RECOVERY
    assert bench.switch_is_on, "a new alarm is another matter"


def test_while_the_alarm_is_in_alarm_a_released_switch_is_set_again() -> None:
    bench = Bench()
    news = bench.fire()
    bench.guardian().handle(news)
    bench.switch.deploy({"enabled": False})
    bench.guardian().handle(bench.again(news))
    assert bench.switch_is_on


def test_a_release_under_way_when_an_alarm_fires_is_stopped() -> None:
    bench = Bench(looks_until_complete=3)
    bench.switch.deploy({"enabled": True})
    bench.switch.deploy({"enabled": False}, "DEPLOYING")
    bench.guardian().handle(bench.fire())
    assert bench.switch_is_on


def test_a_late_repeat_of_a_recovery_leaves_a_new_attempt_alone() -> None:
    bench = Bench()
    bench.guardian().handle(bench.fire())
    recovery = bench.recover()
    bench.guardian().handle(recovery)
    bench.switch.deploy({"enabled": False})
    bench.flag.deploy({"enabled": True, "percent": 1})
    assert bench.guardian().handle(bench.again(recovery)) is Step.NOT_CALLED_FOR
    assert bench.exposed_percent == 1


def test_a_switch_that_is_on_is_not_set_twice() -> None:
    bench = Bench()
    news = bench.fire()
    bench.guardian().handle(news)
    bench.guardian().handle(bench.again(news))
    bench.guardian().handle(bench.fire(LAMBDA_ALARM))
    assert len(bench.switch.list_of_deployments) == 2


def test_users_who_are_in_at_any_percentage_count_as_exposed() -> None:
    bench = Bench(percents=())
    bench.flag.deploy({"enabled": True, "percent": 0, "allowUsers": ["user-7"]})
    bench.guardian().handle(bench.fire())
    bench.guardian().handle(bench.recover())
    assert not bench.flag.deployed()["enabled"]


def test_a_flag_that_exposes_nobody_is_left_as_it_is() -> None:
    bench = Bench(percents=())
    assert bench.guardian().handle(bench.fire()) is Step.SAFE
    assert len(bench.flag.list_of_deployments) == 1


def test_a_shadow_that_still_bakes_is_not_waited_for() -> None:
    bench = Bench(percents=(), looks_until_complete=1000)
    bench.flag.deploy({"enabled": True, "percent": 0, "shadowPercent": 100}, "BAKING")
    bench.flag.monitored = False  # AppConfig has not noticed the alarm yet
    assert bench.guardian().handle(bench.fire()) is Step.SAFE
    assert bench.switch_is_on


def test_deployments_that_take_a_moment_are_waited_for() -> None:
    bench = Bench(looks_until_complete=3)
    bench.guardian().handle(bench.fire())
    assert bench.guardian().handle(bench.recover()) is Step.SAFE


def test_a_deployment_that_does_not_end_is_left_for_later() -> None:
    bench = Bench(looks_until_complete=1000)
    bench.guardian().handle(bench.fire())
    with pytest.raises(Unfinished):
        bench.guardian().handle(bench.recover())
    assert bench.log.events[-1]["outcome"] == "UNFINISHED"


def test_alarms_that_cannot_be_read_keep_the_switch_from_nothing() -> None:
    bench = Bench()
    bench.alarms.error = PermissionError("no DescribeAlarms")
    with pytest.raises(PermissionError):
        bench.guardian().handle(bench.fire())
    assert bench.switch_is_on
    assert bench.exposed_percent == 25
    assert len(bench.reports.published) == 1


def test_a_flag_that_cannot_be_read_keeps_the_switch_from_nothing() -> None:
    bench = Bench()
    bench.flag.list_of_deployments.clear()
    with pytest.raises(LookupError):
        bench.guardian().handle(bench.fire())
    assert bench.switch_is_on


def test_each_rollback_is_reported_when_it_happens_and_when_the_flag_is_off() -> None:
    bench = Bench()
    news = bench.fire()
    bench.guardian().handle(news)
    (at_once,) = bench.reports.published
    assert at_once.subject == f"Rolled back: {CANARY_ALARM}"
    assert CANARY_ALARM in at_once.text
    assert "The flag still says 25 %" in at_once.text
    assert "Do not release the kill switch" in at_once.text
    bench.guardian().handle(bench.recover())
    _, in_the_end = bench.reports.published
    assert "the flag is off" in in_the_end.text
    assert "release the kill switch" in in_the_end.text


def test_repeats_are_not_reported_again() -> None:
    bench = Bench()
    news = bench.fire()
    bench.guardian().handle(news)
    bench.guardian().handle(bench.again(news))
    bench.guardian().handle(bench.again(news))
    assert len(bench.reports.published) == 1


def test_a_report_that_could_not_be_published_is_made_when_the_delivery_is_tried_again() -> None:
    bench = Bench()
    news = bench.fire()
    bench.reports.error = ConnectionError()
    with pytest.raises(ConnectionError):
        bench.guardian().handle(news)
    assert bench.switch_is_on
    bench.reports.error = None
    bench.guardian().handle(news)
    assert len(bench.reports.published) == 1


def test_every_attempt_is_a_line_that_says_what_was_done() -> None:
    bench = Bench()
    bench.guardian().handle(bench.fire())
    (event,) = bench.log.events
    assert event["message"] == f"[ROLLBACK] alarm: '{CANARY_ALARM}', state: ALARM, outcome: AWAIT_RECOVERY"
    assert event["steps"] == ["SET_SWITCH"]
    assert event["function"] == "huntaze-rollback-guardian"


def test_killed_after_any_call_and_started_again_it_ends_in_the_same_state_and_tells_of_it() -> None:
    """The whole story, cut off after each of its calls in turn, and each delivery tried again as Lambda does."""
    killed_after = 0
    while True:
        bench = Bench()
        bench.flag.deploy({"enabled": True, "percent": 50}, "BAKING")
        bench.flag.monitored = False
        bench.world.killed_after = killed_after
        was_killed = False
        for happens in (bench.fire, bench.recover):
            news = happens()
            try:
                bench.guardian().handle(news)
            except Killed:
                was_killed = True
                bench.world.killed_after = None
                bench.guardian().handle(news)
        bench.world.killed_after = None
        assert (bench.switch_is_on, bench.exposed_percent) == (True, 0), killed_after
        assert len([d for d in bench.switch.list_of_deployments if d.state == "COMPLETE"]) == 2, killed_after
        assert 2 <= len(bench.reports.published) <= 3, killed_after
        if not was_killed:
            break
        killed_after += 1
    assert killed_after > 15


MOVES = st.lists(
    st.tuples(st.sampled_from(["fire", "recover"]), st.sampled_from([CANARY_ALARM, LAMBDA_ALARM])),
    min_size=1,
    max_size=5,
)


@given(moves=MOVES, looks=st.integers(0, 3), data=st.data())
@settings(max_examples=300, deadline=None)
def test_any_order_and_repetition_of_the_news_ends_in_the_same_state(
    moves: list[tuple[str, str]], looks: int, data: st.DataObject
) -> None:
    bench = Bench(looks_until_complete=looks)
    news = [bench.fire()]
    news += [bench.fire(alarm) if move == "fire" else bench.recover(alarm) for move, alarm in moves]
    news += [bench.recover(alarm) for alarm in (CANARY_ALARM, LAMBDA_ALARM)]
    delivered = data.draw(st.permutations([*news, *data.draw(st.lists(st.sampled_from(news), max_size=6))]))
    for change in delivered:
        bench.guardian().handle(bench.again(change))
    assert (bench.switch_is_on, bench.exposed_percent) == (True, 0)
    assert len(bench.switch.list_of_deployments) == 2, "the switch was set once"
    assert sum(1 for report in bench.reports.published if "the flag is off" in report.text) == 1


@given(interleaved=st.lists(st.booleans(), min_size=1, max_size=6))
@settings(max_examples=50, deadline=None)
def test_the_news_may_come_while_the_alarms_still_move(interleaved: list[bool]) -> None:
    bench = Bench()
    bench.guardian().handle(bench.fire())
    for fires in interleaved:
        bench.guardian().handle(bench.fire(LAMBDA_ALARM) if fires else bench.recover(LAMBDA_ALARM))
        assert bench.switch_is_on
    for alarm in (CANARY_ALARM, LAMBDA_ALARM):
        bench.guardian().handle(bench.recover(alarm))
    assert bench.exposed_percent == 0

from dataclasses import replace
from datetime import timedelta

from playbook.report_plots import Role
from playbook.report_timeline import alarm_lanes, dial_moves, dials, lanes, overrides
from playbook.timeline import EventKind
from tests.playbook.bundles import END, OPERATOR, SHADOW_ENDS, START, bundle, event, flag, go, rollback, step
from tests.playbook.judged import NAMES, alarms


def test_the_dial_moves_where_a_deployment_begins_and_where_one_is_taken_back() -> None:
    begun = flag(SHADOW_ENDS, 1, 3)
    complete = event(SHADOW_ENDS, EventKind.FLAG, "feature-flags", "DEPLOYMENT_COMPLETED", "complete")
    taken_back = replace(flag(SHADOW_ENDS + timedelta(minutes=5), 0, 3), state="ROLLBACK_COMPLETED")

    moves = dial_moves(bundle(timeline=[flag(START, 0, 2), begun, complete, taken_back]))

    assert [(move.at, move.percent) for move in moves] == [
        (START, 0),
        (SHADOW_ENDS, 1),
        (SHADOW_ENDS + timedelta(minutes=5), 0),
    ]


def test_a_dial_that_nobody_turned_stands_where_the_step_is() -> None:
    (move,) = dial_moves(bundle(at_step=step(25, SHADOW_ENDS)))

    assert (move.at, move.percent) == (SHADOW_ENDS, 25)


def test_positions_are_drawn_at_equal_distances() -> None:
    """On a true scale nobody could tell 1 % from 0 %."""
    moves = [
        flag(START + timedelta(minutes=minute), percent, minute) for minute, percent in ((0, 0), (9, 1), (60, 100))
    ]

    assert dials(bundle(timeline=moves)).plot.y.ticks == [(0, "0 %"), (1, "1 %"), (2, "100 %")]


def test_each_alarm_has_a_lane_and_its_states_follow_one_another() -> None:
    (lane,) = (lane for lane in lanes(rollback()) if lane.name == NAMES.canary_error_rate_alarm)

    assert [(stretch.start, stretch.end, stretch.state) for stretch in lane.stretches] == [
        (START, SHADOW_ENDS + timedelta(minutes=31), "OK"),
        (SHADOW_ENDS + timedelta(minutes=31), END, "ALARM"),
    ]
    assert {alarm.name for alarm in rollback().evidence.alarms} <= {lane.name for lane in lanes(rollback())}


def test_an_alarm_that_did_not_change_has_its_state_all_the_time() -> None:
    quiet = bundle(alarm_states=alarms(no_traffic_alarm="INSUFFICIENT_DATA"))
    (lane,) = (lane for lane in lanes(quiet) if lane.name == NAMES.no_traffic_alarm)

    (stretch,) = lane.stretches
    assert (stretch.start, stretch.end, stretch.role) == (START, END, Role.UNKNOWN)


def test_an_alarm_that_is_not_there_has_no_lane() -> None:
    assert NAMES.no_traffic_alarm not in {
        lane.name for lane in lanes(bundle(alarm_states=alarms(no_traffic_alarm=None)))
    }


def test_a_code_deployment_is_a_stretch_from_its_begin_to_its_end() -> None:
    (lane,) = (lane for lane in lanes(go()) if lane.name == NAMES.prisma_read_deployment_group)

    assert [(stretch.role, stretch.state) for stretch in lane.stretches] == [
        (Role.ACTIVE, "Created"),
        (Role.QUIET, "Succeeded"),
    ]


def test_what_is_not_quiet_is_told_in_words_too() -> None:
    shown = alarm_lanes(rollback())

    assert shown is not None
    told = [note.text for note in shown.plot.notes]
    assert {"ALARM 10:31", "ALARM 10:14", "set 10:31"} <= set(told)


def test_an_override_is_told_with_who_what_and_why() -> None:
    ((at, *told),) = overrides(rollback()).rows

    assert at == SHADOW_ENDS - timedelta(minutes=1)
    assert told == [
        OPERATOR,
        "1 % by request, shadow 100 %",
        "verdict: HOLD. shadow diffs: 3 of 4,500 comparisons differ",
        "two testers are waiting",
    ]

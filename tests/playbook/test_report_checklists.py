from dataclasses import replace
from datetime import timedelta

import pytest

from playbook.bundle import Bundle, Gate
from playbook.report_checklists import Item, checklist, ramp_after
from playbook.timeline import EventKind
from tests.playbook.bundles import END, SHADOW_ENDS, baseline, bundle, day, empty, event, go, hold, rollback, step
from tests.playbook.judged import alarms


def _item(bundle_: Bundle, what: str) -> Item:
    (item,) = (item for item in checklist(bundle_).points if what in item.what)
    return item


def _message(bundle_: Bundle) -> str:
    return "\n".join(_item(bundle_, "Message to stakeholders").draft)


def test_after_a_go_the_metrics_are_documented_the_ramp_planned_and_the_message_drafted() -> None:
    points = checklist(go()).points

    assert [(item.what, item.done) for item in points] == [
        ("Metrics documented", True),
        ("Ramp to 5 % planned", True),
        ("Message to stakeholders drafted", True),
    ]


def test_the_plan_says_when_the_next_step_may_begin_and_how_long_it_lasts() -> None:
    assert _item(go(), "Ramp").how == (
        "`playbook ramp 5`, from now on: the minimum hold of 60 min ended at 24 Nov 11:00 UTC. "
        "5 % is then held for at least 21 h."
    )
    earlier = replace(go(), at=END - timedelta(minutes=20))
    assert "not before 24 Nov 11:00 UTC, when the minimum hold of 60 min ends" in _item(earlier, "Ramp").how


@pytest.mark.parametrize(("percent", "following"), [(0, 1), (1, 5), (3, 5), (5, 25), (25, 50), (50, 100), (100, None)])
def test_the_next_step_is_the_ramps(percent: float, following: int | None) -> None:
    assert ramp_after(replace(go(), step=step(percent, SHADOW_ENDS))) == following


def test_at_the_end_of_the_ramp_there_is_nothing_to_plan() -> None:
    end = replace(go(), step=step(100, SHADOW_ENDS))

    assert _item(end, "Ramp").what == "Ramp finished"
    assert "Prisma serves every read from now on." in _message(end)


def test_the_shadows_go_plans_the_canary() -> None:
    shadow = bundle(
        gate=Gate.SHADOW, minutes=day(until=SHADOW_ENDS), at_step=step(0, SHADOW_ENDS - timedelta(minutes=60))
    )

    assert _item(shadow, "Canary at 1 % planned").done
    assert "`playbook canary start --percent 1`" in _item(shadow, "Canary").how
    assert "sent to Prisma" not in _message(shadow)


def test_the_message_has_the_bundles_numbers() -> None:
    evidence = go().evidence
    message = _message(go())

    assert f"None of {evidence.canary.attempts} reads sent to Prisma failed, with 95 % confidence at most" in message
    assert f"{evidence.shadow.compared:,} reads were compared on both paths, and 0 differed" in message
    assert "Next: 5 %" in message


def test_a_hold_says_what_is_missing_and_asks_for_no_rollback() -> None:
    held = checklist(hold())

    assert held.key == "hold"
    assert [(item.what, item.how) for item in held.points if not item.done] == [
        (f"Decide the {check.name}", check.reason) for check in hold().verdict.decisive
    ]


def test_after_no_go_all_of_the_playbooks_points_are_there() -> None:
    points = checklist(rollback()).points

    assert checklist(rollback()).key == "no-go"
    assert [(item.what, item.done) for item in points] == [
        ("Metrics documented", True),
        ("Rolled back", True),
        ("Root cause found", False),
        ("Corrections applied", False),
        ("Retry planned", False),
        ("Message to stakeholders drafted", True),
    ]


def test_the_rollback_is_told_with_its_time_and_with_the_last_read_on_prisma() -> None:
    assert _item(rollback(), "Rolled back").how == (
        "The kill switch is set since 24 Nov 10:31 UTC. "
        "The last read was sent to Prisma in the minute of 24 Nov 10:32 UTC."
    )


def test_a_rollback_that_was_not_done_is_to_do() -> None:
    standing = replace(rollback(), timeline=())

    assert not _item(standing, "Roll back").done
    assert _item(standing, "Roll back").how == "`playbook rollback flag`. The flag still sends 1 % to Prisma."


def test_to_investigate_is_not_to_roll_back() -> None:
    slow = bundle(
        minutes=day(canary_ms=80), baseline_latencies=baseline(), alarm_states=alarms(canary_p95_alarm="ALARM")
    )

    assert _item(slow, "Roll back").what == "Roll back, or look for the cause where the flag stands"


def test_a_kill_switch_that_is_set_makes_every_verdict_no_go() -> None:
    stopped = event(END, EventKind.KILL_SWITCH, "kill-switch", "DEPLOYMENT_STARTED", "set", percent=100)

    assert checklist(replace(go(), timeline=(*go().timeline, stopped))).key == "no-go"


def test_the_cause_is_looked_for_where_the_bundle_points() -> None:
    how = _item(rollback(), "Root cause").how

    assert "canary error rate: 25 of 228 canary reads failed" in how
    assert "CANARY-ERROR timeout" in how
    assert "subscription.renewsAt changed" in how


def test_a_retry_says_what_a_go_takes() -> None:
    assert "a GO takes at least 216 canary reads, none of them failing" in _item(rollback(), "Retry").how


def test_an_empty_bundle_has_a_checklist_too() -> None:
    assert checklist(empty()).key == "hold"
    assert "0 reads were compared on both paths" in _message(empty())

"""What `playbook status` tells, for people and for programs."""

import json
from dataclasses import replace
from datetime import timedelta

from playbook.account_state import AccountState
from playbook.evidence import AlarmState
from playbook.status_view import status_document, status_lines, status_of
from tests.playbook.account_states import (
    CANARY,
    NAMES,
    SETTINGS,
    STARTED,
    alarms,
    at_step,
    code_deployment,
    code_dial,
    kill_switch,
    rollout,
)

RINGING = NAMES.canary_error_rate_alarm


def text(state: AccountState) -> str:
    return "\n".join(line.text for line in status_lines(status_of(state, SETTINGS)))


def block(state: AccountState, label: str) -> list[str]:
    """The lines below a label, without it."""
    lines = text(state).splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith(label))
    end = next((number for number in range(start + 1, len(lines)) if not lines[number].startswith(" ")), len(lines))
    return [line[13:] for line in lines[start:end]]


def test_the_whole_of_a_healthy_canary() -> None:
    told = text(CANARY)

    assert told.startswith("beta in us-east-1, 2026-03-02 14:20:00 UTC\n")
    assert block(CANARY, "phase") == ["canary, for 20 min"]
    assert block(CANARY, "next")[-1] == "  playbook watch"
    assert block(CANARY, "path dial") == [
        "1 % by request, shadow 100 %; version 3 since 2026-03-02 14:00:00 UTC",
        '  "canary 1 %"',
    ]
    assert block(CANARY, "kill switch") == ["not set"]
    assert block(CANARY, "code dial") == ["huntaze-mock-read: version 4", "huntaze-prisma-read: version 4"]
    assert block(CANARY, "alarms") == [f"all {len(alarms())} OK"]
    assert block(CANARY, "drift") == ["none"]


def test_the_console_links_are_of_this_region_and_these_names() -> None:
    links = block(CANARY, "console")

    assert (
        f"dashboard: https://console.aws.amazon.com/cloudwatch/home?region=us-east-1#dashboards/dashboard/{NAMES.dashboard}"
        in links
    )
    assert any("abc1234" in link for link in links)
    assert sum("deployment-groups/" in link for link in links) == 2


def test_users_who_are_allowed_by_name_are_named() -> None:
    state = at_step(percent=0, allow_users=("user-7", "user-9"))

    assert block(state, "path dial")[0].startswith("0 % by request, and user-7, user-9, shadow 100 %;")


def test_a_flag_that_is_off_says_so_whatever_its_attributes() -> None:
    assert block(at_step(enabled=False), "path dial")[0].startswith("off; version 3")


def test_a_deployment_of_the_flag_tells_until_when() -> None:
    state = replace(CANARY, rollouts=(rollout(),))

    assert (
        "  feature-flags: deployment 3 is BAKING, 100 % of the targets have it, until 2026-03-02 14:11:00 UTC"
        in block(state, "path dial")
    )


def test_a_deployment_that_rolls_back_has_no_known_end() -> None:
    told = block(replace(CANARY, rollouts=(rollout("ROLLING_BACK"),)), "path dial")[-1]

    assert "ROLLING_BACK" in told
    assert "until" not in told


def test_a_deployment_of_code_tells_its_weights() -> None:
    dial = code_dial({"4": 0.99, "5": 0.01}, in_progress=code_deployment())

    assert block(replace(CANARY, code_dials=(dial,)), "code dial") == [
        "huntaze-mock-read: version 4 99 %, version 5 1 %; CodeDeploy's d-ABCDEF123 to version 5: InProgress"
    ]


def test_a_deployment_of_code_in_its_first_moment_tells_what_there_is() -> None:
    dial = code_dial(in_progress=code_deployment(None, None))

    assert block(replace(CANARY, code_dials=(dial,)), "code dial") == [
        "huntaze-mock-read: version 4; CodeDeploy's d-ABCDEF123: InProgress"
    ]


def test_a_kill_switch_that_is_set_says_since_when_and_the_phase_counts_from_there() -> None:
    state = replace(CANARY, kill_switch=kill_switch(is_set=True))

    assert block(state, "kill switch")[0] == "SET since 2026-03-02 14:05:00 UTC: every read is served by the mock"
    assert block(state, "phase") == ["rolled back, for 15 min"]


def test_an_alarm_that_is_not_ok_tells_why_and_where_to_read_on() -> None:
    told = block(replace(CANARY, alarms=alarms({RINGING: AlarmState.ALARM})), "alarms")

    assert told == [
        f"{RINGING}: ALARM since 2026-03-02 14:00:00 UTC; see docs/PLAYBOOK.md#canary-error-rate-gt-2pct",
        "  Threshold Crossed: 1 datapoint [3.2] was greater than 2.0.",
        f"the other {len(alarms()) - 1} OK",
    ]


def test_an_alarm_that_is_not_there_is_not_taken_for_ok() -> None:
    told = block(replace(CANARY, alarms=alarms({NAMES.no_traffic_alarm: None})), "alarms")

    assert told[0] == f"{NAMES.no_traffic_alarm}: not there; deploy the stacks first"


def test_drift_tells_what_and_what_to_do() -> None:
    told = block(replace(CANARY, code_dials=(code_dial({"3": 1.0}),)), "drift")

    assert "stands for version 3" in told[0]
    assert told[1].startswith("  ")


def test_a_clock_a_second_behind_the_step_makes_no_negative_time() -> None:
    assert block(replace(CANARY, at=STARTED - timedelta(seconds=1)), "phase") == ["canary, for 0 min"]


def test_the_document_is_json_and_tells_the_same() -> None:
    state = replace(
        CANARY,
        rollouts=(rollout(),),
        alarms=alarms({RINGING: AlarmState.ALARM, NAMES.no_traffic_alarm: None}),
        code_dials=(code_dial({"3": 1.0}, in_progress=None), code_dial(in_progress=code_deployment())),
    )

    document = json.loads(json.dumps(status_document(status_of(state, SETTINGS))))

    assert document["phase"] == "canary"
    assert document["at"] == "2026-03-02T14:20:00+00:00"
    assert document["next"]["commands"] == ["playbook rollback flag"]
    assert document["path_dial"]["percent"] == 1
    assert document["kill_switch"]["set"] is False
    assert document["flag_deployments_in_progress"][0]["ends_at"] == "2026-03-02T14:11:00+00:00"
    assert [dial["deployment_in_progress"] for dial in document["code_dials"]] == [None, "d-ABCDEF123"]
    assert {alarm["name"]: alarm["state"] for alarm in document["alarms"]}.items() >= {
        (RINGING, "ALARM"),
        (NAMES.no_traffic_alarm, None),
    }
    assert len(document["drift"]) == 1
    assert document["console"].keys() >= {"dashboard", "alarms", "flag", NAMES.mock_read_function}

from dataclasses import fields, replace

import pytest

from playbook.thresholds import Thresholds
from tests.playbook.judged import THRESHOLDS


def test_the_limits_are_the_playbooks() -> None:
    playbooks = Thresholds(
        latency_budget_ms=200,
        error_rate_percent=2,
        p95_go_factor=1.15,
        p95_hold_factor=1.3,
        shadow_diff_go_percent=0.5,
        shadow_diff_hold_percent=1,
        shadow_error_percent=5,
        shadow_p95_ms=1000,
        shadow_coverage_percent=99,
    )

    assert playbooks == THRESHOLDS


@pytest.mark.parametrize("name", [field.name for field in fields(Thresholds)])
@pytest.mark.parametrize("value", [0, -1, float("nan")])
def test_a_limit_that_is_not_above_0_is_refused(name: str, value: float) -> None:
    with pytest.raises(ValueError, match=name):
        replace(THRESHOLDS, **{name: value})


def test_a_percentage_of_100_is_no_limit() -> None:
    with pytest.raises(ValueError, match="shadow_coverage_percent"):
        replace(THRESHOLDS, shadow_coverage_percent=100)


def test_limits_in_the_wrong_order_are_refused() -> None:
    for limit in ({"p95_go_factor": 1.4}, {"shadow_diff_go_percent": 1.5}):
        with pytest.raises(ValueError, match="GO is above"):
            replace(THRESHOLDS, **limit)

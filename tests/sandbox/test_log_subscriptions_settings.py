from typing import Any

import pytest

from sandbox.log_subscriptions_settings import BusSettings, SettingsError


def test_settings_change_one_by_one() -> None:
    changed = BusSettings().changed({"drop_share": 0.25, "delay_max_ms": 500})
    assert (changed.drop_share, changed.delay_max_ms) == (0.25, 500)
    assert changed.batch_ms == BusSettings().batch_ms


def test_nothing_is_dropped_unless_asked_for_and_some_is_duplicated() -> None:
    assert BusSettings().drop_share == 0
    assert 0 < BusSettings().duplicate_share <= 0.05


@pytest.mark.parametrize(
    "document",
    [
        {"drop_share": 1.01},
        {"duplicate_share": -0.1},
        {"duplicate_share": True},
        {"batch_ms": "200"},
        {"batch_ms": float("nan")},
        {"batch_ms": float("inf")},
        {"batch_events": 0},
        {"batch_events": 1.5},
        {"concurrency": 0},
        {"delay_min_ms": 200, "delay_max_ms": 100},
        {"drop": 0.5},
    ],
)
def test_a_setting_that_makes_no_sense_is_refused_by_name(document: dict[str, Any]) -> None:
    with pytest.raises(SettingsError, match=next(iter(document))):
        BusSettings().changed(document)

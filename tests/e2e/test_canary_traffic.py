"""When reads that go on have recovered from a fault of the candidate."""

from typing import Final

from mock_read.composition import BREAKER_COOL_DOWN_S
from tests.e2e.canary_traffic import CanaryRead, recovered

COOL_DOWN_MS: Final = BREAKER_COOL_DOWN_S * 1000


def read(environment: str, ended_ms: int, code: str = "") -> CanaryRead:
    return CanaryRead(environment=environment, ended_ms=ended_ms, code=code, duration_ms=1.0, fallbacks=int(bool(code)))


def test_reads_that_succeed_have_recovered() -> None:
    assert recovered([read("busy", 0, "db-timeout"), read("busy", 50)], now_ms=60)


def test_an_environment_whose_breaker_may_be_open_has_not_recovered() -> None:
    reads = [read("idle", 0, "breaker-open"), read("busy", COOL_DOWN_MS)]
    assert not recovered(reads, now_ms=COOL_DOWN_MS)


def test_an_environment_that_gets_no_read_any_more_has_recovered_when_its_breaker_would_let_one_probe() -> None:
    reads = [read("idle", 0, "breaker-open"), read("busy", COOL_DOWN_MS)]
    assert recovered(reads, now_ms=COOL_DOWN_MS + 1)


def test_an_environment_that_still_gets_reads_recovers_with_none_but_a_success() -> None:
    reads = [read("busy", 0, "db-timeout"), read("busy", COOL_DOWN_MS, "breaker-open"), read("other", COOL_DOWN_MS)]
    assert not recovered(reads, now_ms=COOL_DOWN_MS + 1)


def test_time_alone_recovers_nothing() -> None:
    assert not recovered([read("busy", 0), read("busy", 1, "throttled")], now_ms=1000 * COOL_DOWN_MS)
    assert not recovered([], now_ms=1000 * COOL_DOWN_MS)

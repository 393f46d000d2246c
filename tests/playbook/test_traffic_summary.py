"""What test reads came to."""

import pytest

from playbook.traffic import ReadResult
from playbook.traffic_summary import TrafficCount, TrafficSummary


def read(user: str = "user-1", *, ms: float = 10, digest: str = "a", error: str = "", version: str = "3") -> ReadResult:
    return ReadResult(user, version, 503 if error else 200, ms, "" if error else digest, error)


def summary_of(*results: ReadResult, seconds: float = 2) -> TrafficSummary:
    counted = TrafficCount()
    for result in results:
        counted.add(result)
    return counted.summary(seconds)


def test_reads_errors_and_versions_are_counted() -> None:
    summary = summary_of(read(), read(version="4"), read(error="Timeout", version=""), read(), read(error="Timeout"))

    assert (summary.reads, summary.failed, summary.a_second) == (5, 2, 2.5)
    assert summary.errors == {"Timeout": 2}
    assert summary.versions == {"3": 3, "4": 1}
    assert list(summary.lines())[:2] == ["5 reads in 2.0 s, 2.5 a second: 3 answered, 2 failed", "  2 × Timeout"]


def test_round_trips_are_those_of_answered_reads() -> None:
    summary = summary_of(*[read(ms=10)] * 98, read(ms=400), read(ms=900), read(ms=9000, error="Timeout"))

    assert summary.document()["round_trip_ms"] == pytest.approx(
        {"p50": 10, "p95": 10, "p99": 400, "p100": 900}, rel=0.01
    )
    (told,) = (line for line in summary.lines() if line.startswith("round trips"))
    assert told.startswith("round trips: p50 ")
    assert ", slowest " in told


def test_a_user_who_got_two_different_answers_is_named() -> None:
    summary = summary_of(read("user-1"), read("user-2"), read("user-2", digest="b"), read("user-1", error="x"))

    assert summary.changed_answers == ("user-2",)
    assert list(summary.lines())[-1] == "users who got two different answers: user-2"


def test_only_the_most_frequent_errors_are_printed_and_all_are_in_the_document() -> None:
    summary = summary_of(*(read(error=f"error {number}") for number in range(8)))

    assert "  and 3 other errors" in list(summary.lines())
    assert len(summary.document()["errors"]) == 8


def test_no_read_at_all_is_a_summary_too() -> None:
    summary = summary_of(seconds=0)

    assert list(summary.lines()) == ["0 reads in 0.0 s, 0 a second: 0 answered, 0 failed"]
    assert summary.document()["round_trip_ms"] == {}

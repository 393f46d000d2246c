"""The baseline: a warm-up that does not count, a measurement, and its entry in the journal."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import chain, repeat
from threading import Lock
from typing import Any

import pytest

from playbook import baseline
from playbook.baseline import Baseline, NotWarmError, measure
from playbook.journal import Entry, Kind
from playbook.version_probe import ProbeAnswer
from tests.playbook.judged import latencies

USERS = ("user-1", "user-2", "user-3")
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def answer(duration_ms: float | None = 20.0, *, code: str = "", cold: bool = False) -> ProbeAnswer:
    status = 503 if code else 200
    return ProbeAnswer(status_code=status, user=None, code=code, duration_ms=duration_ms, cold_start=cold)


WARM = answer()
COLD = answer(900.0, cold=True)
LATE = answer(1000.0, code="cold-start-timeout")


class Answers:
    """A Prober that gives these answers, and after them goes on with warm ones."""

    def __init__(self, *answers: ProbeAnswer, then: ProbeAnswer = WARM) -> None:
        self.asked: list[tuple[str, str]] = []
        self._answers: Iterator[ProbeAnswer] = chain(answers, repeat(then))
        self._lock = Lock()

    def probe(self, user_id: str, path: str) -> ProbeAnswer:
        with self._lock:
            self.asked.append((user_id, path))
            return next(self._answers)


@dataclass
class FakeJournal:
    """A Journal in memory, whose entries are a minute apart."""

    written: list[Entry] = field(default_factory=list)

    def write(self, kind: Kind, **facts: Any) -> None:
        at = NOW + timedelta(minutes=len(self.written))
        self.written.append(Entry(at=at, operator="somebody", kind=kind, facts=facts))

    def entries(self, since: datetime) -> Iterator[Entry]:
        return (entry for entry in self.written if entry.at >= since)


def measured(prober: Answers, *, reads: int = 30, concurrency: int = 1) -> Baseline:
    return measure(prober, USERS, version="3", reads=reads, concurrency=concurrency, on_probe=lambda: None)


def test_a_warm_prisma_read_is_measured_through_the_users_in_turn_after_one_round() -> None:
    prober = Answers()
    found = measured(prober)

    assert found.latencies.reads == found.probes == 30
    assert found.latencies.percentile_ms(95) == pytest.approx(20, rel=0.01)
    assert [user for user, _ in prober.asked[:4]] == ["user-1", "user-2", "user-3", "user-1"]
    assert {path for _, path in prober.asked} == {"prisma"}


@pytest.mark.parametrize("not_warm", [COLD, LATE])
def test_what_is_seen_while_it_warms_up_does_not_count(not_warm: ProbeAnswer) -> None:
    found = measured(Answers(not_warm, *[WARM] * 4, not_warm))

    assert found.failures == {}
    assert (found.latencies.reads, found.untold) == (30, 0)
    assert found.latencies.percentile_ms(100) == pytest.approx(20, rel=0.01)


def test_a_prisma_read_that_never_becomes_warm_is_not_measured_and_the_error_names_the_codes() -> None:
    with pytest.raises(NotWarmError, match="5 db-unreachable"):
        measured(Answers(then=answer(code="db-unreachable")))


def test_failures_have_a_code_and_no_latency() -> None:
    found = measured(Answers(*[WARM] * 5, LATE, answer(code="throttled"), LATE))

    assert found.failures == {"cold-start-timeout": 2, "throttled": 1}
    assert (found.latencies.reads, found.probes) == (27, 30)


def test_an_answer_without_a_duration_or_of_a_cold_mock_read_is_left_out_and_counted() -> None:
    found = measured(Answers(*[WARM] * 5, answer(None), COLD))

    assert (found.latencies.reads, found.untold, found.probes) == (28, 2, 30)


def recorded(journal: FakeJournal, *p95s_ms: float) -> None:
    for p95_ms in p95s_ms:
        found = Baseline(version="3", latencies=latencies(p95_ms), failures=Counter(), untold=0)
        baseline.record(journal, found)


def test_what_is_recorded_is_read_back_as_it_was_and_the_latest_counts() -> None:
    journal = FakeJournal()
    recorded(journal, 20, 30)
    journal.write(Kind.DECISION, outcome="GO")

    assert baseline.latest(journal, NOW) == latencies(30)
    assert journal.written[1].facts["p95_ms"] == pytest.approx(30, rel=0.01)


def test_no_baseline_or_an_older_one_is_none() -> None:
    journal = FakeJournal()
    assert baseline.latest(journal, NOW) is None
    recorded(journal, 20)
    assert baseline.latest(journal, NOW + timedelta(minutes=1)) is None


def test_more_at_a_time_warm_up_more() -> None:
    def asked(concurrency: int) -> Sequence[tuple[str, str]]:
        prober = Answers()
        measured(prober, reads=0, concurrency=concurrency)
        return prober.asked

    assert len(asked(3)) == 3 * len(asked(1))

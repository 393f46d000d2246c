"""The baseline: how long reads of a warmed prisma-read take before the canary, through the very invoke of its reads.

The go/no-go holds the canary's p95 against it. It is measured at preflight, by probes of mock-read, and kept in the
journal.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from itertools import cycle, islice
from typing import Final

from pydantic import TypeAdapter

from playbook.journal import Journal, Kind
from playbook.latencies import Latencies, LatencyDistribution
from playbook.version_probe import ProbeAnswer, Prober
from shared.names import PATH_PRISMA

# The p95 then has 25 reads above it, and moves by little from one measurement to the next.
BASELINE_READS: Final = 500
_PERCENTILE: Final = 95
# Of a round all are to be answered by warm environments. A cold prisma-read takes seconds, and each round meets fewer.
_WARM_UP_ROUNDS: Final = 12
_ROUND_READS_EACH: Final = 5

_LATENCIES: Final = TypeAdapter(LatencyDistribution)


class NotWarmError(RuntimeError):
    """prisma-read did not become warm. The message says what its reads came to."""


@dataclass(frozen=True, kw_only=True)
class Baseline:
    """What was measured. `failures` counts probes that were not answered, by code; they have no latency.

    `untold` are those that were answered without a duration that could be read. `version` is mock-read's.
    """

    version: str
    latencies: LatencyDistribution
    failures: Counter[str]
    untold: int

    @property
    def probes(self) -> int:
        return self.latencies.reads + self.failures.total() + self.untold


def measure(
    prober: Prober,
    users: Sequence[str],
    *,
    version: str,
    concurrency: int,
    reads: int = BASELINE_READS,
    on_probe: Callable[[], None],
) -> Baseline:
    """Warm prisma-read and measure it, `concurrency` probes at a time, the users in turn.

    More at a time than there are warm environments of prisma-read would start cold ones. Raises NotWarmError, and
    whatever the prober raises.
    """
    failures: Counter[str] = Counter()
    latencies = Latencies()
    untold = 0
    turns = cycle(users)
    with ThreadPoolExecutor(concurrency, thread_name_prefix="probe") as pool:

        def answers(count: int) -> Iterator[ProbeAnswer]:
            for answer in pool.map(lambda user: prober.probe(user, PATH_PRISMA), islice(turns, count)):
                on_probe()
                yield answer

        _warm_up(answers, concurrency)
        for answer in answers(reads):
            if not answer.answered:
                failures[answer.code] += 1
            elif answer.duration_ms is None or answer.cold_start:
                # The first probe of an environment of mock-read pays for its SDK, which no canary read waits for.
                untold += 1
            else:
                latencies.record(answer.duration_ms)
    return Baseline(version=version, latencies=latencies.distribution(), failures=failures, untold=untold)


def record(journal: Journal, baseline: Baseline) -> None:
    """Keep it. Raises what the journal raises."""
    journal.write(
        Kind.BASELINE,
        version=baseline.version,
        p95_ms=baseline.latencies.percentile_ms(_PERCENTILE),
        failures=dict(baseline.failures),
        latencies=_LATENCIES.dump_python(baseline.latencies, mode="json"),
    )


def latest(journal: Journal, since: datetime) -> LatencyDistribution | None:
    """What was recorded last, from `since` on; None where nothing was."""
    found = [entry for entry in journal.entries(since) if entry.kind is Kind.BASELINE]
    return _LATENCIES.validate_python(found[-1].facts["latencies"]) if found else None


def _warm_up(answers: Callable[[int], Iterator[ProbeAnswer]], concurrency: int) -> None:
    seen: Counter[str] = Counter()
    for _ in range(_WARM_UP_ROUNDS):
        seen = Counter(_temper(answer) for answer in answers(_ROUND_READS_EACH * concurrency))
        if seen.keys() == {"warm"}:
            return
    told = ", ".join(f"{number} {temper}" for temper, number in seen.most_common())
    raise NotWarmError(f"prisma-read did not become warm: of the last {seen.total()} probes {told}")


def _temper(answer: ProbeAnswer) -> str:
    if not answer.answered:
        return answer.code
    return "cold" if answer.cold_start else "warm"

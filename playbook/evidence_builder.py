"""From the functions' log lines to evidence, a line at a time, in memory that does not grow with the reads."""

from collections.abc import Mapping
from typing import Any, Final

from playbook.bounds import Tally
from playbook.evidence import AlarmEvidence, Evidence
from playbook.latencies import Latencies, LatencyDistribution
from playbook.shadow_ledger import Seen, ShadowLedger
from shared.names import LogToken, Metric

_MS_A_MINUTE: Final = 60_000


class EvidenceBuilder:
    """Takes the lines of mock-read and of the comparator from the moment the step began, merged by their time.

    Within ten minutes their order does not matter.
    """

    def __init__(self) -> None:
        self._canary_reads = 0
        self._canary_failures = 0
        self._canary_latencies = Latencies()
        self._mock_latencies = Latencies()
        self._shadow_latencies = Latencies()
        self._shadow = ShadowLedger()
        self._first_ms: int | None = None
        self._last_ms = 0

    def add(self, line: Mapping[str, Any]) -> None:
        """Count one line, parsed. Lines that tell nothing of a read or a comparison are passed over."""
        match line.get("event"):
            case LogToken.MOCK_SUCCESS:
                self._mock_latencies.record(line["duration"])
            case LogToken.CANARY_SUCCESS:
                self._canary_reads += 1
                self._canary_latencies.record(line["duration"])
            case LogToken.CANARY_ERROR:
                self._canary_reads += 1
                self._canary_failures += 1
            case LogToken.SHADOW_REQUEST:
                self._note(line, Seen.SAMPLED)
            case LogToken.SHADOW_DIFF:
                self._note(line, Seen.COMPARED if line["match"] else Seen.COMPARED | Seen.MISMATCHING)
                self._shadow_latencies.record(line["duration"])
            case LogToken.SHADOW_ERROR:
                # A sampled read whose line could not even be made says so itself.
                self._note(line, Seen.FAILED | Seen.SAMPLED if Metric.SHADOW_REQUESTS in line else Seen.FAILED)
            case _:
                return
        time_ms = line["_aws"]["Timestamp"]
        if self._first_ms is None:
            self._first_ms = self._last_ms = time_ms
        elif time_ms < self._first_ms:
            self._first_ms = time_ms
        elif time_ms > self._last_ms:
            self._last_ms = time_ms

    def evidence(self, *, alarms: tuple[AlarmEvidence, ...], baseline_latencies: LatencyDistribution) -> Evidence:
        """Everything so far, with what no log line tells."""
        span_ms = 0 if self._first_ms is None else self._last_ms - self._first_ms
        return Evidence(
            canary=Tally(self._canary_failures, self._canary_reads),
            canary_latencies=self._canary_latencies.distribution(),
            mock_latencies=self._mock_latencies.distribution(),
            baseline_latencies=baseline_latencies,
            shadow=self._shadow.evidence(self._shadow_latencies.distribution()),
            alarms=alarms,
            minutes=span_ms / _MS_A_MINUTE if span_ms else None,
        )

    def _note(self, line: Mapping[str, Any], seen: Seen) -> None:
        self._shadow.note(line["requestId"], seen, line["_aws"]["Timestamp"])

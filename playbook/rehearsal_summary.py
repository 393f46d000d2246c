"""What a rehearsal showed: figures first, then whether they are good enough."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from rich.console import Console
from rich.table import Table

from playbook.live_state import DeployedFlag
from playbook.read_log import ReadLog
from playbook.traffic import ReadResult
from shared.names import FLAG_KILL_SWITCH, FLAG_PRISMA_ADAPTER, LogToken

# A flag that comes after its 50 ms counts as off, which a busy machine may bring about now and then.
FLAG_TIMEOUT: Final = f"[{LogToken.FLAG_ERROR}] timeout"
FLAG_TIMEOUT_SHARE: Final = 0.01


@dataclass(frozen=True)
class Summary:
    """Everything that is printed, and nothing that is not measured."""

    reads: Sequence[ReadResult]
    log: ReadLog
    weights: Mapping[str, float]
    alarms: Mapping[str, str]
    flag: DeployedFlag
    kill_switch: DeployedFlag

    def shortcomings(self) -> list[str]:
        """What keeps the rehearsal from having passed; empty when nothing does."""
        found = [f"{result.user_id}: {result.error}" for result in self.reads if result.error]
        logged = sum(self.log.served.values())
        if logged != len(self.reads):
            found.append(f"{len(self.reads)} reads were sent, and {logged} logged")
        found += [
            f"the functions logged {count} × {failure}"
            for failure, count in self.log.failures.items()
            if failure != FLAG_TIMEOUT or count > FLAG_TIMEOUT_SHARE * len(self.reads)
        ]
        found += [f"alarm {name} is {state}" for name, state in self.alarms.items() if state != "OK"]
        return found


def percentiles_ms(durations_ms: Sequence[float]) -> tuple[float, float, float]:
    """p50, p95 and p99, in the unit of the input; at least two values are needed."""
    cuts = statistics.quantiles(durations_ms, n=100, method="inclusive")
    return cuts[49], cuts[94], cuts[98]


def print_summary(summary: Summary, console: Console) -> None:
    errors = sum(1 for result in summary.reads if result.error)
    users = {result.user_id for result in summary.reads}
    console.print(f"\n{len(summary.reads)} reads by {len(users)} users, {errors} errors")
    by_path = Table()
    for heading in ("version", "path", "reads"):
        by_path.add_column(heading, justify="right" if heading == "reads" else "left")
    for failure, count in summary.log.failures.items():
        console.print(f"logged on the way: {count} × {failure}", markup=False)
    for (version, path), count in sorted(summary.log.served.items()):
        by_path.add_row(version, path, str(count))
    console.print(by_path)

    latency = Table()
    for heading in ("ms seen by", "p50", "p95", "p99"):
        latency.add_column(heading, justify="left" if heading == "ms seen by" else "right")
    round_trips_ms = [result.round_trip_ms for result in summary.reads]
    for observer, durations_ms in (("the caller", round_trips_ms), ("the function", summary.log.durations_ms)):
        latency.add_row(observer, *(f"{value:.2f}" for value in percentiles_ms(durations_ms)))
    console.print(latency)

    dials = Table(show_header=False)
    for version, weight in summary.weights.items():
        dials.add_row("live alias", f"version {version}: {weight:.0%}")
    dials.add_row("flag", _flag(summary.flag, FLAG_PRISMA_ADAPTER))
    dials.add_row("kill switch", _flag(summary.kill_switch, FLAG_KILL_SWITCH))
    for name, state in summary.alarms.items():
        dials.add_row(name, state)
    console.print(dials)


def _flag(flag: DeployedFlag, key: str) -> str:
    value = flag.values[key]
    position = "off"
    if value["enabled"]:
        position = f"on at {value['percent']} %" if "percent" in value else "on"
    return f"{position} (version {flag.version}, deployment {flag.deployment_number} {flag.state})"

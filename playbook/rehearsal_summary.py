"""What a rehearsal showed: figures first, then whether they are good enough."""

import statistics
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from rich.console import Console
from rich.table import Table

from playbook.flag_dial import FlagPosition
from playbook.live_state import DeployedFlag
from playbook.read_log import ReadLog, ShadowLog
from playbook.traffic import ReadResult
from shared.names import FLAG_KILL_SWITCH, FLAG_PRISMA_ADAPTER, PATH_PRISMA, LogToken

# A flag that comes after its 50 ms counts as off, which a busy machine may bring about now and then.
FLAG_TIMEOUT: Final = f"[{LogToken.FLAG_ERROR}] timeout"
FLAG_TIMEOUT_SHARE: Final = 0.01
CANARY_ERROR_SHARE: Final = 0.02
SHADOW_ERROR_SHARE: Final = 0.05


@dataclass(frozen=True)
class Phase:
    """One phase of the playbook as it went. `flag` None is the flag as it was seeded: off."""

    title: str
    flag: FlagPosition | None
    reads: Sequence[ReadResult]
    log: ReadLog
    shadow: ShadowLog
    wall_seconds: float

    def _tolerated(self) -> dict[str, float]:
        """How many failures of a kind a phase may have: the playbook's own limits, sections 1 and 4."""
        return {
            FLAG_TIMEOUT: FLAG_TIMEOUT_SHARE * len(self.reads),
            f"[{LogToken.CANARY_ERROR}]": CANARY_ERROR_SHARE * self.log.served_by(PATH_PRISMA),
            f"[{LogToken.SHADOW_ERROR}]": SHADOW_ERROR_SHARE * len(self.log.shadow_requests),
        }

    def shortcomings(self) -> list[str]:
        """What keeps the phase from having passed; empty when nothing does."""
        found = [f"{result.user_id}: {result.error}" for result in self.reads if result.error]
        logged = sum(self.log.served.values())
        if logged != len(self.reads):
            found.append(f"{len(self.reads)} reads were sent, and {logged} logged")
        failures = {**self.log.failures, **self.shadow.failures}
        for token, limit in self._tolerated().items():
            count = sum(failures.pop(failure) for failure in list(failures) if failure.startswith(token))
            if count > limit:
                found.append(f"{count} × {token} is more than {limit:g}")
        found += [f"the functions logged {count} × {failure}" for failure, count in failures.items()]
        if self.flag is None:
            return found
        if self.flag.shadow_percent and not self.log.shadow_requests:
            found.append("the flag asks for comparisons, and no read was sampled")
        coverage = self.shadow.coverage(self.log.shadow_requests)
        if coverage < 1:
            found.append(f"{coverage:.2%} of the sampled reads were compared")
        if self.shadow.mismatching:
            found.append(f"{len(self.shadow.mismatching)} reads differ: {dict(self.shadow.differences)}")
        if self.flag.percent and not self.log.served_by(PATH_PRISMA):
            found.append("the flag sends reads to Prisma, and none went there")
        return [f"{self.title}: {shortcoming}" for shortcoming in found]


@dataclass(frozen=True)
class Summary:
    """Everything that is printed, and nothing that is not measured. `fired` are rollback alarms that ever did."""

    phases: Sequence[Phase]
    weights: Mapping[str, float]
    alarms: Mapping[str, str]
    rollback_alarms: Sequence[str]
    fired: Sequence[str]
    flag: DeployedFlag
    kill_switch: DeployedFlag

    def shortcomings(self) -> list[str]:
        found = [shortcoming for phase in self.phases for shortcoming in phase.shortcomings()]
        if changed := users_with_several_answers(self.phases):
            found.append(f"the two paths answer differently for {', '.join(changed)}")
        found += [f"alarm {name} fired" for name in self.fired]
        # The others ask people to look, such as at the silence before the first read.
        states = {name: self.alarms[name] for name in self.rollback_alarms}
        found += [f"alarm {name} is {state}" for name, state in states.items() if state != "OK"]
        return found


def users_with_several_answers(phases: Sequence[Phase]) -> list[str]:
    """Users whose answers were not all equal in canonical form, whichever path and phase they came from."""
    answers: defaultdict[str, set[str]] = defaultdict(set)
    for phase in phases:
        for result in phase.reads:
            if not result.error:
                answers[result.user_id].add(result.answer_digest)
    return sorted(user_id for user_id, digests in answers.items() if len(digests) > 1)


def percentiles_ms(durations_ms: Sequence[float]) -> tuple[float, float, float]:
    """p50, p95 and p99, in the unit of the input; at least two values are needed."""
    cuts = statistics.quantiles(durations_ms, n=100, method="inclusive")
    return cuts[49], cuts[94], cuts[98]


def print_phase(phase: Phase, console: Console) -> None:
    errors = sum(1 for result in phase.reads if result.error)
    users = {result.user_id for result in phase.reads}
    flag = "flag off" if phase.flag is None else f"flag at {phase.flag}"
    console.print(f"\n[bold]{phase.title}[/] ({flag}, {phase.wall_seconds:.0f} s)")
    console.print(f"{len(phase.reads)} reads by {len(users)} users, {errors} errors")
    if phase.flag is not None and phase.flag.shadow_percent:
        console.print(
            f"{len(phase.shadow.compared & phase.log.shadow_requests)} of {len(phase.log.shadow_requests)} sampled "
            f"reads compared, coverage {phase.shadow.coverage(phase.log.shadow_requests):.2%}, "
            f"{len(phase.shadow.mismatching)} mismatches"
        )
    for failure, count in {**phase.log.failures, **phase.shadow.failures}.items():
        console.print(f"logged on the way: {count} × {failure}", markup=False)

    table = Table()
    for heading in ("version", "path", "reads", "p50 ms", "p95 ms", "p99 ms"):
        table.add_column(heading, justify="left" if heading in {"version", "path"} else "right")
    for (version, path), count in sorted(phase.log.served.items()):
        durations_ms = [ms for (v, p), ms in phase.log.durations_ms if (v, p) == (version, path)]
        shown = percentiles_ms(durations_ms) if len(durations_ms) > 1 else ()
        table.add_row(version, path, str(count), *(f"{value:.2f}" for value in shown))
    table.add_row("", "as callers see it", "", *(
        f"{value:.2f}" for value in percentiles_ms([result.round_trip_ms for result in phase.reads])
    ))  # fmt: skip
    console.print(table)


def print_dials(summary: Summary, console: Console) -> None:
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

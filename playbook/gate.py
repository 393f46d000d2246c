"""What stands before a step of the playbook: gates, each open or closed, and who may open one that is closed.

A gate that is closed says why and what to do. Some of them an operator may override, with a reason that goes on record:
those where it is judgement that decides. The others protect what nobody can see from where they sit.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from playbook.account_state import AccountState
from playbook.failures import Refusal
from playbook.settings import Settings
from playbook.verdict import Verdict


class Act(StrEnum):
    """What is to begin."""

    SHADOW = "shadow"
    CANARY = "canary"
    RAMP = "ramp"
    RELEASE = "release"


class GateName(StrEnum):
    KILL_SWITCH = "kill switch"
    FLAG_DEPLOYMENT = "flag's deployment"
    SWITCH_DEPLOYMENT = "kill switch's deployment"
    CODE_DEPLOYMENT = "code dial"
    ROLLBACK_ALARMS = "rollback alarms"
    ALARMS = "alarms"
    NEXT_STEP = "next step"
    HOLD = "minimum hold"
    BASELINE = "baseline"
    VERDICT = "verdict"
    FLAG_AT_ZERO = "flag at 0 %"


@dataclass(frozen=True, kw_only=True)
class Gate:
    """`closed` is the reason and `advice` what to do about it; both are None where the gate is open."""

    name: GateName
    closed: str | None = None
    advice: str | None = None
    overridable: bool = False


@dataclass(frozen=True, kw_only=True)
class Situation:
    """`percent` is the share that is to go to Prisma. `verdict` is None as long as nothing was judged.

    `baseline_recorded` is whether preflight measured a warmed prisma-read.
    """

    act: Act
    percent: float
    state: AccountState
    settings: Settings
    baseline_recorded: bool = True
    verdict: Verdict | None = None


def closed(found: Iterable[Gate]) -> tuple[Gate, ...]:
    return tuple(gate for gate in found if gate.closed is not None)


def pass_gates(found: Iterable[Gate], *, what: str, override: str | None) -> tuple[Gate, ...]:
    """The gates that are closed and overridden, none of them where all are open.

    `what` is to begin, `override` an operator's reason to go ahead. Raises Refusal, whose message has every gate.
    """
    shut = closed(found)
    refusing = [gate for gate in shut if override is None or not gate.overridable]
    if refusing:
        told = [
            {"gate": gate.name, "closed": gate.closed, "advice": gate.advice, "overridable": gate.overridable}
            for gate in shut
        ]
        raise Refusal(_refusal(what, shut, override), gates=told)
    return shut


def _refusal(what: str, shut: Sequence[Gate], override: str | None) -> str:
    lines = [f"not now: {what}"]
    for gate in shut:
        lines.append(f"  {gate.name}: {gate.closed}")
        lines.append(f"    what to do: {gate.advice}")
    if all(gate.overridable for gate in shut):
        lines.append("  --override REASON goes ahead all the same, and on record")
    elif override is not None:
        firm = ", ".join(gate.name for gate in shut if not gate.overridable)
        lines.append(f"  nobody may override: {firm}")
    return "\n".join(lines)

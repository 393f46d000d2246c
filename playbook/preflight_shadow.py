"""Preflight: is the shadow's gate met, and may a canary begin at all? Pure."""

from collections.abc import Iterator
from typing import Final

from playbook.checklist import Item, failed, passed, warned
from playbook.gate import Gate, GateName
from playbook.step import Step
from playbook.verdict import CheckName, Outcome, Verdict

# Items of their own look closer at these.
_LOOKED_AT_ELSEWHERE: Final = frozenset(
    {GateName.ROLLBACK_ALARMS, GateName.ALARMS, GateName.BASELINE, GateName.VERDICT}
)


def gate_items(gates: tuple[Gate, ...]) -> Iterator[Item]:
    """What would keep the canary from beginning, by the gates of `canary start`."""
    for gate in gates:
        if gate.name in _LOOKED_AT_ELSEWHERE:
            continue
        if gate.closed is None:
            yield passed(gate.name, _OPEN[gate.name])
        else:
            tell = warned if gate.overridable else failed
            yield tell(gate.name, gate.closed, gate.advice or "look at `playbook status`")


def shadow_off(step: Step) -> Item | None:
    """The item for a step without a shadow; None where reads are compared."""
    if step.flag.shadow_percent > 0:
        return None
    return failed(
        "shadow", f"no read is compared: the flag is {step}", "say `playbook canary shadow`, then wait for reads"
    )


def shadow_items(verdict: Verdict) -> Iterator[Item]:
    """The checks of the shadow's gate, with their arithmetic. The alarms have an item of their own."""
    for check in verdict.checks:
        if check.name is CheckName.ALARMS:
            continue
        if check.outcome is Outcome.GO:
            yield passed(check.name, check.reason)
        else:
            yield failed(check.name, f"{check.outcome.name}. {check.reason}", _TO_DO[check.outcome])


_OPEN: Final = {
    GateName.KILL_SWITCH: "released",
    GateName.FLAG_DEPLOYMENT: "none is under way, and AppConfig would take one",
    GateName.CODE_DEPLOYMENT: "at rest",
    GateName.NEXT_STEP: "a canary is what comes next",
}
_TO_DO: Final = {
    Outcome.HOLD: "wait for more reads, or send some with `playbook traffic`; then `playbook shadow`",
    Outcome.INVESTIGATE: "`playbook shadow` has the fields, `playbook explain USER` the values",
    Outcome.ROLLBACK: "`playbook rollback flag`",
}

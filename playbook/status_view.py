"""What `playbook status` prints: for people as labelled lines, for programs as one document. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from dashboards.alarms import RUNBOOK
from dashboards.console_links import Console
from playbook.account_state import AccountState, Alarm, KillSwitch, Rollout
from playbook.code_dial import CodeDial
from playbook.dial_reading import said_by
from playbook.drift import Drift, drift
from playbook.evidence import AlarmState
from playbook.phase import NextStep, Phase, phase_of, what_next
from playbook.settings import Settings
from playbook.step import Step
from playbook.wording import duration, moment, percent
from shared.names import XRAY_CANARY_TRACES

_LABEL_WIDTH: Final = 13
_SECONDS_A_MINUTE: Final = 60
_TRACE_MINUTES: Final = 60

# Words carry the meaning; colours only help to find it.
GOOD: Final = "green"
DOUBTFUL: Final = "yellow"
BAD: Final = "bold red"
_TITLE: Final = "bold"


@dataclass(frozen=True)
class Line:
    """`style` is rich's, None for plain text."""

    text: str
    style: str | None = None


@dataclass(frozen=True, kw_only=True)
class Status:
    """All that is told."""

    state: AccountState
    phase: Phase
    next_step: NextStep
    drift: Sequence[Drift]


def status_of(state: AccountState, settings: Settings) -> Status:
    return Status(
        state=state,
        phase=phase_of(state.step.flag, kill_switch_set=state.kill_switch.is_set, ramp=settings.ramp),
        next_step=what_next(state, settings),
        drift=drift(state),
    )


def status_lines(status: Status) -> Iterator[Line]:
    """For people."""
    state = status.state
    yield Line(f"{state.names.environment} in {state.region}, {moment(state.at)}", _TITLE)
    yield Line("")
    yield from _labelled("phase", _phase_lines(status))
    yield from _labelled("next", _next_lines(status.next_step))
    yield Line("")
    yield from _labelled("path dial", _path_lines(state))
    yield from _labelled("kill switch", _switch_lines(state.kill_switch))
    yield from _labelled("code dial", map(_code_line, state.code_dials))
    yield from _labelled("alarms", alarm_lines(state))
    yield from _labelled("drift", _drift_lines(status.drift))
    yield Line("")
    yield from _labelled("console", (Line(f"{what}: {url}") for what, url in console_links(state).items()))


def status_document(status: Status) -> dict[str, Any]:
    """For programs. Times are in ISO 8601, percentages from 0 to 100."""
    state = status.state
    return {
        "environment": state.names.environment,
        "region": state.region,
        "at": state.at.isoformat(),
        "phase": status.phase,
        "phase_since": state.step.started_at.isoformat(),
        "next": {"why": status.next_step.why, "commands": list(status.next_step.commands)},
        "path_dial": {
            "enabled": state.step.enabled,
            "percent": state.step.percent,
            "split_by": state.step.split_by,
            "allow_users": list(state.step.allow_users),
            "shadow_percent": state.step.shadow_percent,
            "version": state.step.version,
            "deployment": state.step.deployment_number,
            "state": state.step.state,
            "description": state.step.description,
        },
        "kill_switch": {
            "set": state.kill_switch.is_set,
            "since": state.kill_switch.since.isoformat(),
            "version": state.kill_switch.version,
            "description": state.kill_switch.description,
        },
        "flag_deployments_in_progress": [
            {
                "profile": rollout.profile,
                "deployment": rollout.deployment_number,
                "version": rollout.version,
                "state": rollout.state,
                "percent_complete": rollout.percent_complete,
                "ends_at": rollout.ends_at.isoformat() if rollout.ends_at else None,
            }
            for rollout in state.rollouts
        ],
        "code_dials": [
            {
                "function": dial.function_name,
                "weights": dict(dial.weights),
                "deployed_version": dial.deployed_version,
                "deployment_in_progress": dial.in_progress.deployment_id if dial.in_progress else None,
            }
            for dial in state.code_dials
        ],
        "alarms": [
            {
                "name": alarm.name,
                "rolls_back": alarm.rolls_back,
                "state": alarm.state,
                "since": alarm.since.isoformat() if alarm.since else None,
                "reason": alarm.reason,
            }
            for alarm in state.alarms
        ],
        "drift": [{"what": item.what, "remedy": item.remedy} for item in status.drift],
        "console": console_links(state),
    }


def dial_words(step: Step) -> str:
    """Where the path dial stands."""
    if not step.enabled:
        return "off"
    allowed = f", and {', '.join(step.allow_users)}" if step.allow_users else ""
    return f"{step.percent:g} % by {step.split_by}{allowed}, shadow {step.shadow_percent:g} %"


def code_words(dial: CodeDial) -> str:
    """Which versions a function's `live` stands for, and what moves it."""
    shares = sorted(dial.weights.items(), key=lambda item: int(item[0]))
    versions = ", ".join(
        f"version {version}" if len(shares) == 1 else f"version {version} {percent(100 * share)}"
        for version, share in shares
    )
    moving = dial.in_progress
    if moving is None:
        return versions
    to_version = f" to version {moving.to_version}" if moving.to_version else ""
    return f"{versions}; CodeDeploy's {moving.deployment_id}{to_version}: {moving.status}"


def rollout_words(rollout: Rollout) -> str:
    until = f", until {moment(rollout.ends_at)}" if rollout.ends_at else ""
    return (
        f"{rollout.profile}: deployment {rollout.deployment_number} is {rollout.state}, "
        f"{rollout.percent_complete:g} % of the targets have it{until}"
    )


def alarm_lines(state: AccountState) -> list[Line]:
    """One line if all are well, else one or two for each that is not."""
    unwell = [alarm for alarm in state.alarms if not alarm.is_ok]
    if not unwell:
        return [Line(f"all {len(state.alarms)} OK", GOOD)]
    well = len(state.alarms) - len(unwell)
    told = [line for alarm in unwell for line in _unwell_lines(alarm, state.names.prefix)]
    return [*told, Line(f"the other {well} OK")] if well else told


def console_links(state: AccountState) -> dict[str, str]:
    """Where to look in AWS's console, by what is seen there."""
    console, names = Console(state.region), state.names
    groups = {
        dial.function_name: console.deployment_group(names.codedeploy_application, dial.deployment_group)
        for dial in state.code_dials
    }
    return {
        "dashboard": console.dashboard(names.dashboard),
        "alarms": console.alarms(),
        "flag": console.appconfig_application(state.application_id),
        "canary traces": console.traces(XRAY_CANARY_TRACES, minutes=_TRACE_MINUTES),
        **groups,
    }


def _labelled(label: str, lines: Iterator[Line] | Sequence[Line]) -> Iterator[Line]:
    for number, line in enumerate(lines):
        yield Line(f"{'' if number else label:<{_LABEL_WIDTH}}{line.text}", line.style)


def _phase_lines(status: Status) -> list[Line]:
    state = status.state
    since = state.kill_switch.since if status.phase is Phase.ROLLED_BACK else state.step.started_at
    minutes = (state.at - since).total_seconds() / _SECONDS_A_MINUTE
    style = BAD if status.phase is Phase.ROLLED_BACK else _TITLE
    return [Line(f"{status.phase}, for {duration(minutes)}", style)]


def _next_lines(step: NextStep) -> list[Line]:
    return [Line(step.why), *(Line(f"  {command}", _TITLE) for command in step.commands)]


def _path_lines(state: AccountState) -> list[Line]:
    step = state.step
    lines = [Line(f"{dial_words(step)}; version {step.version} since {moment(step.started_at)}")]
    if step.description:
        lines.append(Line(f"  {said_by(step.description)}"))
    return [*lines, *(Line(f"  {rollout_words(rollout)}", DOUBTFUL) for rollout in state.rollouts)]


def _switch_lines(switch: KillSwitch) -> list[Line]:
    if not switch.is_set:
        return [Line("not set")]
    lines = [Line(f"SET since {moment(switch.since)}: every read is served by the mock", BAD)]
    return [*lines, Line(f"  {said_by(switch.description)}")] if switch.description else lines


def _code_line(dial: CodeDial) -> Line:
    return Line(f"{dial.function_name}: {code_words(dial)}", DOUBTFUL if dial.in_progress else None)


def _unwell_lines(alarm: Alarm, prefix: str) -> list[Line]:
    if alarm.state is None:
        return [Line(f"{alarm.name}: not there; deploy the stacks first", BAD)]
    since = f" since {moment(alarm.since)}" if alarm.since else ""
    style = BAD if alarm.state is AlarmState.ALARM and alarm.rolls_back else DOUBTFUL
    lines = [Line(f"{alarm.name}: {alarm.state}{since}; see {RUNBOOK}#{alarm.name.removeprefix(f'{prefix}-')}", style)]
    return [*lines, Line(f"  {alarm.reason}")] if alarm.reason else lines


def _drift_lines(found: Sequence[Drift]) -> list[Line]:
    if not found:
        return [Line("none", GOOD)]
    return [line for item in found for line in (Line(item.what, BAD), Line(f"  {item.remedy}"))]

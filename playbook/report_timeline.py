"""What the dials and the alarms did, as stretches of time."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from playbook.bundle import Bundle
from playbook.evidence import AlarmState
from playbook.journal import Kind
from playbook.report_plots import Axis, Curve, Note, Plot, Role
from playbook.report_times import TimeAxis, time_axis
from playbook.report_view import Figure, Figured, Key, Table
from playbook.timeline import EventKind, TimelineEvent
from shared.names import ResourceNames

_LANE_PX: Final = 54
_LANE_MARGIN_PX: Final = 60
# From there on words, or a percentage, would run out of the plot.
_LATE: Final = 0.7
_LATE_FOR_A_FIGURE: Final = 0.85
_KILL_SWITCH: Final = "kill switch"
_SET, _RELEASED = "set", "not set"
_CODE_DONE: Final = frozenset({"Succeeded", "Failed", "Stopped"})
_ROLES: Final = {
    _SET: Role.RAISED,
    AlarmState.ALARM: Role.RAISED,
    _RELEASED: Role.QUIET,
    AlarmState.OK: Role.QUIET,
    AlarmState.INSUFFICIENT_DATA: Role.UNKNOWN,
    **dict.fromkeys(_CODE_DONE, Role.QUIET),
}


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """From `start` to `end` something was in a state. `end` is when the bundle was written, where that goes on."""

    start: datetime
    end: datetime
    state: str

    @property
    def role(self) -> Role:
        return _ROLES.get(self.state, Role.ACTIVE)


@dataclass(frozen=True, kw_only=True)
class Lane:
    """One thing and its states, without a gap from the first that is known."""

    name: str
    stretches: Sequence[Stretch]


@dataclass(frozen=True, kw_only=True)
class DialMove:
    """From then on the flag sends `percent` per cent of the reads to Prisma."""

    at: datetime
    percent: float
    text: str


def dial_moves(bundle: Bundle) -> list[DialMove]:
    """In order, and each to another position; at least the one to where the step is."""
    moves: list[DialMove] = []
    for event in bundle.timeline:
        if event.kind is not EventKind.FLAG or event.percent is None:
            continue
        if not moves or moves[-1].percent != event.percent:
            moves.append(DialMove(at=event.at, percent=event.percent, text=event.text))
    if not moves:
        step = bundle.step
        moves.append(DialMove(at=step.started_at, percent=step.flag.percent, text=str(step)))
    return moves


def lanes(bundle: Bundle) -> list[Lane]:
    """The kill switch, the code dials that moved, and every alarm."""
    events: defaultdict[tuple[EventKind, str], list[TimelineEvent]] = defaultdict(list)
    for event in bundle.timeline:
        events[event.kind, event.name].append(event)
    switches = [
        (event.at, _SET if event.percent else _RELEASED)
        for (kind, _), found in events.items()
        if kind is EventKind.KILL_SWITCH
        for event in found
        if event.percent is not None
    ]
    drawn = [_lane(_KILL_SWITCH, switches, bundle.at)] if switches else []
    drawn += [
        _lane(name, _states(found), bundle.at) for (kind, name), found in events.items() if kind is EventKind.CODE
    ]
    for alarm in bundle.evidence.alarms:
        states = _states(events[EventKind.ALARM, alarm.name])
        if not states and alarm.state is not None:
            # It did not change in all the time that was looked at.
            states = [(_span(bundle).start, alarm.state)]
        drawn.append(_lane(alarm.name, states, bundle.at))
    return [lane for lane in drawn if lane.stretches]


def dials(bundle: Bundle) -> Figured:
    """The path dial."""
    time, moves = _span(bundle), dial_moves(bundle)
    positions = sorted({0.0, *(move.percent for move in moves)})
    place = {percent: float(number) for number, percent in enumerate(positions)}
    ends = [*(move.at for move in moves[1:]), bundle.at]
    points = [
        (time.place(at), place[move.percent]) for move, end in zip(moves, ends, strict=True) for at in (move.at, end)
    ]
    return Figured(
        plot=Plot(
            key="dials-plot",
            title="Path dial: the share of reads that the flag sends to Prisma",
            description=" ".join(f"{move.at:%H:%M} UTC: {move.percent:g} %." for move in moves),
            x=time.axis(),
            y=Axis(low=0, high=max(place.values()) + 0.4, ticks=[(y, f"{share:g} %") for share, y in place.items()]),
            curves=[Curve(role=Role.DIAL, points=points)],
            notes=[
                Note(
                    x=time.place(move.at),
                    y=place[move.percent],
                    text=f"{move.percent:g} %",
                    before=time.place(move.at) > _LATE_FOR_A_FIGURE * time.minutes,
                )
                for move in moves
            ],
            height_px=_LANE_MARGIN_PX + _LANE_PX * (len(positions) + 1),
        ),
        legend=[Key(role=Role.DIAL, text="flag")],
        table=Table(
            key="dials-table",
            caption="Positions of the path dial",
            columns=("From", "To Prisma", "What was done"),
            rows=[
                (move.at, Figure(name="percent", text=f"{move.percent:g} %", value=move.percent), move.text)
                for move in moves
            ],
        ),
    )


def alarm_lanes(bundle: Bundle) -> Figured | None:
    """Everything else that has a state, one lane each. None where nothing has."""
    time, drawn, prefix = _span(bundle), lanes(bundle), f"{ResourceNames(bundle.environment).prefix}-"
    if not drawn:
        return None
    heights = {lane.name: float(len(drawn) - number) for number, lane in enumerate(drawn)}
    stretches = [(lane, stretch) for lane in drawn for stretch in lane.stretches]
    return Figured(
        plot=Plot(
            key="lanes-plot",
            title="Kill switch, code dials and alarms",
            description=" ".join(
                f"{lane.name}: {', '.join(f'{each.state} from {each.start:%H:%M}' for each in lane.stretches)}."
                for lane in drawn
            ),
            x=time.axis(),
            y=Axis(low=0.5, high=len(drawn) + 0.7, ticks=[]),
            curves=[
                Curve(
                    role=stretch.role,
                    points=[(time.place(at), heights[lane.name]) for at in (stretch.start, stretch.end)],
                )
                for lane, stretch in stretches
            ],
            notes=[
                *(Note(x=0, y=heights[lane.name], text=lane.name.removeprefix(prefix)) for lane in drawn),
                *(
                    _state_note(time, stretch, heights[lane.name])
                    for lane, stretch in stretches
                    if stretch.role is not Role.QUIET
                ),
            ],
            height_px=_LANE_MARGIN_PX + _LANE_PX * len(drawn),
        ),
        legend=[
            Key(role=Role.QUIET, text="quiet"),
            Key(role=Role.ACTIVE, text="moving"),
            Key(role=Role.RAISED, text="set, or in ALARM"),
            Key(role=Role.UNKNOWN, text="without data"),
        ],
        table=Table(
            key="lanes-table",
            caption="States, the latest first of each",
            columns=("What", "State", "From", "To"),
            rows=[
                (lane.name, stretch.state, stretch.start, stretch.end)
                for lane in drawn
                for stretch in reversed(lane.stretches)
            ],
        ),
    )


def events(bundle: Bundle) -> Table:
    """All that happened, in order."""
    return Table(
        key="events-table",
        caption="What happened, in order",
        columns=("At", "What", "Event"),
        rows=[(event.at, str(event.kind), event.text) for event in bundle.timeline],
    )


def overrides(bundle: Bundle) -> Table:
    return Table(
        key="overrides-table",
        caption="Gates that an operator overrode, with the reason given",
        columns=("At", "Who", "To", "Gates overridden", "Reason given"),
        rows=[
            (
                event.at,
                str(event.facts.get("operator", "")),
                str(event.facts.get("to", "")),
                "; ".join(f"{gate['gate']}: {gate['closed']}" for gate in event.facts.get("gates", ())),
                str(event.facts.get("reason", "")),
            )
            for event in bundle.timeline
            if event.kind is EventKind.JOURNAL and event.name == Kind.OVERRIDE
        ],
    )


def _span(bundle: Bundle) -> TimeAxis:
    """What was looked at; dials may have been turned before."""
    return time_axis([bundle.at, bundle.step.started_at, *(source.since for source in bundle.sources)])


def _states(found: Iterable[TimelineEvent]) -> list[tuple[datetime, str]]:
    return [(event.at, event.state) for event in found]


def _lane(name: str, states: Sequence[tuple[datetime, str]], end: datetime) -> Lane:
    ends = [*(at for at, _ in states), end][1:]
    return Lane(
        name=name,
        stretches=[Stretch(start=at, end=until, state=state) for (at, state), until in zip(states, ends, strict=True)],
    )


def _state_note(time: TimeAxis, stretch: Stretch, height: float) -> Note:
    """Below the bar, and on the side where there is room."""
    late = time.place(stretch.start) > _LATE * time.minutes
    at = stretch.end if late else stretch.start
    return Note(x=time.place(at), y=height, text=f"{stretch.state} {stretch.start:%H:%M}", before=late, below=True)

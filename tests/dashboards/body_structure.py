"""What CloudWatch documents of a dashboard's body, as far as ours goes.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

GRID_WIDTH: Final = 24
_MOST_WIDGETS: Final = 500
_MOST_HEIGHT: Final = 1000
_MOST_METRICS: Final = 500
_MOST_ALARMS: Final = 100
_MINUTE: Final = 60

_Check = Callable[[Any], bool]


def _one_of(*values: str) -> _Check:
    return lambda value: value in values


def _matching(pattern: str) -> _Check:
    return lambda value: isinstance(value, str) and re.fullmatch(pattern, value) is not None


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_period(value: Any) -> bool:
    return isinstance(value, int) and value >= _MINUTE and value % _MINUTE == 0


def _list_of(item: _Check, *, least: int = 0, most: int) -> _Check:
    return lambda value: isinstance(value, list) and least <= len(value) <= most and all(map(item, value))


_AXIS: Final[Mapping[str, _Check]] = {
    "label": _is_text,
    "min": _is_number,
    "max": _is_number,
    "showUnits": _is_flag,
}
_HORIZONTAL: Final[Mapping[str, _Check]] = {
    "value": _is_number,
    "label": _is_text,
    "color": _matching("#[0-9a-f]{6}"),
    "fill": _one_of("above", "below", "none"),
    "visible": _is_flag,
    "yAxis": _one_of("left", "right"),
}
_RENDERING: Final[Mapping[str, _Check]] = {
    "expression": _is_text,
    "id": _matching("[a-z][A-Za-z0-9_]*"),
    "label": _is_text,
    "color": _matching("#[0-9a-f]{6}"),
    "period": _is_period,
    "stat": _matching(r"SampleCount|Average|Sum|Minimum|Maximum|p\d{1,2}(\.\d+)?"),
    "visible": _is_flag,
    "yAxis": _one_of("left", "right"),
}
_PROPERTIES: Final[Mapping[str, Mapping[str, _Check]]] = {
    "text": {"markdown": _is_text, "background": _one_of("solid", "transparent")},
    "alarm": {
        "alarms": _list_of(_is_text, least=1, most=_MOST_ALARMS),
        "sortBy": _one_of("default", "stateUpdatedTimestamp", "timestamp"),
        "states": _list_of(_one_of("ALARM", "INSUFFICIENT_DATA", "OK"), most=3),
        "title": _is_text,
    },
    "log": {
        "query": _matching(r"(SOURCE '[^']+' *\|\s*)+[^\s|](.|\n)*"),
        "region": _is_text,
        "title": _is_text,
        "view": _one_of("table", "timeSeries", "bar", "pie"),
    },
    "metric": {
        "metrics": _list_of(lambda line: isinstance(line, list), least=1, most=_MOST_METRICS),
        "annotations": lambda value: set(value) <= {"horizontal", "vertical"},
        "legend": lambda value: value in ({"position": "right"}, {"position": "bottom"}, {"position": "hidden"}),
        "liveData": _is_flag,
        "period": _is_period,
        "region": _is_text,
        "sparkline": _is_flag,
        "stacked": _is_flag,
        "stat": _RENDERING["stat"],
        "title": _is_text,
        "view": _one_of("timeSeries", "singleValue", "gauge", "bar", "pie", "table"),
        "yAxis": lambda value: set(value) <= {"left", "right"},
    },
}
_REQUIRED: Final = {
    "text": ("markdown",),
    "alarm": ("alarms",),
    "log": ("query", "region"),
    "metric": ("metrics", "region"),
}
_PLACE: Final[Mapping[str, tuple[int, int]]] = {
    "x": (0, GRID_WIDTH - 1),
    "y": (0, 1_000_000),
    "width": (1, GRID_WIDTH),
    "height": (1, _MOST_HEIGHT),
}
_BODY: Final[Mapping[str, _Check]] = {
    "start": _matching(r"-P(T\d+[MH]|\d+[DWM])"),
    "periodOverride": _one_of("auto", "inherit"),
    "widgets": _list_of(lambda widget: isinstance(widget, dict), most=_MOST_WIDGETS),
}


def violations(body: Mapping[str, Any]) -> list[str]:
    """What is wrong with a body, each with where it is; nothing of one that CloudWatch takes."""
    found = list(_object("body", body, _BODY, ("widgets",)))
    for number, widget in enumerate(body.get("widgets", ())):
        found += _widget(f"widgets/{number}", widget)
    return found


def _widget(at: str, widget: Mapping[str, Any]) -> Iterator[str]:
    kind = widget.get("type", "")
    if kind not in _PROPERTIES:
        yield f"{at}/type: {kind!r}"
        return
    for name, (least, most) in _PLACE.items():
        value = widget.get(name)
        if not isinstance(value, int) or not least <= value <= most:
            yield f"{at}/{name}: {value!r}"
    if set(widget) != {"type", "properties", *_PLACE}:
        yield f"{at}: {sorted(widget)}"
    properties = widget.get("properties", {})
    yield from _object(f"{at}/properties", properties, _PROPERTIES[kind], _REQUIRED[kind])
    if kind == "metric":
        yield from _metric_widget(f"{at}/properties", properties)


def _metric_widget(at: str, properties: Mapping[str, Any]) -> Iterator[str]:
    for side, axis in properties.get("yAxis", {}).items():
        yield from _object(f"{at}/yAxis/{side}", axis, _AXIS, ())
    for number, line in enumerate(properties.get("annotations", {}).get("horizontal", ())):
        yield from _object(f"{at}/annotations/horizontal/{number}", line, _HORIZONTAL, ("value",))
    ids: list[str] = []
    for number, metric in enumerate(properties.get("metrics", ())):
        options = metric[-1] if metric and isinstance(metric[-1], dict) else {}
        yield from _object(f"{at}/metrics/{number}", options, _RENDERING, ())
        yield from _metric(f"{at}/metrics/{number}", metric, options)
        ids += [options["id"]] if "id" in options else []
    if len(set(ids)) != len(ids):
        yield f"{at}/metrics: ids {sorted(ids)}"


def _metric(at: str, metric: Sequence[Any], options: Mapping[str, Any]) -> Iterator[str]:
    names = metric[:-1] if options else metric
    if "expression" in options:
        if names:
            yield f"{at}: an expression with a metric"
    # Namespace, name, and pairs of a dimension's name and value.
    elif len(names) < 2 or len(names) % 2 or not all(map(_is_text, names)):
        yield f"{at}: {names}"


def _object(at: str, value: Mapping[str, Any], checks: Mapping[str, _Check], required: Sequence[str]) -> Iterator[str]:
    for name in required:
        if name not in value:
            yield f"{at}/{name}: missing"
    for name, member in value.items():
        if name not in checks:
            yield f"{at}/{name}: unknown"
        elif not checks[name](member):
            yield f"{at}/{name}: {member!r}"


def overlapping(body: Mapping[str, Any]) -> set[tuple[int, int]]:
    """The cells of the grid that more than one widget stands on, or that are beyond it."""
    taken: set[tuple[int, int]] = set()
    twice: set[tuple[int, int]] = set()
    for widget in body["widgets"]:
        cells = {
            (x, y)
            for x in range(widget["x"], widget["x"] + widget["width"])
            for y in range(widget["y"], widget["y"] + widget["height"])
        }
        twice |= {cell for cell in cells if cell in taken or cell[0] >= GRID_WIDTH}
        taken |= cells
    return twice

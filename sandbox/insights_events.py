"""Log events, and the fields that Logs Insights discovers in them. Pure.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_AnalyzeLogData-discoverable-fields.html

JSON is read when a query first asks an event for a field of its own. The page does not say that a JSON boolean becomes
1 or 0, but it does: https://github.com/aws-powertools/powertools-lambda-dotnet/issues/667.

Where the page is silent, this is what happens here: the units of a REPORT line become milliseconds and bytes, a
megabyte being a million of them, as AWS's sample queries for Lambda reckon
(https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-examples.html); what says nothing about a
field, such as an empty list or JSON's null, discovers none.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

from sandbox.insights_values import Timestamp, Value

MOST_FIELDS: Final = 200

_LAMBDA_GROUP: Final = "/aws/lambda/"
_PLATFORM_LINE: Final = re.compile(r"(START|END|REPORT) RequestId: (\S+)")
_INIT_LINE: Final = re.compile(r"(INIT_START|INIT_REPORT|EXTENSION|TELEMETRY) ")
_OWN_LINE: Final = re.compile(
    r"\[?\w+\]?\t[^\t]+\t([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\t|[^\t]+\t([0-9a-f-]{36})\t"
)
_MEASURES: Final = {
    "Duration": ("@duration", 1.0),
    "Billed Duration": ("@billedDuration", 1.0),
    "Init Duration": ("@initDuration", 1.0),
    "Memory Size": ("@memorySize", 1e6),
    "Max Memory Used": ("@maxMemoryUsed", 1e6),
}
_MEASURE: Final = re.compile(
    r"\t(Billed Duration|Duration|Init Duration|Memory Size|Max Memory Used): ([\d.]+) (?:ms|MB)"
)
_TRACE: Final = re.compile(r"XRAY TraceId: (\S+)\s+SegmentId: (\S+)")
_DECODER: Final = json.JSONDecoder()


@dataclass(frozen=True, slots=True)
class Event:
    """`log` is `account-id:log-group-name`; times are milliseconds since 1970."""

    timestamp_ms: int
    ingestion_ms: int
    message: str
    log: str
    stream: str
    pointer: str

    @property
    def of_lambda(self) -> bool:
        return _LAMBDA_GROUP in self.log


_SYSTEM_FIELDS: Final[dict[str, Callable[[Event], Value]]] = {
    "@ingestionTime": lambda event: Timestamp(event.ingestion_ms),
    "@log": lambda event: event.log,
    "@logStream": lambda event: event.stream,
    "@message": lambda event: event.message,
    "@ptr": lambda event: event.pointer,
    "@timestamp": lambda event: Timestamp(event.timestamp_ms),
}


def system_field(event: Event, name: str) -> Value:
    """The value of `@message` and its like, or None for another name."""
    read = _SYSTEM_FIELDS.get(name)
    return read(event) if read else None


def document(event: Event) -> Mapping[str, Any]:
    """The JSON object that the event is or, in a Lambda function's log, the first that it holds; empty without one."""
    start = event.message.find("{")
    if start < 0:
        return {}
    if start == 0 or event.message[:start].isspace():
        try:
            found = orjson.loads(event.message)
        except orjson.JSONDecodeError:
            found = None
        if isinstance(found, dict):
            return found if event.message.count(",") < MOST_FIELDS else _first_fields(found)
    return _first_fields(_embedded(event.message, start)) if event.of_lambda else {}


def _embedded(message: str, start: int) -> dict[str, Any]:
    while start >= 0:
        try:
            found, _end = _DECODER.raw_decode(message, start)
        except json.JSONDecodeError:
            start = message.find("{", start + 1)
        else:
            return dict(found)
    return {}


def _first_fields(found: Mapping[str, Any]) -> Mapping[str, Any]:
    leaves = list(flattened(found))
    return found if len(leaves) <= MOST_FIELDS else dict(leaves[:MOST_FIELDS])


def flattened(found: Mapping[str, Any]) -> Iterator[tuple[str, Value]]:
    """Each field by its dotted name, in the order of the document."""
    for key, value in found.items():
        yield from _leaves(key, value)


def discovered(event: Event) -> dict[str, Value]:
    """All fields of an event, by the names that a query has for them."""
    own = {f"@{name}" if name.startswith("@") else name: value for name, value in flattened(document(event))}
    return {**{name: read(event) for name, read in _SYSTEM_FIELDS.items()}, **lambda_fields(event), **own}


def _leaves(name: str, value: Any) -> Iterator[tuple[str, Value]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(f"{name}.{key}", inner)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _leaves(f"{name}.{index}", inner)
    elif value is not None:
        yield name, leaf(value)


def leaf(value: Any) -> Value:
    """A JSON value as a field's: a boolean is 1 or 0, a map or list is no field."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, dict | list):
        return None
    found: Value = value
    return found


def at(found: Any, path: str) -> Any:
    """What stands at a dotted path in maps and lists, or None. A key may hold dots itself."""
    if isinstance(found, list):
        head, _, rest = path.partition(".")
        inner = found[int(head)] if head.isdigit() and int(head) < len(found) else None
        return at(inner, rest) if rest else inner
    if not isinstance(found, Mapping):
        return None
    if path in found:
        return found[path]
    dot = path.find(".")
    while dot > 0:
        if path[:dot] in found:
            inner = at(found[path[:dot]], path[dot + 1 :])
            if inner is not None:
                return inner
        dot = path.find(".", dot + 1)
    return None


def lambda_fields(event: Event) -> Mapping[str, Value]:
    """What Logs Insights reads from a line of the Lambda platform, or of a function's text log."""
    if not event.of_lambda:
        return {}
    platform = _PLATFORM_LINE.match(event.message)
    if platform is None:
        return _of_other_line(event.message)
    fields: dict[str, Value] = {"@type": platform[1], "@requestId": platform[2]}
    for measure, amount in _MEASURE.findall(event.message):
        name, unit = _MEASURES[measure]
        fields[name] = float(amount) * unit
    traced = _TRACE.search(event.message)
    if traced:
        fields["@xrayTraceId"], fields["@xraySegmentId"] = traced.groups()
    return fields


def _of_other_line(message: str) -> Mapping[str, Value]:
    init = _INIT_LINE.match(message)
    if init:
        return {"@type": init[1]}
    own = _OWN_LINE.match(message)
    return {"@requestId": own[1] or own[2]} if own else {}


class Row:
    """A line of a result in the making: an event's fields and, before them, those that the query made."""

    __slots__ = ("_document", "_lambda_fields", "event", "values")

    def __init__(self, event: Event | None) -> None:
        self.event = event
        self.values: dict[Any, Value] = {}
        self._document: Mapping[str, Any] | None = None
        self._lambda_fields: Mapping[str, Value] | None = None

    def get(self, name: str) -> Value:
        """None for what is missing."""
        if name in self.values:
            return self.values[name]
        if self.event is not None:
            found = self._logged(self.event, name)
            if found is not None:
                return found
        return self._in_a_structure(name) if "." in name else None

    def made(self, name: str) -> bool:
        """Whether the query made the field."""
        return name in self.values

    def copy_with(self, name: str, value: Value) -> "Row":
        copied = Row(self.event)
        copied.values = {**self.values, name: value}
        copied._document, copied._lambda_fields = self._document, self._lambda_fields
        return copied

    def forget(self) -> None:
        """Gives up what was read of the event's text, which is read again if need be: many such rows may be kept."""
        self._document = self._lambda_fields = None

    def _logged(self, event: Event, name: str) -> Value:
        if name.startswith("@"):
            if name.startswith("@@"):
                name = name[1:]
            else:
                found = system_field(event, name)
                return self._of_lambda(event).get(name) if found is None else found
        if self._document is None:
            self._document = document(event)
        found = self._document.get(name)
        if found is None and "." in name:
            found = at(self._document, name)
        return leaf(found)

    def _of_lambda(self, event: Event) -> Mapping[str, Value]:
        if self._lambda_fields is None:
            self._lambda_fields = lambda_fields(event)
        return self._lambda_fields

    def _in_a_structure(self, name: str) -> Value:
        dot = name.find(".")
        while dot > 0:
            structure = self.values.get(name[:dot])
            if isinstance(structure, dict | list):
                return structured(at(structure, name[dot + 1 :]))
            dot = name.find(".", dot + 1)
        return None


def structured(value: Any) -> Value:
    """A JSON value out of a map or list, which may be one itself."""
    return value if isinstance(value, dict | list) else leaf(value)

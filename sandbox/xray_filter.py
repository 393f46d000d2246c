"""Filter expressions applied to traces: text → predicate. Pure.

https://docs.aws.amazon.com/xray/latest/devguide/xray-console-filters.html

Outside `service()` and `edge()`, a keyword is about the trace: about its root segment, except for `duration`,
`throttle`, `partial`, `inferred`, and what any segment may carry (`user`, resources, annotations). A comparison holds
if any value that the keyword has does; where it has none, neither `=` nor `!=` does. A value of another type than the
annotation's equals nothing.
"""

import operator
from collections.abc import Callable, Mapping
from typing import Any, Final

from sandbox.xray_facts import AnnotationValue, EdgeFacts, SegmentFacts, Service, TraceFacts
from sandbox.xray_filter_syntax import (
    And,
    Comparison,
    EdgeFilter,
    Expression,
    FilterExpressionError,
    Keyword,
    Not,
    Or,
    ServiceFilter,
    ServiceId,
    Set,
    parse,
)

Predicate = Callable[[TraceFacts], bool]
_Values = Callable[[Any], tuple[AnnotationValue, ...]]

BOOLEAN: Final = "boolean"
NUMBER: Final = "number"
STRING: Final = "string"


def _one(value: AnnotationValue | None) -> tuple[AnnotationValue, ...]:
    return () if value is None else (value,)


def _each(field: str) -> _Values:
    """The field's values in the segments of a trace."""

    def values(trace: TraceFacts) -> tuple[AnnotationValue, ...]:
        found = (getattr(segment, field) for segment in trace.segments)
        return tuple(value for value in found if value is not None)

    return values


# By keyword, its type and where it is read: of a trace, and of a segment.
_OF_A_SEGMENT: Final[Mapping[str, tuple[str, _Values]]] = {
    "ok": (BOOLEAN, lambda segment: (segment.ok,)),
    "error": (BOOLEAN, lambda segment: (segment.error,)),
    "fault": (BOOLEAN, lambda segment: (segment.fault,)),
    "throttle": (BOOLEAN, lambda segment: (segment.throttle,)),
    "partial": (BOOLEAN, lambda segment: (segment.ended_at is None,)),
    "inferred": (BOOLEAN, lambda segment: (segment.inferred,)),
    "root": (BOOLEAN, lambda segment: (segment.root,)),
    "responsetime": (NUMBER, lambda segment: (segment.duration_s,)),
    "duration": (NUMBER, lambda segment: (segment.duration_s,)),
    "http.status": (NUMBER, lambda segment: _one(segment.http.status)),
    "http.url": (STRING, lambda segment: _one(segment.http.url)),
    "http.method": (STRING, lambda segment: _one(segment.http.method)),
    "http.useragent": (STRING, lambda segment: _one(segment.http.user_agent)),
    "http.clientip": (STRING, lambda segment: _one(segment.http.client_ip)),
    "user": (STRING, lambda segment: _one(segment.user)),
    "name": (STRING, lambda segment: (segment.service.name,)),
    "type": (STRING, lambda segment: _one(segment.service.type)),
    "availabilityzone": (STRING, lambda segment: _one(segment.availability_zone)),
    "instance.id": (STRING, lambda segment: _one(segment.instance_id)),
    "resource.arn": (STRING, lambda segment: _one(segment.resource_arn)),
}


def _of_root(name: str) -> tuple[str, _Values]:
    kind, values = _OF_A_SEGMENT[name]
    return kind, lambda trace: values(trace.root)


_OF_A_TRACE: Final[Mapping[str, tuple[str, _Values]]] = {
    **{
        name: _of_root(name)
        for name in (
            "ok", "error", "fault", "responsetime",
            "http.status", "http.url", "http.method", "http.useragent", "http.clientip",
        )
    },
    "throttle": (BOOLEAN, lambda trace: (trace.throttle,)),
    "partial": (BOOLEAN, lambda trace: (trace.partial,)),
    "inferred": (BOOLEAN, lambda trace: (any(segment.inferred for segment in trace.segments),)),
    "duration": (NUMBER, lambda trace: (trace.duration_s,)),
    "user": (STRING, _each("user")),
    "availabilityzone": (STRING, _each("availability_zone")),
    "instance.id": (STRING, _each("instance_id")),
    "resource.arn": (STRING, _each("resource_arn")),
}  # fmt: skip

# What AWS has and this does not, or not here.
_ROOT_CAUSE_KEYWORDS: Final = frozenset({"first", "last", "remote", "index", "coverage", "message"})

_EQUALITY: Final[Mapping[str, Callable[[Any, Any], bool]]] = {"=": operator.eq, "!=": operator.ne}
_OPERATORS: Final[Mapping[str, Mapping[str, Callable[[Any, Any], bool]]]] = {
    BOOLEAN: _EQUALITY,
    NUMBER: {**_EQUALITY, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge},
    STRING: {
        **_EQUALITY,
        "CONTAINS": lambda value, wanted: wanted in value,
        "BEGINSWITH": lambda value, wanted: value.startswith(wanted),
        "ENDSWITH": lambda value, wanted: value.endswith(wanted),
    },
}


class Groups:
    """The groups of an account and region, to which expressions may refer: (name, ARN, expression) each."""

    def __init__(self, groups: Mapping[str, tuple[str, str]]) -> None:
        """`groups` is by name: ARN and filter expression."""
        self._groups = groups

    def expression(self, field: str, value: str) -> str | None:
        """The expression of the group with that `name` or `arn`, or None."""
        for name, (arn, expression) in self._groups.items():
            if value == (name if field == "name" else arn):
                return expression
        return None


NO_GROUPS: Final = Groups({})


def predicate(text: str, *, account_id: str = "", groups: Groups = NO_GROUPS) -> Predicate:
    """Whether a trace matches. The empty expression matches all. Raises `FilterExpressionError`."""
    if not text.strip():
        return lambda _trace: True
    return _TraceFilter(account_id, groups).predicate(parse(text))


class _Filter:
    """The part of the language that traces, services and edges share."""

    keywords: Mapping[str, tuple[str, _Values]]

    def predicate(self, expression: Expression) -> Callable[[Any], bool]:
        match expression:
            case And(left, right):
                first, second = self.predicate(left), self.predicate(right)
                return lambda facts: first(facts) and second(facts)
            case Or(left, right):
                first, second = self.predicate(left), self.predicate(right)
                return lambda facts: first(facts) or second(facts)
            case Not(operand):
                inner = self.predicate(operand)
                return lambda facts: not inner(facts)
            case Set(keyword):
                kind, values = self.read(keyword)
                if kind == BOOLEAN:
                    return lambda facts: values(facts)[0] is True
                return lambda facts: bool(values(facts))
            case Comparison(keyword, symbol, wanted):
                return self.comparison(keyword, symbol, wanted)
            case _:
                raise FilterExpressionError("service() and edge() cannot stand in one another", 0)

    def comparison(self, keyword: Keyword, symbol: str, wanted: AnnotationValue) -> Callable[[Any], bool]:
        kind, values = self.read(keyword)
        compare = _comparison(keyword, kind, symbol, wanted)
        return lambda facts: any(compare(value, wanted) for value in values(facts))

    def read(self, keyword: Keyword) -> tuple[str, _Values]:
        found = self.keywords.get(keyword.name)
        if found is None:
            raise _unknown(keyword)
        return found


class _SegmentFilter(_Filter):
    keywords = _OF_A_SEGMENT

    def read(self, keyword: Keyword) -> tuple[str, _Values]:
        if keyword.name == "annotation":
            message = "annotation cannot be combined with service or edge"
            raise FilterExpressionError(message, keyword.position)
        return super().read(keyword)


class _TraceFilter(_Filter):
    keywords = _OF_A_TRACE

    def __init__(self, account_id: str, groups: Groups, within: tuple[str, ...] = ()) -> None:
        self._account_id = account_id
        self._groups = groups
        self._within = within

    def predicate(self, expression: Expression) -> Predicate:
        match expression:
            case Set(Keyword("annotation", _, str(key))):
                return lambda trace: _annotation_is_set(trace, key)
            case ServiceFilter(service, inner):
                is_service, holds = self._is(service), _inner(inner)
                return lambda trace: any(is_service(each.service) and holds(each) for each in trace.segments)
            case EdgeFilter(source, destination, inner):
                return _edge(self._is(source), self._is(destination), _inner(inner))
            case _:
                return super().predicate(expression)

    def comparison(self, keyword: Keyword, symbol: str, wanted: AnnotationValue) -> Predicate:
        if keyword.annotation is not None:
            return _annotation(keyword, keyword.annotation, symbol, wanted)
        prefix, _, field = keyword.name.partition(".")
        if prefix == "group" and field in ("name", "arn"):
            return self._group(keyword, field, symbol, wanted)
        return super().comparison(keyword, symbol, wanted)

    def _group(self, keyword: Keyword, field: str, symbol: str, wanted: AnnotationValue) -> Predicate:
        if symbol not in _EQUALITY or not isinstance(wanted, str):
            raise FilterExpressionError(f"{keyword.name} takes = or != and a string", keyword.position)
        expression = self._groups.expression(field, wanted)
        if expression is None:
            raise FilterExpressionError(f"there is no group '{wanted}'", keyword.position)
        if expression in self._within:
            raise FilterExpressionError(f"the group '{wanted}' refers to itself", keyword.position)
        if not expression.strip():
            return lambda _trace: symbol == "="
        holds = _TraceFilter(self._account_id, self._groups, (*self._within, expression)).predicate(parse(expression))
        return holds if symbol == "=" else lambda trace: not holds(trace)

    def _is(self, wanted: ServiceId) -> Callable[[Service], bool]:
        other_account = wanted.account_id not in (None, self._account_id)

        def matches(service: Service) -> bool:
            return not other_account and wanted.name in (None, service.name) and wanted.type in (None, service.type)

        return matches


def _inner(expression: Expression | None) -> Callable[[SegmentFacts], bool]:
    return _SegmentFilter().predicate(expression) if expression else lambda _segment: True


def _edge(
    is_source: Callable[[Service], bool],
    is_destination: Callable[[Service], bool],
    holds: Callable[[SegmentFacts], bool],
) -> Predicate:
    def matches(edge: EdgeFacts) -> bool:
        return is_source(edge.source) and is_destination(edge.destination) and holds(edge.call)

    return lambda trace: any(matches(edge) for edge in trace.edges)


def _annotation(keyword: Keyword, key: str, symbol: str, wanted: AnnotationValue) -> Predicate:
    kind = _kind(wanted)
    compare = _comparison(keyword, kind, symbol, wanted)
    return lambda trace: any(
        _kind(annotation.value) == kind and compare(annotation.value, wanted)
        for annotation in trace.annotations.get(key, ())
    )


def _annotation_is_set(trace: TraceFacts, key: str) -> bool:
    """A boolean annotation alone is its value."""
    return any(annotation.value is not False for annotation in trace.annotations.get(key, ()))


def _comparison(keyword: Keyword, kind: str, symbol: str, wanted: AnnotationValue) -> Callable[[Any, Any], bool]:
    if _kind(wanted) != kind:
        raise FilterExpressionError(f"{keyword.name} is compared with a {kind}", keyword.position)
    compare = _OPERATORS[kind].get(symbol)
    if compare is None:
        raise FilterExpressionError(f"{symbol} does not compare a {kind}", keyword.position)
    return compare


def _kind(value: AnnotationValue) -> str:
    if isinstance(value, bool):
        return BOOLEAN
    return STRING if isinstance(value, str) else NUMBER


def _unknown(keyword: Keyword) -> FilterExpressionError:
    if keyword.name.startswith("rootcause") or keyword.name in _ROOT_CAUSE_KEYWORDS:
        return FilterExpressionError(f"the sandbox does not do '{keyword.name}'", keyword.position)
    return FilterExpressionError(f"there is no keyword '{keyword.name}' here", keyword.position)

"""What Lambda itself tells X-Ray of an invocation: the decision to trace, the header, and two segments. Pure.

https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html for the segments, and for the header
https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader

AWS samples the first request a second and 5 % of the rest. Here every invocation that Lambda decides on is sampled, so
that what a rehearsal did can be found again; a decision of the caller's stands, as on AWS.
"""

import secrets
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from sandbox.xray_documents import SEGMENT_ID, TRACE_ID, Document

HTTP_OK: Final = 200
HTTP_TOO_MANY_REQUESTS: Final = 429


@dataclass(frozen=True)
class TraceHeader:
    """`fields` are all of the header's, in its order; `sampled` is None where nobody has decided yet."""

    root: str
    parent: str | None
    sampled: bool | None
    fields: tuple[tuple[str, str], ...]

    def with_parent(self, parent: str) -> str:
        """The header of what is called from `parent`, sampled."""
        fields = {**dict(self.fields), "Root": self.root, "Parent": parent, "Sampled": "1"}
        return ";".join(f"{name}={value}" for name, value in fields.items())


def parse_header(text: str) -> TraceHeader | None:
    """The header, or None where it names no trace."""
    fields = tuple((name.strip(), value.strip()) for name, found, value in _fields(text) if found)
    named = dict(fields)
    if not TRACE_ID.fullmatch(named.get("Root", "")):
        return None
    parent = named.get("Parent")
    if parent is not None and not SEGMENT_ID.fullmatch(parent):
        parent = None
    return TraceHeader(named["Root"], parent, {"1": True, "0": False}.get(named.get("Sampled", "?")), fields)


def _fields(text: str) -> list[tuple[str, str, str]]:
    return [field.partition("=") for field in text.split(";")]


class Identifiers(NamedTuple):
    """The ids of a new trace and of the parts of an invocation, all drawn at once: that is what drawing costs."""

    trace: str
    service_segment: str
    function_segment: str
    invoke: str

    @classmethod
    def draw(cls) -> "Identifiers":
        digits = secrets.token_hex(36)
        return cls(digits[:24], digits[24:40], digits[40:56], digits[56:])


def new_header(epoch_seconds: float, identifiers: Identifiers) -> TraceHeader:
    root = f"1-{int(epoch_seconds):08x}-{identifiers.trace}"
    return TraceHeader(root, None, None, (("Root", root),))


def is_traced(mode: str, header: TraceHeader | None) -> bool:
    """Whether Lambda sends segments. `mode` is the function's tracing mode: PassThrough only hands the header on."""
    return mode == "Active" and (header is None or header.sampled is not False)


@dataclass(frozen=True, slots=True)
class Span:
    """Begin and end in seconds of the wall's monotonic clock."""

    began: float
    ended: float


@dataclass(frozen=True, slots=True)
class FunctionError:
    type: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation:
    """A traced invocation that has ended. `began_at` and `ended_at` are playbook time, for the same moments as `span`.

    `invoke` is None for one that was throttled, and did not reach the function.
    """

    trace_id: str
    parent_id: str | None
    service_segment_id: str
    function_segment_id: str
    invoke_id: str
    request_id: str
    function_arn: str
    began_at: float
    ended_at: float
    span: Span
    initialization: Span | None = None
    invoke: Span | None = None
    error: FunctionError | None = None

    @property
    def function_name(self) -> str:
        return self.function_arn.split(":")[6]

    @property
    def account_id(self) -> str:
        return self.function_arn.split(":")[4]

    @property
    def pace(self) -> float:
        """Playbook seconds a second of the wall, while it ran; 1 where that is all there was to see."""
        lasted = self.span.ended - self.span.began
        pace = (self.ended_at - self.began_at) / lasted if lasted > 0 else 1.0
        # Two clocks that run alike are never read at the same moment.
        return pace if abs(pace - 1) > _SAME_PACE else 1.0


_SAME_PACE: Final = 0.05


def segments(invocation: Invocation, *, zero: float) -> list[Document]:
    """Lambda's documents. `zero` is the playbook time at which the monotonic clock showed 0.

    The service's segment stands for the request to Lambda, the function's for the work: starting the environment, and
    the handler's run, under which everything hangs that the handler sends.
    """
    error = invocation.error
    failed = {"fault": True} if error else {}
    service: Document = {
        "id": invocation.service_segment_id,
        "name": invocation.function_name,
        "start_time": zero + invocation.span.began,
        "end_time": zero + invocation.span.ended,
        **({"parent_id": invocation.parent_id} if invocation.parent_id else {}),
        "http": {"response": {"status": HTTP_OK if invocation.invoke else HTTP_TOO_MANY_REQUESTS}},
        "aws": {"request_id": invocation.request_id},
        "trace_id": invocation.trace_id,
        "origin": "AWS::Lambda",
        "resource_arn": invocation.function_arn,
        **failed,
    }
    if invocation.invoke is None:
        return [{**service, "error": True, "throttle": True}]
    began = (invocation.initialization or invocation.invoke).began
    function: Document = {
        "id": invocation.function_segment_id,
        "name": invocation.function_name,
        "start_time": zero + began,
        "end_time": zero + invocation.span.ended,
        "parent_id": invocation.service_segment_id,
        "aws": {
            "account_id": invocation.account_id,
            "function_arn": invocation.function_arn,
            "resource_names": [invocation.function_name],
        },
        "trace_id": invocation.trace_id,
        "origin": "AWS::Lambda::Function",
        "subsegments": _subsegments(invocation, invocation.invoke, zero),
        **failed,
    }
    if error:
        exception = {"id": _derived(invocation.invoke_id, 3), "type": error.type, "message": error.message}
        function["cause"] = {"exceptions": [exception]}
    return [service, function]


def _subsegments(invocation: Invocation, invoke: Span, zero: float) -> list[Document]:
    spans = [
        ("Initialization", _derived(invocation.invoke_id, 1), invocation.initialization),
        ("Invocation", invocation.invoke_id, invoke),
        ("Overhead", _derived(invocation.invoke_id, 2), Span(invoke.ended, invocation.span.ended)),
    ]
    return [
        {
            "id": identifier,
            "name": name,
            "start_time": zero + span.began,
            "end_time": zero + span.ended,
            "aws": {"function_arn": invocation.function_arn},
        }
        for name, identifier, span in spans
        if span
    ]


def _derived(identifier: str, number: int) -> str:
    """An id of its own for something that Lambda adds to what has that id, and the same one each time."""
    return f"{(int(identifier, 16) + number) % 2**64:016x}"


def failure_of(payload: Any) -> FunctionError:
    """What a failed invocation returned, as the cause of a fault."""
    document = payload if isinstance(payload, dict) else {}
    return FunctionError(str(document.get("errorType", "Error")), str(document.get("errorMessage", "")))

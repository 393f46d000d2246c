"""The X-Ray subsegment around a read. The only file that knows the SDK.

Lambda makes the segment and nobody else can annotate it, so the facts hang on a subsegment of our own.
https://docs.aws.amazon.com/xray/latest/devguide/xray-sdk-python-subsegments.html

In Lambda, which it knows by LAMBDA_TASK_ROOT, the SDK takes its sampling decision from the invocation's
trace header. Only elsewhere does it import botocore and build a client for sampling rules, which costs some
200 ms; a test watches that importing the handler in Lambda stays without.
"""

import logging
import os
from contextlib import suppress
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Final, NamedTuple, Self

import orjson

from shared.names import PATH_PRISMA, XRAY_METADATA_NAMESPACE
from shared.read_facts import ReadFacts

# The SDK reports what it cannot record, such as every read without a trace header, to the function's own log.
logging.getLogger("aws_xray_sdk").setLevel(logging.CRITICAL)

# The import itself already logs.
from aws_xray_sdk.core import xray_recorder  # noqa: E402
from aws_xray_sdk.core.models.subsegment import Subsegment as SdkSubsegment  # noqa: E402


class Subsegment(NamedTuple):
    """`namespace` is `local`, or `remote` for a call to another service, of which X-Ray makes a node of its own."""

    name: str
    namespace: str


# All that happens for a caller of mock-read: the choice, the candidate, and the mock that stands in for it.
READ: Final = Subsegment("read", "local")
# What prisma-read asks of Prisma: the service map shows it as a node, and `service("prisma")` filters by it.
READ_THROUGH_PRISMA: Final = Subsegment("prisma", "remote")

_TRACE_HEADER: Final = "_X_AMZN_TRACE_ID"


class XRayTracer:
    """Opens subsegments that never raise: without a daemon, a header or Lambda they record nothing.

    One after the other, as Lambda runs one read at a time.
    """

    def __init__(self, *, version: str, subsegment: Subsegment = READ, recorder: Any = xray_recorder) -> None:
        self._version = version
        self._opened = subsegment
        self._recorder = recorder
        self._read: ReadSubsegment | None = None

    def read(self) -> "ReadSubsegment":
        self._read = ReadSubsegment(self._recorder, self._opened, self._version)
        return self._read

    def header(self) -> str | None:
        """The `X-Amzn-Trace-Id` for a call made now: what it causes hangs under the open subsegment.

        Lambda's own header with the subsegment as its Parent. The rest stays, above all Lineage, by which Lambda
        ends recursive invocations. None where nothing is recorded, and Lambda's own header is right.
        https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
        """
        with suppress(Exception):
            subsegment = None if self._read is None else self._read.document
            fields = dict(field.split("=", 1) for field in os.environ[_TRACE_HEADER].split(";"))
            if subsegment is not None and fields["Root"] == subsegment.trace_id:
                return ";".join(f"{name}={value}" for name, value in {**fields, "Parent": subsegment.id}.items())
        return None


class _Document(SdkSubsegment):  # type: ignore[misc] # the SDK has no types
    """The SDK's subsegment, written by orjson in a tenth of the standard library's time: a user waits for it."""

    metadata: dict[str, Any]

    def serialize(self) -> str:
        # The SDK would look through each value for objects of other kinds; ours are JSON as they are.
        metadata, self.metadata = self.metadata, {}
        document = self.to_dict()
        if metadata:
            document["metadata"] = metadata
        return orjson.dumps(document).decode()


class ReadSubsegment:
    """Lasts as long as its `with` block, and is a fault if the candidate failed or the block raised.

    The SDK's recorder says whose segment it is and whether it is sampled. It reads the trace header at each question,
    and so is asked once. `document` is None where nothing is recorded.
    """

    def __init__(self, recorder: Any, opened: Subsegment, version: str) -> None:
        self._recorder = recorder
        self._opened = opened
        self._version = version
        self.document: _Document | None = None

    def __enter__(self) -> Self:
        with suppress(Exception):
            # The SDK compares trace ids only: in a second invocation of one trace it would go on under the
            # first one's segment. Cleared, it reads the header again.
            self._recorder.clear_trace_entities()
            segment = self._recorder.current_segment()
            if segment.sampled:
                document = _Document(self._opened.name, self._opened.namespace, segment)
                segment.add_subsegment(document)
                self.document = document
        return self

    def record(self, facts: ReadFacts) -> None:
        with suppress(Exception):
            if self.document is None:
                return
            self.document.put_annotation("canary", facts.path == PATH_PRISMA)
            self.document.put_annotation("path", facts.path)
            self.document.put_annotation("userId", facts.user_id)
            self.document.metadata[XRAY_METADATA_NAMESPACE] = {
                "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
                "version": self._version,
                "duration_ms": round(facts.duration_ms, 3),
                "canaryEnabled": facts.canary_enabled,
            }
            if facts.failure_code is not None:
                self.document.add_fault_flag()
                # The mock stands in, so the trace as a whole is no fault, and X-Ray indexes no subsegment's flags.
                self.document.put_annotation("failure", facts.failure_code)

    def __exit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with suppress(Exception):
            document, self.document = self.document, None
            if document is None:
                return
            if exception_type is not None:
                # The flag alone: an exception's message may hold a user's values.
                document.add_fault_flag()
            document.close()
            # By itself: the segment that it belongs to is Lambda's, and never ours to send.
            document.parent_segment.remove_subsegment(document)
            self._recorder.emitter.send_entity(document)

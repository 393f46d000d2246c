"""The subsegment, as the daemon receives it; and that its absence, or the SDK's anger, reaches nobody."""

import json
import logging
import re
import socket
from collections.abc import Iterator
from typing import Any, NoReturn

import pytest
from aws_xray_sdk.core import AWSXRayRecorder
from aws_xray_sdk.core.lambda_launcher import LambdaContext

from shared.read_facts import ReadFacts
from shared.tracing import READ_THROUGH_PRISMA, XRayTracer

FACTS = ReadFacts(user_id="user-7", path="prisma", duration_ms=12.34567, canary_enabled=True)
FAILED = ReadFacts(user_id="user-7", path="prisma", duration_ms=1, canary_enabled=True, failure_code="not-available")
TRACE_ID = "1-5759e988-bd862e3fe1be46a994272793"


class Daemon:
    """Listens where the X-Ray daemon would."""

    def __init__(self) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.settimeout(0)
        self.address = f"127.0.0.1:{self.socket.getsockname()[1]}"

    def received(self) -> list[dict[str, Any]]:
        """The documents sent so far. Loopback delivers a datagram before `sendto` returns."""
        documents: list[dict[str, Any]] = []
        while True:
            try:
                datagram = self.socket.recv(65536)
            except BlockingIOError:
                return documents
            header, _, body = datagram.partition(b"\n")
            assert json.loads(header) == {"format": "json", "version": 1}
            documents.append(json.loads(body))


@pytest.fixture
def daemon() -> Iterator[Daemon]:
    daemon = Daemon()
    yield daemon
    daemon.socket.close()


@pytest.fixture
def recorder(daemon: Daemon) -> Iterator[Any]:
    """The SDK's recorder as it sets itself up in Lambda."""
    recorder = AWSXRayRecorder()
    recorder.context = LambdaContext()
    recorder.streaming_threshold = 0
    recorder.emitter.set_daemon_address(daemon.address)
    yield recorder
    recorder.emitter._socket.close()


def invoke(
    monkeypatch: pytest.MonkeyPatch, recorder: Any, facts: ReadFacts, *, parent: str = "53995c3f42cd8ad8"
) -> None:
    """One read in an invocation that Lambda samples; Lambda sets the header anew each time."""
    monkeypatch.setenv("_X_AMZN_TRACE_ID", f"Root={TRACE_ID};Parent={parent};Sampled=1")
    with XRayTracer(version="7", recorder=recorder).read() as span:
        span.record(facts)


def test_a_read_is_a_subsegment_with_annotations_and_metadata(
    monkeypatch: pytest.MonkeyPatch, recorder: Any, daemon: Daemon
) -> None:
    invoke(monkeypatch, recorder, FACTS)
    (document,) = daemon.received()
    assert (document["name"], document["type"]) == ("read", "subsegment")
    assert (document["trace_id"], document["parent_id"]) == (TRACE_ID, "53995c3f42cd8ad8")
    assert document["annotations"] == {"canary": True, "path": "prisma", "userId": "user-7"}
    metadata = document["metadata"]["huntaze"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", metadata.pop("timestamp"))
    assert metadata == {"version": "7", "duration_ms": 12.346, "canaryEnabled": True}
    assert "fault" not in document


def test_a_read_of_the_mock_is_annotated_as_no_canary(
    monkeypatch: pytest.MonkeyPatch, recorder: Any, daemon: Daemon
) -> None:
    invoke(
        monkeypatch,
        recorder,
        ReadFacts(user_id="user-7", path="mock", duration_ms=1, canary_enabled=False),
    )
    (document,) = daemon.received()
    assert document["annotations"] == {"canary": False, "path": "mock", "userId": "user-7"}
    assert document["metadata"]["huntaze"]["canaryEnabled"] is False


def test_a_document_is_what_the_sdks_recorder_would_have_sent(
    monkeypatch: pytest.MonkeyPatch, recorder: Any, daemon: Daemon
) -> None:
    """The tracer asks the recorder for Lambda's segment alone, so that the trace header is read once."""
    invoke(monkeypatch, recorder, FAILED)
    (ours,) = daemon.received()
    recorder.clear_trace_entities()
    subsegment = recorder.begin_subsegment("read", "local")
    for key, value in ours["annotations"].items():
        subsegment.put_annotation(key, value)
    for key, value in ours["metadata"]["huntaze"].items():
        subsegment.put_metadata(key, value, "huntaze")
    subsegment.add_fault_flag()
    recorder.end_subsegment()
    (theirs,) = daemon.received()
    for document in (ours, theirs):
        assert re.fullmatch(r"[0-9a-f]{16}", document.pop("id"))
        assert 0 < document.pop("start_time") <= document.pop("end_time")
    assert ours == theirs


def test_a_document_that_was_sent_is_no_longer_its_segments(
    monkeypatch: pytest.MonkeyPatch, recorder: Any, daemon: Daemon
) -> None:
    """The recorder would send it a second time with the next subsegment of anybody else."""
    invoke(monkeypatch, recorder, FACTS)
    with recorder.in_subsegment("another"):
        pass
    assert [document["name"] for document in daemon.received()] == ["read", "another"]


def test_a_failure_of_the_candidate_is_a_fault_that_can_be_found(
    monkeypatch: pytest.MonkeyPatch, recorder: Any, daemon: Daemon
) -> None:
    """X-Ray indexes annotations, and of faults only those of whole segments."""
    invoke(monkeypatch, recorder, FAILED)
    (document,) = daemon.received()
    assert document["fault"] is True
    assert document["annotations"]["failure"] == "not-available"


def test_a_read_through_prisma_is_a_call_to_a_service_of_that_name(
    monkeypatch: pytest.MonkeyPatch, recorder: Any, daemon: Daemon
) -> None:
    """X-Ray makes a node of such a subsegment.

    https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html#api-segmentdocuments-subsegments
    """
    monkeypatch.setenv("_X_AMZN_TRACE_ID", f"Root={TRACE_ID};Parent=53995c3f42cd8ad8;Sampled=1")
    with XRayTracer(version="7", subsegment=READ_THROUGH_PRISMA, recorder=recorder).read() as span:
        span.record(FACTS)
    (document,) = daemon.received()
    assert (document["name"], document["namespace"]) == ("prisma", "remote")


def test_an_exception_passes_through_and_leaves_a_fault_without_its_text(
    monkeypatch: pytest.MonkeyPatch, recorder: Any, daemon: Daemon
) -> None:
    monkeypatch.setenv("_X_AMZN_TRACE_ID", f"Root={TRACE_ID};Parent=53995c3f42cd8ad8;Sampled=1")
    with pytest.raises(LookupError), XRayTracer(version="7", recorder=recorder).read():
        raise LookupError("sentinel")
    (document,) = daemon.received()
    assert document["fault"] is True
    assert "sentinel" not in json.dumps(document)


def test_two_invocations_of_one_trace_hang_each_under_its_own_parent(
    monkeypatch: pytest.MonkeyPatch, recorder: Any, daemon: Daemon
) -> None:
    for parent in ("1111111111111111", "2222222222222222"):
        invoke(monkeypatch, recorder, FACTS, parent=parent)
    assert [document["parent_id"] for document in daemon.received()] == ["1111111111111111", "2222222222222222"]


@pytest.mark.parametrize(
    "header",
    [None, "", "nonsense", f"Root={TRACE_ID}", f"Root={TRACE_ID};Parent=53995c3f42cd8ad8;Sampled=0"],
)
def test_without_a_sampled_header_nothing_is_sent_and_nothing_is_said(
    monkeypatch: pytest.MonkeyPatch,
    recorder: Any,
    daemon: Daemon,
    caplog: pytest.LogCaptureFixture,
    header: str | None,
) -> None:
    if header is None:
        monkeypatch.delenv("_X_AMZN_TRACE_ID", raising=False)
    else:
        monkeypatch.setenv("_X_AMZN_TRACE_ID", header)
    with XRayTracer(version="7", recorder=recorder).read() as span:
        span.record(FAILED)
    assert daemon.received() == []
    assert caplog.records == []


def test_a_header_puts_what_a_call_causes_under_the_subsegment(
    monkeypatch: pytest.MonkeyPatch, recorder: Any, daemon: Daemon
) -> None:
    """Root, Sampled and Lineage are Lambda's own."""
    monkeypatch.setenv("_X_AMZN_TRACE_ID", f"Root={TRACE_ID};Parent=53995c3f42cd8ad8;Sampled=1;Lineage=1:a87bd80c:1")
    tracer = XRayTracer(version="7", recorder=recorder)
    with tracer.read():
        header = tracer.header()
    (document,) = daemon.received()
    assert header == f"Root={TRACE_ID};Parent={document['id']};Sampled=1;Lineage=1:a87bd80c:1"


@pytest.mark.parametrize(
    "header",
    [None, "", "nonsense", f"Root={TRACE_ID}", f"Root={TRACE_ID};Parent=53995c3f42cd8ad8;Sampled=0"],
)
def test_where_nothing_is_recorded_there_is_no_header_to_give(
    monkeypatch: pytest.MonkeyPatch, recorder: Any, header: str | None
) -> None:
    if header is None:
        monkeypatch.delenv("_X_AMZN_TRACE_ID", raising=False)
    else:
        monkeypatch.setenv("_X_AMZN_TRACE_ID", header)
    tracer = XRayTracer(version="7", recorder=recorder)
    assert tracer.header() is None
    with tracer.read():
        assert tracer.header() is None


def test_without_a_daemon_nothing_is_raised_and_nothing_is_said(
    monkeypatch: pytest.MonkeyPatch, recorder: Any, daemon: Daemon, caplog: pytest.LogCaptureFixture
) -> None:
    daemon.socket.close()
    for _ in range(3):
        invoke(monkeypatch, recorder, FACTS)
    recorder.emitter._socket.close()
    invoke(monkeypatch, recorder, FACTS)
    assert caplog.records == []


def test_outside_lambda_nothing_is_raised_and_nothing_is_said(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.delenv("LAMBDA_TASK_ROOT", raising=False)
    with XRayTracer(version="7").read() as span:
        span.record(FAILED)
    assert caplog.records == []


def test_whatever_the_sdk_raises_stays_inside() -> None:
    class BrokenRecorder:
        def __getattr__(self, name: str) -> NoReturn:
            raise RuntimeError(name)

    tracer = XRayTracer(version="7", recorder=BrokenRecorder())
    with tracer.read() as span:
        span.record(FAILED)
        assert tracer.header() is None


def test_the_sdks_own_log_is_silent_because_it_would_be_the_functions() -> None:
    assert not logging.getLogger("aws_xray_sdk.core.context").isEnabledFor(logging.ERROR)

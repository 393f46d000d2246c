"""The daemon's UDP side, as an SDK uses it."""

import queue
import socket
from collections.abc import Iterator

import pytest

from sandbox.xray_daemon import XRayDaemon

WAIT_SECONDS = 10


class Received:
    """What the daemon handed on; the first document fails."""

    def __init__(self) -> None:
        self.documents: queue.Queue[bytes] = queue.Queue()
        self.idle_turns: queue.Queue[int] = queue.Queue()
        self._left = 3

    def send(self, document: bytes) -> None:
        self.documents.put(document)
        if document == b"fails":
            raise RuntimeError("sentinel")

    def idle(self) -> bool:
        if self._left == 0:
            return False
        self._left -= 1
        self.idle_turns.put(self._left)
        return self._left > 0


@pytest.fixture
def received() -> Received:
    return Received()


@pytest.fixture
def daemon(received: Received) -> Iterator[XRayDaemon]:
    daemon = XRayDaemon(received.send, received.idle)
    daemon.start()
    yield daemon
    daemon.stop()


def send(daemon: XRayDaemon, *datagrams: bytes) -> None:
    host, _, port = daemon.address.partition(":")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        for datagram in datagrams:
            client.sendto(datagram, (host, int(port)))


@pytest.mark.parametrize("header", [b'{"format":"json","version":1}', b'{"format": "json", "version": 1}'])
def test_a_document_is_what_follows_the_header(daemon: XRayDaemon, received: Received, header: bytes) -> None:
    """https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sendingdata.html#xray-api-daemon"""
    send(daemon, header + b'\n{"id": "1"}')
    assert received.documents.get(timeout=WAIT_SECONDS) == b'{"id": "1"}'


def test_what_has_no_header_or_fails_stops_nothing(
    daemon: XRayDaemon, received: Received, caplog: pytest.LogCaptureFixture
) -> None:
    send(daemon, b"nonsense", b'{"format":"xml","version":1}\nx', b'{"format":"json","version":1}\nfails')
    send(daemon, b'{"format":"json","version":1}\nlast')
    assert received.documents.get(timeout=WAIT_SECONDS) == b"fails"
    assert received.documents.get(timeout=WAIT_SECONDS) == b"last"
    assert sum("without the daemon's header" in record.message for record in caplog.records) == 2


def test_while_nothing_comes_other_work_is_done_until_none_is_left(daemon: XRayDaemon, received: Received) -> None:
    assert [received.idle_turns.get(timeout=WAIT_SECONDS) for _ in range(3)] == [2, 1, 0]

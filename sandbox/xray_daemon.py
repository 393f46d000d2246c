"""The X-Ray daemon: takes the documents that functions send over UDP.

https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sendingdata.html#xray-api-daemon

Its TCP side, which hands sampling rules to SDKs, is not here: in Lambda no SDK asks for them, for Lambda has decided.
"""

import json
import logging
import select
import socket
import threading
from collections.abc import Callable
from typing import Final

from sandbox.ports import LOOPBACK

ADDRESS: Final = "AWS_XRAY_DAEMON_ADDRESS"
"""Where Lambda tells functions of the daemon: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html"""

_MOST_BYTES: Final = 65_536
# What may wait while this process is busy elsewhere. The system may grant less.
_BUFFER_BYTES: Final = 8 * 1024 * 1024
_POLL_SECONDS: Final = 0.2
_PAUSE_SECONDS: Final = 0.002

_logger = logging.getLogger(__name__)


class XRayDaemon:
    """Hands each document to `send`, on a thread of its own, from `start` to `stop`.

    While nothing comes in, `idle` gets to do some work of its own, and again for as long as it says that more is left.
    """

    def __init__(self, send: Callable[[bytes], None], idle: Callable[[], bool] = lambda: False) -> None:
        self._send = send
        self._idle = idle
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER_BYTES)
        self._socket.bind((LOOPBACK, 0))
        self._socket.settimeout(_POLL_SECONDS)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._receive, name="xray-daemon", daemon=True)

    @property
    def address(self) -> str:
        """host:port"""
        host, port = self._socket.getsockname()
        return f"{host}:{port}"

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join()
        self._socket.close()

    def _receive(self) -> None:
        while not self._stopping.is_set():
            try:
                datagram = self._socket.recv(_MOST_BYTES)
            except TimeoutError:
                self._work_while_nothing_comes()
                continue
            try:
                self._take(datagram)
            except Exception:
                _logger.exception("a datagram of %d bytes was dropped", len(datagram))

    def _work_while_nothing_comes(self) -> None:
        while self._idle() and not self._stopping.is_set():
            # Others get their turn meanwhile.
            if select.select([self._socket], [], [], _PAUSE_SECONDS)[0]:
                return

    def _take(self, datagram: bytes) -> None:
        header, _, document = datagram.partition(b"\n")
        if is_header(header):
            self._send(document)
        else:
            _logger.warning("a datagram without the daemon's header was dropped")


def is_header(line: bytes) -> bool:
    if line == _USUAL_HEADER:
        return True
    try:
        return bool(json.loads(line) == {"format": "json", "version": 1})
    except ValueError:
        return False


_USUAL_HEADER: Final = b'{"format":"json","version":1}'

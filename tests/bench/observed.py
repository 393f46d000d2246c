"""What a handler says while it is timed: the lines of its stdout and the documents it sends to the X-Ray daemon.

Both are kept by the system until they are asked for, after the clock has stopped. Nothing reads beside the handler:
a thread would take turns with it.
"""

import io
import json
import os
import socket
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Self

from tests.lambda_support.emf import DataPoint, data_points

_LARGEST_DATAGRAM_BYTES: Final = 65_536
# What a pipe holds on Linux; a read says some three thousand.
_PIPE_BYTES: Final = 65_536


@dataclass(frozen=True)
class Said:
    """By one read, as it came."""

    stdout: bytes
    datagrams: tuple[bytes, ...]

    def events(self) -> list[dict[str, Any]]:
        """The lines that tell of an event."""
        return [line for line in map(json.loads, self._lines()) if "event" in line]

    def points(self) -> frozenset[DataPoint]:
        """The metrics that CloudWatch takes from the lines. Raises EmfError where it would refuse one."""
        return frozenset(point for line in self._lines() if '"_aws"' in line for point in data_points(line))

    def segments(self) -> list[dict[str, Any]]:
        return [json.loads(datagram.partition(b"\n")[2]) for datagram in self.datagrams]

    def _lines(self) -> list[str]:
        return self.stdout.decode().splitlines()


class Observed:
    """`stream` is to stand in for `sys.stdout` before a handler is imported, `daemon_address` for the daemon's."""

    def __init__(self) -> None:
        self._read_end, write_end = os.pipe()
        os.set_blocking(self._read_end, False)
        # A pipe, written to when a line ends: what a function in Lambda has.
        self.stream: Final = io.TextIOWrapper(io.FileIO(write_end, "w"), encoding="utf-8", line_buffering=True)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.settimeout(0)
        self.daemon_address: Final = f"127.0.0.1:{self._socket.getsockname()[1]}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stream.close()
        os.close(self._read_end)
        self._socket.close()

    def said(self) -> Said:
        """Since it was asked last. Loopback and pipes deliver before the one who sends goes on."""
        try:
            stdout = os.read(self._read_end, _PIPE_BYTES)
        except BlockingIOError:
            stdout = b""
        return Said(stdout, tuple(self._datagrams()))

    def _datagrams(self) -> list[bytes]:
        datagrams: list[bytes] = []
        while True:
            try:
                datagrams.append(self._socket.recv(_LARGEST_DATAGRAM_BYTES))
            except BlockingIOError:
                return datagrams

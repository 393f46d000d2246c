"""Loopback ports: the one somebody named, or a free one when the usual one is taken."""

import socket
from dataclasses import dataclass

LOOPBACK = "127.0.0.1"
ANY_PORT = 0
"""Stands for whichever port is free."""


class PortBusyError(Exception):
    """A port that the caller named is taken by another process."""

    def __init__(self, port: int) -> None:
        super().__init__(f"port {port} on {LOOPBACK} is in use; stop what listens there, or name another port")
        self.port = port


@dataclass(frozen=True)
class PortChoice:
    """A port to listen on. `named` says that the caller asked for this one and no other."""

    port: int
    named: bool


def listen(choice: PortChoice) -> socket.socket:
    """Return a listening loopback socket on the chosen port, or on a free one if that was only a default.

    Raises `PortBusyError` when a named port is taken. Connections queue from here on, so a client that is told
    the port cannot come too early.
    """
    try:
        return _listen_on(choice.port)
    except OSError as error:
        if choice.named:
            raise PortBusyError(choice.port) from error
        return _listen_on(ANY_PORT)


def port_of(listening: socket.socket) -> int:
    port: int = listening.getsockname()[1]
    return port


def _listen_on(port: int) -> socket.socket:
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        # Without it a port stays busy for a minute after its last connection has closed.
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((LOOPBACK, port))
        listening.listen(1024)
    except OSError:
        listening.close()
        raise
    return listening

"""Asks the AppConfig agent, which runs beside the function as a Lambda extension, for one flag.

https://docs.aws.amazon.com/appconfig/latest/userguide/appconfig-integration-retrieving-feature-flags.html
"""

import json
import socket
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from typing import TYPE_CHECKING, Final, NoReturn

from shared.deadline import Deadline

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

# IPv4 and no name: "localhost" would ask the resolver, which keeps to no deadline of ours.
_ADDRESS: Final = "127.0.0.1"
# One flag of ours is a few hundred bytes; what is longer than this is cut, and so no longer JSON.
_LONGEST_ANSWER_BYTES: Final = 64 * 1024


class AgentError(Exception):
    """The flag could not be had.

    `code` is `refused`, `timeout`, `disconnected`, `network`, `malformed` or `http-` and a status.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code: Final = code


class AgentClient:
    """Keeps one connection open between questions. Not for use by several threads at once."""

    def __init__(self, port: int) -> None:
        self._connection = _Connection(_ADDRESS, port)

    def get_flag(self, path: str, key: str, deadline: Deadline) -> object:
        """The JSON value the agent answers for the flag `key` of the configuration at `path`.

        Raises AgentError, at the latest when the deadline passes.
        """
        try:
            status, body = self._get(f"{path}?flag={key}", deadline)
        except ConnectionRefusedError:
            raise AgentError("refused") from None
        except TimeoutError:
            raise AgentError("timeout") from None
        except ConnectionError:
            raise AgentError("disconnected") from None
        except OSError:
            raise AgentError("network") from None
        except HTTPException:
            raise AgentError("malformed") from None
        if status != HTTPStatus.OK:
            raise AgentError(f"http-{status}")
        return _parse(body)

    def close(self) -> None:
        self._connection.close()

    def _get(self, target: str, deadline: Deadline) -> tuple[int, bytes]:
        kept = self._connection.sock is not None
        try:
            return self._exchange(target, deadline)
        except ConnectionError:
            # The agent may have closed a kept connection, above all while Lambda had us frozen.
            if not kept:
                raise
            return self._exchange(target, deadline)

    def _exchange(self, target: str, deadline: Deadline) -> tuple[int, bytes]:
        self._connection.keep_to(deadline)
        reusable = False
        try:
            self._connection.request("GET", target)
            with self._connection.getresponse() as response:
                body = response.read(_LONGEST_ANSWER_BYTES)
                reusable = response.isclosed() and not response.will_close
                return response.status, body
        finally:
            if not reusable:
                self._connection.close()


class _Connection(HTTPConnection):
    """An HTTP connection whose every wait ends at the deadline; a socket's timeout starts anew each time."""

    _deadline: Deadline

    def keep_to(self, deadline: Deadline) -> None:
        self._deadline = deadline
        if isinstance(self.sock, _DeadlineSocket):
            self.sock.deadline = deadline

    def connect(self) -> None:
        sock = _DeadlineSocket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            sock.deadline = self._deadline
            sock.settimeout(self._deadline.remaining_s())
            sock.connect((self.host, self.port))
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except BaseException:
            sock.close()
            raise
        self.sock = sock


class _DeadlineSocket(socket.socket):
    deadline: Deadline

    def recv_into(self, buffer: "WriteableBuffer", nbytes: int = 0, flags: int = 0) -> int:
        self.settimeout(self.deadline.remaining_s())
        return super().recv_into(buffer, nbytes, flags)

    def sendall(self, data: "ReadableBuffer", flags: int = 0) -> None:
        self.settimeout(self.deadline.remaining_s())
        super().sendall(data, flags)


def _parse(body: bytes) -> object:
    try:
        value: object = json.loads(body, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise AgentError("malformed") from None
    return value


def _refuse_constant(name: str) -> NoReturn:
    """NaN and Infinity are Python's, not JSON's."""
    raise ValueError(name)

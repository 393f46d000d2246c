"""Prisma's client behind our own Engine. The only file that knows the generated package `prisma`.

The package's own way to start an engine asks `openssl` and the engine for their versions and then looks every 100 ms
whether it serves; it also lets the engine write to the function's log. Hence `engine_process` in its place.
"""

import logging
import re
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import httpx
import pydantic
from prisma.engine import SyncQueryEngine
from prisma.errors import DataError

import prisma
from prisma_read.connection import UserRow
from prisma_read.engine_process import EngineProcess
from prisma_read.read_error import Code, ReadError, Remedy, error_of_prisma_code, error_of_sqlstate
from prisma_read.schema_file import schema_file

# At DEBUG the client logs connection URLs and answers, whatever level the function's own log has.
for _name in ("prisma", "httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)

# On loopback a connection is there at once or never.
_CONNECT_TIMEOUT_S: Final = 0.1
_INCLUDE: Final = {"profile": True, "subscriptions": {"order_by": {"id": "asc"}}}
# How the engine renders an error of PostgreSQL that has no code of Prisma's.
_SQLSTATE: Final = re.compile(r'PostgresError \{ code: "(\w{5})"')


class PrismaEngine:
    """A client with its engine, connected."""

    def __init__(self, process: EngineProcess) -> None:
        # Nothing types the client: the package that type checkers see has none until one is generated.
        self._client: Any = prisma.Prisma(use_dotenv=False)  # type: ignore[attr-defined]
        self.process: Final = process
        self._engine = _RunningEngine(process, schema=schema_file())
        self._client._engine = self._engine  # noqa: SLF001 — where its connect() would put its own

    def find_user(self, user_id: str, timeout_s: float) -> UserRow | None:
        """Raises ReadError."""
        self._engine.timeout_s = timeout_s
        try:
            user = self._client.user.find_unique(where={"id": user_id}, include=_INCLUDE)
        except Exception as error:  # noqa: BLE001 — every failure has a code
            raise _failure(error) from None
        row: UserRow | None = None if user is None else user.model_dump()
        return row

    def close(self) -> None:
        self._client.disconnect(timeout=timedelta(seconds=1))


class _RunningEngine(SyncQueryEngine):
    """The package's engine, of which only the HTTP part is used, over a process of our own."""

    def __init__(self, process: EngineProcess, *, schema: Path) -> None:
        super().__init__(dml_path=schema)
        # No proxies, no .netrc; the transport spares the certificates that httpx would load for https.
        self.session.session_kwargs.update(
            trust_env=False, transport=httpx.HTTPTransport(verify=False, trust_env=False)
        )
        self.url = process.url
        self.timeout_s = 0.0
        self._our_process: EngineProcess | None = process

    def query(self, content: str, *, tx_id: Any) -> Any:
        self.session.session.timeout = httpx.Timeout(self.timeout_s, connect=_CONNECT_TIMEOUT_S)
        return super().query(content, tx_id=tx_id)

    def close(self, *, timeout: timedelta | None = None) -> None:
        """Runs more than once: at disconnect() twice, and when the interpreter ends."""
        process, self._our_process = self._our_process, None
        if process is not None:
            process.stop()
        super().close(timeout=timeout)


def _failure(error: Exception) -> ReadError:
    if isinstance(error, DataError):
        return _failure_of_answer(error)
    if isinstance(error, httpx.ConnectTimeout):
        return ReadError(Code.ENGINE, Remedy.RECONNECT)
    if isinstance(error, httpx.TimeoutException):
        # The server ends slow statements before that, so the engine or the network hangs.
        return ReadError(Code.TIMEOUT, Remedy.REPLACE_ENGINE)
    if isinstance(error, httpx.TransportError):
        return ReadError(Code.ENGINE, Remedy.RECONNECT)
    if isinstance(error, pydantic.ValidationError):
        # A row that the schema does not admit; the next one may be all right.
        return ReadError(Code.DATABASE)
    return ReadError(Code.UNEXPECTED, Remedy.REPLACE_ENGINE)


def _failure_of_answer(error: DataError) -> ReadError:
    if error.code is not None:
        return error_of_prisma_code(error.code)
    found = _SQLSTATE.search(str(error))
    return error_of_sqlstate(found.group(1)) if found else ReadError(Code.DATABASE)

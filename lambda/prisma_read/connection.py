"""One engine for the life of an execution environment, and what is done when it, the database or the secret fails.

A query that only reads may run again, so it is repeated after a failure whose remedy promises success, once for each
remedy and within the time that the caller has: a rotated password, say, may show first as a session that was ended.
What a failure left behind is put in order also for the reads to come.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol, TypeAlias, TypeVar

from prisma_read.connection_url import engine_url
from prisma_read.database_target import DatabaseTarget
from prisma_read.read_error import Code, ReadError, Remedy
from shared.deadline import Deadline

# A user with what belongs to it, by field names, each value of the client's own type.
UserRow: TypeAlias = Mapping[str, Any]
_T = TypeVar("_T")

_DROPPED: Final = frozenset({Remedy.RECONNECT, Remedy.RENEW_SECRET, Remedy.REPLACE_ENGINE})


class Engine(Protocol):
    """A query engine that runs; `prisma_read.client.PrismaEngine` is the real one."""

    def find_user(self, user_id: str, timeout_s: float) -> UserRow | None:
        """Raises ReadError."""

    def close(self) -> None:
        """Ends the engine, whatever state it is in. Never raises, and hardly waits."""


class Secret(Protocol):
    """`prisma_read.database_secret.DatabaseSecret` is the real one. Both methods raise ReadError."""

    def target(self) -> DatabaseTarget: ...

    def renew(self) -> bool: ...


# Starts an engine for a connection URL in so many seconds, or raises ReadError and leaves nothing behind.
Connect: TypeAlias = Callable[[str, float], Engine]
# Asks an engine, in so many seconds.
Query: TypeAlias = Callable[[Engine, float], _T]


class Connection:
    """Connects when it must, and stays connected."""

    def __init__(self, *, secret: Secret, connect: Connect, query_timeout_ms: int) -> None:
        self._secret = secret
        self._connect = connect
        self._query_timeout_ms = query_timeout_ms
        self._engine: Engine | None = None

    def open(self, deadline: Deadline) -> None:
        """Connects ahead of the first query. Raises ReadError, after which the next query connects."""
        self.run(lambda _engine, _timeout_s: None, deadline)

    def run(self, query: Query[_T], deadline: Deadline) -> _T:
        """The query's result. Raises ReadError."""
        tried: set[Remedy] = set()
        while True:
            try:
                return self._attempt(query, deadline)
            except ReadError as failure:
                if failure.remedy in tried or not self._may_repeat(failure):
                    raise
                tried.add(failure.remedy)

    def close(self) -> None:
        """Disconnects; the next query connects again."""
        engine, self._engine = self._engine, None
        if engine is not None:
            engine.close()

    def _attempt(self, query: Query[_T], deadline: Deadline) -> _T:
        try:
            if self._engine is None:
                url = engine_url(self._secret.target(), query_timeout_ms=self._query_timeout_ms)
                self._engine = self._connect(url, deadline.remaining_s())
            return query(self._engine, min(self._query_timeout_ms / 1000, deadline.remaining_s()))
        except TimeoutError:
            raise ReadError(Code.TIMEOUT) from None
        except ReadError as failure:
            if failure.remedy in _DROPPED:
                self.close()
            raise

    def _may_repeat(self, failure: ReadError) -> bool:
        if failure.remedy is Remedy.RENEW_SECRET:
            # With the same credentials it would only fail again, and an account may be locked for that.
            return self._secret.renew()
        return failure.remedy in {Remedy.RETRY, Remedy.RECONNECT}

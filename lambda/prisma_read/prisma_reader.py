"""The path that is to take over: a user read through Prisma, in one query of the client."""

from typing import Protocol, TypeVar

from prisma_read.connection import Query
from prisma_read.user_document import user_document
from shared.deadline import Deadline
from shared.reader import Document

_T = TypeVar("_T")


class Database(Protocol):
    """`prisma_read.connection.Connection` is the real one."""

    def run(self, query: Query[_T], deadline: Deadline) -> _T:
        """Raises ReadError."""


class PrismaReader:
    """A Reader that takes `timeout_ms` at most, or until the deadline of one read."""

    def __init__(self, database: Database, *, timeout_ms: int) -> None:
        self._database = database
        self._timeout_ms = timeout_ms

    def read(self, user_id: str, deadline: Deadline | None = None) -> Document | None:
        """The user, or None when there is no such user. Raises ReadError."""
        row = self._database.run(
            lambda engine, timeout_s: engine.find_user(user_id, timeout_s), deadline or Deadline(self._timeout_ms)
        )
        return None if row is None else user_document(row)

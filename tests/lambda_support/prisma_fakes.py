"""The Protocols of `prisma_read`, faked."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from prisma_read.connection import UserRow
from prisma_read.database_target import DatabaseTarget
from prisma_read.read_error import Code, ReadError, Remedy
from shared.deadline import Deadline
from shared.reader import Document

TARGET = DatabaseTarget(user="reader", password="first", host="db.example", port=5432, database="app")
ROTATED = DatabaseTarget(user="reader", password="second", host="db.example", port=5432, database="app")
# Where time is not the point.
PATIENCE_MS = 60_000

DEAD_ENGINE = ReadError(Code.ENGINE, Remedy.RECONNECT)
CLOSED_CONNECTION = ReadError(Code.UNREACHABLE, Remedy.RETRY)
REFUSED_PASSWORD = ReadError(Code.AUTHENTICATION, Remedy.RENEW_SECRET)
HANGING_ENGINE = ReadError(Code.TIMEOUT, Remedy.REPLACE_ENGINE)
SLOW_STATEMENT = ReadError(Code.TIMEOUT)


@dataclass
class FakeSecret:
    """A Secret that is `versions` one after the other, an exception among them raised; the last one stays."""

    versions: list[DatabaseTarget | Exception] = field(default_factory=lambda: [TARGET])
    renewals: int = 0

    def target(self) -> DatabaseTarget:
        version = self.versions[0]
        if isinstance(version, Exception):
            raise version
        return version

    def renew(self) -> bool:
        self.renewals += 1
        known = self.versions[0]
        if len(self.versions) > 1:
            del self.versions[0]
        return self.target() != known


@dataclass
class FakeEngine:
    """An Engine that gives its `answers` one after the other, an exception among them raised; the last one stays."""

    answers: list[UserRow | Exception | None] = field(default_factory=lambda: [None])
    asked: list[tuple[str, float]] = field(default_factory=list)
    closed: int = 0

    def find_user(self, user_id: str, timeout_s: float) -> UserRow | None:
        assert not self.closed, "a closed engine is not asked"
        self.asked.append((user_id, timeout_s))
        answer = self.answers[0] if len(self.answers) == 1 else self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def close(self) -> None:
        self.closed += 1


@dataclass
class FakeEngines:
    """A Connect that starts these engines one after the other; an exception among them is raised."""

    engines: list[FakeEngine | Exception]
    urls: list[str] = field(default_factory=list)
    timeouts_s: list[float] = field(default_factory=list)

    def connect(self, url: str, timeout_s: float) -> FakeEngine:
        self.urls.append(url)
        self.timeouts_s.append(timeout_s)
        engine = self.engines[len(self.urls) - 1]
        if isinstance(engine, Exception):
            raise engine
        return engine


@dataclass
class FakeConnector:
    """A Connector, or one that fails."""

    error: Exception | None = None
    opened: int = 0

    def open(self, deadline: Deadline) -> None:
        deadline.remaining_s()
        self.opened += 1
        if self.error is not None:
            raise self.error


@dataclass
class FakeDeadlineReader:
    """A DeadlineReader of what `read` says."""

    answer: Callable[[str, Deadline], Document | None]

    def read(self, user_id: str, deadline: Deadline) -> Document | None:
        return self.answer(user_id, deadline)


@dataclass
class FakeSecretsManager:
    """A SecretsManager whose values are by secret id, one after the other; an exception among them is raised."""

    values: dict[str, list[str | Exception]]
    fetched: list[str] = field(default_factory=list)

    def get_secret_value(self, *, SecretId: str) -> dict[str, Any]:  # noqa: N803 — AWS's spelling
        self.fetched.append(SecretId)
        values = self.values[SecretId]
        value = values[0] if len(values) == 1 else values.pop(0)
        if isinstance(value, Exception):
            raise value
        return {"SecretString": value}

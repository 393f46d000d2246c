"""Our own Protocols, faked: what the tests hand to the parts under test."""

import copy
import json
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from mock_read.flag_client import FlagFailure, FlagReading
from mock_read.read_service import Candidate, ReadService
from mock_read.shadow import Shadow
from shared.deadline import Deadline
from shared.digests import Digester
from shared.flag import Flag
from shared.mock_reader import MockReader
from shared.read_facts import ReadFacts
from shared.reader import Document, Reader
from shared.telemetry import Telemetry
from tests.lambda_support.emf import DataPoint, data_points

ENVIRONMENT = "beta"
VERSION = "7"
FUNCTION = "huntaze-mock-read"
REQUEST_ID = "4f2c6f6e-0000-4000-8000-1d5a9d1c0a77"
DIGEST_KEY = "0123456789abcdef0123456789abcdef"
NOW_MS = 1_700_000_000_000


@dataclass
class FakeClock:
    """Counts seconds as a test says."""

    now_s: float = 1000.0

    def __call__(self) -> float:
        return self.now_s


@dataclass
class FakeFlags:
    """A FlagSource that always answers the same."""

    flag: Flag = Flag.OFF
    failure: FlagFailure | None = None

    def current(self) -> FlagReading:
        return FlagReading(flag=self.flag, failure=self.failure)


@dataclass
class FakeAgent:
    """An Agent that answers from `answers`, by flag key; an exception among them is raised."""

    answers: dict[str, Any]
    asked: list[tuple[str, str]] = field(default_factory=list)

    def get_flag(self, path: str, key: str, deadline: Deadline) -> object:  # noqa: ARG002 — the Agent's signature
        self.asked.append((path, key))
        answer = self.answers[key]
        if isinstance(answer, Exception):
            raise answer
        return answer


@dataclass
class FakeReader:
    """A Reader of `documents`, or of `error` alone."""

    documents: dict[str, Document] = field(default_factory=dict)
    error: Exception | None = None
    asked: list[str] = field(default_factory=list)

    def read(self, user_id: str) -> Document | None:
        self.asked.append(user_id)
        if self.error is not None:
            raise self.error
        return copy.deepcopy(self.documents.get(user_id))


@dataclass
class FakeCandidate(FakeReader):
    """A Candidate that counts how often it was prepared, and whom it was probed for."""

    preparations: int = 0
    probed: list[str] = field(default_factory=list)

    def prepare(self) -> None:
        self.preparations += 1

    def probe(self, user_id: str) -> Document | None:
        self.probed.append(user_id)
        if self.error is not None:
            raise self.error
        return copy.deepcopy(self.documents.get(user_id))


@dataclass
class FakeTracer:
    """A Tracer that remembers what each of its spans was told."""

    recorded: list[ReadFacts] = field(default_factory=list)

    def read(self) -> Self:
        return self

    def __enter__(self) -> Self:
        return self

    def record(self, facts: ReadFacts) -> None:
        self.recorded.append(facts)

    def __exit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...


@dataclass
class Log:
    """The lines a Telemetry wrote."""

    lines: list[str] = field(default_factory=list)

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.lines]

    @property
    def points(self) -> list[DataPoint]:
        return [point for line in self.lines for point in data_points(line)]

    def sums(self, **dimensions: str) -> dict[str, float]:
        """The sum of each metric that has exactly these dimensions."""
        wanted = frozenset(dimensions.items())
        sums: dict[str, float] = {}
        for point in self.points:
            if point.dimensions == wanted:
                sums[point.name] = sums.get(point.name, 0) + point.value
        return sums


def telemetry_into(log: Log) -> Telemetry:
    return Telemetry(
        environment=ENVIRONMENT, function=FUNCTION, version=VERSION, write=log.lines.append, now_ms=lambda: NOW_MS
    )


def read_service(
    log: Log,
    *,
    flag: Flag = Flag.OFF,
    failure: FlagFailure | None = None,
    mock: Reader | None = None,
    candidate: Candidate | None = None,
    tracer: FakeTracer | None = None,
) -> ReadService:
    telemetry = telemetry_into(log)
    return ReadService(
        flags=FakeFlags(flag, failure),
        mock=mock or MockReader(),
        candidate=candidate or FakeCandidate(),
        shadow=Shadow(digester=Digester(DIGEST_KEY), telemetry=telemetry),
        telemetry=telemetry,
        tracer=tracer or FakeTracer(),
    )

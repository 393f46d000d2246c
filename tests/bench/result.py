"""What a run of the benchmark is, as values; the JSON file holds just this."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from pydantic import TypeAdapter

from tests.bench.timing import Sample


@dataclass(frozen=True)
class Goal:
    """A figure that was measured and its limit, both in `unit` (`×` is a ratio)."""

    what: str
    measured: float
    limit: float
    unit: str
    limit_is: Literal["at most", "at least"] = "at most"

    @property
    def met(self) -> bool:
        return self.measured <= self.limit if self.limit_is == "at most" else self.measured >= self.limit


@dataclass(frozen=True)
class Spent:
    """A part of the time, by the function or module that it is spent in."""

    share_percent: float
    where: str


@dataclass(frozen=True, kw_only=True)
class Row:
    """One benchmark: what was compared with what, each contender's times, and what they are held against.

    `spent` and `floor` are there where a goal is not met: what the time goes into, and what would be left of it if
    everything that could be left out were.
    """

    name: str
    title: str
    compared: str
    samples: Mapping[str, Sample]
    goals: tuple[Goal, ...]
    notes: tuple[str, ...] = ()
    spent: tuple[Spent, ...] = ()
    floor: str = ""

    @property
    def met(self) -> bool:
        return all(goal.met for goal in self.goals)


@dataclass(frozen=True, kw_only=True)
class Report:
    """A whole run. `quick` ones are too short to be quoted. `left_out` says why a benchmark has no row."""

    machine: str
    python: str
    taken_at: str
    quick: bool
    rows: tuple[Row, ...]
    left_out: Mapping[str, str] = field(default_factory=dict)


_REPORT: Final = TypeAdapter(Report)


def as_json(report: Report) -> bytes:
    return _REPORT.dump_json(report, indent=2) + b"\n"


def from_json(text: bytes) -> Report:
    """Raises pydantic.ValidationError."""
    return _REPORT.validate_json(text)

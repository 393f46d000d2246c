"""The evidence bundle: every number a verdict or a report uses, with where it comes from, as JSON lines.

Each line is an object with a `kind`. The first is the bundle's own; of `step`, `thresholds`, `evidence` and `verdict`
there is one, of all others as many as there are:

    bundle       version, environment, at (the account's time), operator, gate (which question the verdict answers),
                 ramp_hold_minutes (the ramp's steps, and how long each lasts at least)
    step         where the path dial stood
    source       what was read: service, name, window, how many
    thresholds   the judge's limits
    evidence     what the judge was given
    verdict      outcome, and each check with its figures and its reason
    timeline     a dated event of a dial, an alarm or an operator, which is its `subject`
    series       a minute's reads and comparisons
    diff_field   how many reads differed where, and how
    failure      how many lines gave which cause
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from playbook.evidence import Evidence
from playbook.judge import judge, judge_shadow
from playbook.read_series import DiffField, FailureCode, Minute
from playbook.source import Source
from playbook.step import Step
from playbook.thresholds import Thresholds
from playbook.timeline import TimelineEvent
from playbook.verdict import Check, CheckName, Outcome, Verdict
from playbook.whole_file import write_whole

VERSION: Final = 1


class InvalidBundleError(ValueError):
    """The file is no bundle of ours; the message names the line and what is wrong with it."""


class Gate(StrEnum):
    """Which question a verdict answers."""

    SHADOW = "shadow"
    """May a canary begin?"""
    CANARY = "canary"
    """May the canary be given more reads?"""

    def judge(self, evidence: Evidence, thresholds: Thresholds) -> Verdict:
        """The verdict; the same evidence always gives the same one."""
        return (judge_shadow if self is Gate.SHADOW else judge)(evidence, thresholds)


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """What a report is made of. `at` is the account's time at which the evidence was complete.

    The evidence, `diff_fields` and `failures` count from the step's `started_at` on; `timeline` and `series` may begin
    earlier. `ramp_hold_minutes` are the environment's settings: what comes after a GO.
    """

    environment: str
    at: datetime
    operator: str
    gate: Gate
    step: Step
    sources: tuple[Source, ...]
    thresholds: Thresholds
    evidence: Evidence
    verdict: Verdict
    ramp_hold_minutes: Mapping[int, int] = field(default_factory=dict, hash=False)
    timeline: tuple[TimelineEvent, ...] = ()
    series: tuple[Minute, ...] = ()
    diff_fields: tuple[DiffField, ...] = ()
    failures: tuple[FailureCode, ...] = ()

    def replayed(self) -> Verdict:
        """The verdict, given again from the evidence and the limits alone."""
        return self.gate.judge(self.evidence, self.thresholds)


@dataclass(frozen=True, kw_only=True)
class _Header:
    version: int
    environment: str
    at: datetime
    operator: str
    gate: Gate
    ramp_hold_minutes: Mapping[int, int] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, kw_only=True)
class _CheckLine:
    name: CheckName
    outcome: str
    reason: str
    figures: Mapping[str, float | None]


@dataclass(frozen=True, kw_only=True)
class _VerdictLine:
    """A verdict with its outcomes in words."""

    outcome: str
    checks: tuple[_CheckLine, ...]


_ADAPTERS: Final[dict[str, TypeAdapter[Any]]] = {
    "bundle": TypeAdapter(_Header),
    "step": TypeAdapter(Step),
    "source": TypeAdapter(Source),
    "thresholds": TypeAdapter(Thresholds),
    "evidence": TypeAdapter(Evidence),
    "verdict": TypeAdapter(_VerdictLine),
    "timeline": TypeAdapter(TimelineEvent),
    "series": TypeAdapter(Minute),
    "diff_field": TypeAdapter(DiffField),
    "failure": TypeAdapter(FailureCode),
}
_ONCE: Final = ("bundle", "step", "thresholds", "evidence", "verdict")


def write(path: Path, bundle: Bundle) -> None:
    """Write all of it or nothing: a command that is killed leaves no half of a bundle. Raises OSError."""
    write_whole(path, "".join(f"{line}\n" for line in _lines(bundle)))


def read(path: Path) -> Bundle:
    """The bundle that `write` wrote. Raises InvalidBundleError and OSError."""
    found: defaultdict[str, list[Any]] = defaultdict(list)
    with path.open("rb") as file:
        for number, text in enumerate(file, start=1):
            try:
                line = json.loads(text)
                kind = line.pop("kind")
                found[kind].append(_ADAPTERS[kind].validate_python(line))
            except ValidationError as error:
                wrong = "; ".join(f"{'.'.join(map(str, one['loc'])) or kind}: {one['msg']}" for one in error.errors())
                raise InvalidBundleError(f"{path}, line {number}: {wrong}") from error
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise InvalidBundleError(f"{path}, line {number}: {error!r}") from error
    for kind in _ONCE:
        if len(found[kind]) != 1:
            raise InvalidBundleError(f"{path}: there is not one line of kind {kind!r}, but {len(found[kind])}")
    header: _Header = found["bundle"][0]
    if header.version != VERSION:
        raise InvalidBundleError(f"{path}: version {header.version} is not {VERSION}, which this tool reads")
    return Bundle(
        environment=header.environment,
        at=header.at,
        operator=header.operator,
        gate=header.gate,
        step=found["step"][0],
        sources=tuple(found["source"]),
        thresholds=found["thresholds"][0],
        evidence=found["evidence"][0],
        verdict=_verdict(found["verdict"][0]),
        ramp_hold_minutes=header.ramp_hold_minutes,
        timeline=tuple(found["timeline"]),
        series=tuple(found["series"]),
        diff_fields=tuple(found["diff_field"]),
        failures=tuple(found["failure"]),
    )


def _lines(bundle: Bundle) -> Iterator[str]:
    header = _Header(
        version=VERSION,
        environment=bundle.environment,
        at=bundle.at,
        operator=bundle.operator,
        gate=bundle.gate,
        ramp_hold_minutes=bundle.ramp_hold_minutes,
    )
    for kind, values in (
        ("bundle", (header,)),
        ("step", (bundle.step,)),
        ("source", bundle.sources),
        ("thresholds", (bundle.thresholds,)),
        ("evidence", (bundle.evidence,)),
        ("verdict", (_verdict_line(bundle.verdict),)),
        ("timeline", bundle.timeline),
        ("series", bundle.series),
        ("diff_field", bundle.diff_fields),
        ("failure", bundle.failures),
    ):
        adapter = _ADAPTERS[kind]
        for value in values:
            yield json.dumps(
                {"kind": kind, **adapter.dump_python(value, mode="json", by_alias=True)}, separators=(",", ":")
            )


def _verdict_line(verdict: Verdict) -> _VerdictLine:
    return _VerdictLine(
        outcome=verdict.outcome.name,
        checks=tuple(
            _CheckLine(name=check.name, outcome=check.outcome.name, reason=check.reason, figures=check.figures)
            for check in verdict.checks
        ),
    )


def _verdict(line: _VerdictLine) -> Verdict:
    return Verdict(
        tuple(
            Check(name=check.name, outcome=Outcome[check.outcome], reason=check.reason, figures=check.figures)
            for check in line.checks
        )
    )

"""The checks that count: how many of how many failed, differed or were never compared."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import Final

from playbook.bounds import (
    CONFIDENCE_PERCENT,
    Tally,
    clears,
    exceeds,
    lower_bound_percent,
    reads_to_clear,
    reads_to_clear_at_this_rate,
    reads_to_exceed_at_this_rate,
    upper_bound_percent,
)
from playbook.evidence import Evidence
from playbook.exact_bounds import exact_lower_bound_percent, exact_upper_bound_percent
from playbook.thresholds import Thresholds
from playbook.verdict import Check, CheckName, Outcome
from playbook.wording import count, percent, waiting

_ALL_PERCENT: Final = 100
_NOTHING_SAMPLED: Final = "No read was sampled for comparison."


def canary_error_rate(evidence: Evidence, thresholds: Thresholds) -> Check:
    """Of the reads sent to Prisma, those that the mock had to answer."""
    rate = _BoundedRate(
        tally=evidence.canary,
        a_minute=evidence.a_minute(evidence.canary.attempts),
        go_percent=thresholds.error_rate_percent,
        hold_percent=thresholds.error_rate_percent,
        attempt="canary read",
        failed="failed",
        failure="failure",
    )
    return rate.check(CheckName.CANARY_ERROR_RATE, beyond=Outcome.ROLLBACK)


def shadow_diffs(evidence: Evidence, thresholds: Thresholds) -> Check:
    """Of the reads compared, those that the two paths answered differently."""
    rate = _BoundedRate(
        tally=Tally(evidence.shadow.mismatching, evidence.shadow.compared),
        a_minute=evidence.a_minute(evidence.shadow.compared),
        go_percent=thresholds.shadow_diff_go_percent,
        hold_percent=thresholds.shadow_diff_hold_percent,
        attempt="comparison",
        failed="differ",
        failure="difference",
    )
    return rate.check(CheckName.SHADOW_DIFFS, beyond=Outcome.INVESTIGATE)


def shadow_errors(evidence: Evidence, thresholds: Thresholds) -> Check:
    """Of the reads sampled, those for which an attempt to compare failed."""
    limit = thresholds.shadow_error_percent
    tally = Tally(evidence.shadow.failed, evidence.shadow.sampled)
    fine = tally.rate_percent < limit
    outcome = Outcome.HOLD if not tally.attempts else Outcome.GO if fine else Outcome.INVESTIGATE
    reason = _NOTHING_SAMPLED
    if tally.attempts:
        reason = (
            f"For {tally.failures:,} of {count(tally.attempts, 'sampled read')} an attempt to compare failed, "
            f"{percent(tally.rate_percent, limit=limit)}: that is {'' if fine else 'not '}below {limit:g} %."
        )
    figures = _figures(tally) | {"limit_percent": limit}
    return Check(name=CheckName.SHADOW_ERRORS, outcome=outcome, reason=reason, figures=figures)


def shadow_coverage(evidence: Evidence, thresholds: Thresholds) -> Check:
    """Of the reads sampled, those that were compared."""
    limit = thresholds.shadow_coverage_percent
    sampled, compared = evidence.shadow.sampled, evidence.shadow.compared
    missing = max(0, _at_least(limit * sampled / _ALL_PERCENT) - compared)
    outcome = Outcome.HOLD if missing or not sampled else Outcome.GO
    reason = _NOTHING_SAMPLED
    figures: dict[str, float | None] = {
        "sampled": sampled,
        "compared": compared,
        "coverage_percent": _ALL_PERCENT * compared / sampled if sampled else None,
        "limit_percent": limit,
        "comparisons_missing": missing,
    }
    if sampled:
        reason = (
            f"{compared:,} of {count(sampled, 'sampled read')} were compared, "
            f"{percent(_ALL_PERCENT * compared / sampled, limit=limit)}: that is "
            f"{'below' if missing else 'at least'} {limit:g} %."
        )
    if missing:
        # So many more reads, each of them compared, outweigh those that never were.
        more = _at_least((limit * sampled - _ALL_PERCENT * compared) / (_ALL_PERCENT - limit))
        reason += (
            f" {count(missing, 'comparison')} of the {sampled - compared:,} missing would do, if they are still on "
            f"their way. If they are lost it takes {count(more, 'further read')} that are all compared"
            f"{waiting(more, evidence.a_minute(sampled))}."
        )
    return Check(name=CheckName.SHADOW_COVERAGE, outcome=outcome, reason=reason, figures=figures)


@dataclass(frozen=True, kw_only=True)
class _BoundedRate:
    """A rate that is judged by its bounds, and the words for it."""

    tally: Tally
    a_minute: float | None
    go_percent: float
    hold_percent: float
    attempt: str
    failed: str
    failure: str

    def check(self, name: CheckName, *, beyond: Outcome) -> Check:
        """GO below the one limit, `beyond` above the other, HOLD where neither is shown."""
        figures = self._figures()
        if clears(self.tally, self.go_percent):
            outcome, meaning = Outcome.GO, f"That is at most {self.go_percent:g} %."
        elif exceeds(self.tally, self.hold_percent):
            outcome, meaning = beyond, f"That is above {self.hold_percent:g} %."
        else:
            outcome = Outcome.HOLD
            meaning = (
                f"That is neither surely at most {self.go_percent:g} % nor surely above {self.hold_percent:g} %. "
                f"{self._what_decides()}"
            )
        if not self.tally.attempts:
            meaning = f"There is no {self.attempt} yet. {self._what_decides()}"
        return Check(name=name, outcome=outcome, reason=f"{self._seen(figures)}{meaning}", figures=figures)

    def _seen(self, figures: Mapping[str, float | None]) -> str:
        tally, low, high = self.tally, figures["lower_percent"], figures["upper_percent"]
        if not tally.attempts or low is None or high is None:
            return ""
        return (
            f"{tally.failures:,} of {count(tally.attempts, self.attempt)} {self.failed}, "
            f"{percent(tally.rate_percent)}; with {CONFIDENCE_PERCENT} % confidence, however often one looks, the true "
            f"rate is {percent(low, limit=self.hold_percent)} to {percent(high, limit=self.go_percent)}. "
        )

    def _what_decides(self) -> str:
        """How many more reads it takes: without another failure, and if they fail as those so far did."""
        more = reads_to_clear(self.tally, self.go_percent)
        best = (
            f"{count(more, self._further)} without a {self.failure} would show at most {self.go_percent:g} %"
            f"{waiting(more, self.a_minute)}."
        )
        if not self.tally.failures:
            return best
        below, above = self._more_at_this_rate()
        if below is not None:
            return f"{best} At the rate seen it takes {below:,}{waiting(below, self.a_minute)}."
        if above is not None:
            shown = f"would show more than {self.hold_percent:g} %{waiting(above, self.a_minute)}"
            return f"At the rate seen, {count(above, self._further)} {shown}. {best}"
        return f"At the rate seen no number of reads decides: look for the cause. {best}"

    @property
    def _further(self) -> str:
        return f"more {self.attempt}" if self.tally.attempts else self.attempt

    def _more_at_this_rate(self) -> tuple[int | None, int | None]:
        return (
            reads_to_clear_at_this_rate(self.tally, self.go_percent),
            reads_to_exceed_at_this_rate(self.tally, self.hold_percent),
        )

    def _figures(self) -> dict[str, float | None]:
        """The `exact_…` bounds are those of one look at a sample of a fixed size; they decide nothing."""
        below, above = self._more_at_this_rate()
        return _figures(self.tally) | {
            "lower_percent": lower_bound_percent(self.tally, near_percent=self.hold_percent),
            "upper_percent": upper_bound_percent(self.tally, near_percent=self.go_percent),
            "exact_lower_percent": exact_lower_bound_percent(self.tally),
            "exact_upper_percent": exact_upper_bound_percent(self.tally),
            "go_limit_percent": self.go_percent,
            "hold_limit_percent": self.hold_percent,
            "reads_to_go_without_failure": reads_to_clear(self.tally, self.go_percent),
            "reads_to_decide_at_this_rate": below if below is not None else above,
        }


def _figures(tally: Tally) -> dict[str, float | None]:
    return {
        "failures": tally.failures,
        "attempts": tally.attempts,
        "rate_percent": tally.rate_percent if tally.attempts else None,
    }


def _at_least(value: float) -> int:
    """Rounded up, save for what is only the error of a division."""
    return ceil(round(value, 6))

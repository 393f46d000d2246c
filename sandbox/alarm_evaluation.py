"""Which state a metric alarm is in, given the data points of its evaluation range. Pure.

The rules are those of
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html and
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html; the reasons are
worded as CloudWatch words them.

One state the second page leaves open: where missing data counts as `missing`, a lone breaching point younger
than M data points is not yet an ALARM, and the page no longer says what it is. Its edition of 2019 did:
INSUFFICIENT_DATA.
"""

import json
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from sandbox.metric_math import Series, Timeline


class AlarmState(StrEnum):
    OK = "OK"
    ALARM = "ALARM"
    INSUFFICIENT_DATA = "INSUFFICIENT_DATA"


class TreatMissingData(StrEnum):
    MISSING = "missing"
    IGNORE = "ignore"
    BREACHING = "breaching"
    NOT_BREACHING = "notBreaching"


class Comparison(StrEnum):
    """The comparison operators of alarms with a static threshold."""

    GREATER_THAN_OR_EQUAL = "GreaterThanOrEqualToThreshold"
    GREATER_THAN = "GreaterThanThreshold"
    LESS_THAN = "LessThanThreshold"
    LESS_THAN_OR_EQUAL = "LessThanOrEqualToThreshold"

    def breaches(self, value: float, threshold: float) -> bool:
        return _COMPARISONS[self][0](value, threshold)

    @property
    def words(self) -> str:
        return _COMPARISONS[self][1]


_COMPARISONS: Final[Mapping[Comparison, tuple[Callable[[float, float], bool], str]]] = {
    Comparison.GREATER_THAN_OR_EQUAL: (operator.ge, "greater than or equal to"),
    Comparison.GREATER_THAN: (operator.gt, "greater than"),
    Comparison.LESS_THAN: (operator.lt, "less than"),
    Comparison.LESS_THAN_OR_EQUAL: (operator.le, "less than or equal to"),
}

EXTRA_DATAPOINTS: Final = 2
"""How far the evaluation range reaches back beyond the evaluation periods.

AWS says only that the number depends on the period and the resolution; in the tables of its page it is 2.
"""


@dataclass(frozen=True)
class AlarmRule:
    """`datapoints_to_alarm` (M) out of `evaluation_periods` (N) data points must breach."""

    comparison: Comparison
    threshold: float
    evaluation_periods: int
    datapoints_to_alarm: int
    treat_missing_data: TreatMissingData
    period_seconds: int


@dataclass(frozen=True)
class Verdict:
    state: AlarmState
    reason: str
    reason_data: str
    """JSON, as in `StateReasonData`."""


def evaluation_range(rule: AlarmRule, now: float) -> Timeline:
    """The periods that an evaluation at `now` (epoch seconds) looks at; the last one has just ended.

    An alarm whose period is a minute or longer is evaluated each minute, so its periods end at a full minute
    and not at a multiple of the period: a 5-minute alarm looks at minutes 1 to 5, then at minutes 2 to 6.
    Shorter periods are evaluated every 10 seconds.
    """
    step = 60 if rule.period_seconds >= 60 else 10  # noqa: PLR2004  # seconds, see above
    end = int(now // step) * step
    count = rule.evaluation_periods + EXTRA_DATAPOINTS
    return Timeline(end - count * rule.period_seconds, rule.period_seconds, count)


def judge(rule: AlarmRule, series: Series, timeline: Timeline, now: float) -> Verdict | None:
    """The alarm's state by the data points of `series` in `timeline`; None to keep the state it has."""
    return _Judgement(rule, series, timeline, now).verdict()


@dataclass(frozen=True)
class _Datapoint:
    period_start: int
    value: float
    breaching: bool
    age: int
    """1 for the most recent period of the range."""


class _Judgement:
    def __init__(self, rule: AlarmRule, series: Series, timeline: Timeline, now: float) -> None:
        self._rule = rule
        self._now = now
        self._timeline = timeline
        newest_first = enumerate(reversed(timeline.timestamps), start=1)
        existing = [
            _Datapoint(start, series[start], rule.comparison.breaches(series[start], rule.threshold), age)
            for age, start in newest_first
            if start in series
        ]
        # Real data points come before filled ones, even those from farther back than the evaluation periods.
        self._evaluated = existing[: rule.evaluation_periods]
        self._breaching = [datapoint for datapoint in self._evaluated if datapoint.breaching]
        self._missing = rule.evaluation_periods - len(self._evaluated)

    def verdict(self) -> Verdict | None:
        rule = self._rule
        if not self._missing:
            return self._by_datapoints(alarm=len(self._breaching) >= rule.datapoints_to_alarm)
        if rule.treat_missing_data is TreatMissingData.BREACHING:
            breaching = len(self._breaching) + self._missing
            return self._by_filled(alarm=breaching >= rule.datapoints_to_alarm, treated_as="Breaching")
        if rule.treat_missing_data is TreatMissingData.NOT_BREACHING:
            if len(self._breaching) >= rule.datapoints_to_alarm:
                return self._by_datapoints(alarm=True)
            return self._by_filled(alarm=False, treated_as="NonBreaching")
        return self._without_filling()

    def _without_filling(self) -> Verdict | None:
        """`missing` and `ignore`, with fewer data points than evaluation periods."""
        rule = self._rule
        if len(self._breaching) >= rule.datapoints_to_alarm:
            return self._by_datapoints(alarm=True)
        if len(self._breaching) < len(self._evaluated):
            return self._by_datapoints(alarm=False)
        # Nothing, or too few breaching data points and no other.
        if rule.treat_missing_data is TreatMissingData.IGNORE:
            return None
        if any(datapoint.age >= rule.datapoints_to_alarm for datapoint in self._breaching):
            # "Premature alarm state": as old as M, and nothing newer says otherwise.
            return self._by_datapoints(alarm=True)
        unknown = f"{self._missing} datapoint{_plural(self._missing)} {_was(self._missing)} unknown"
        return self._verdict(AlarmState.INSUFFICIENT_DATA, f"Insufficient Data: {unknown}.")

    def _by_datapoints(self, *, alarm: bool) -> Verdict:
        rule = self._rule
        named = [datapoint for datapoint in self._evaluated if datapoint.breaching == alarm]
        listed = ", ".join(f"{datapoint.value} ({_day(datapoint.period_start)})" for datapoint in named)
        needed = rule.datapoints_to_alarm if alarm else rule.evaluation_periods - rule.datapoints_to_alarm + 1
        transition = "OK -> ALARM" if alarm else "ALARM -> OK"
        return self._verdict(
            AlarmState.ALARM if alarm else AlarmState.OK,
            f"Threshold Crossed: {len(named)} out of the last {len(self._evaluated)} datapoints [{listed}] "
            f"{_was(len(named))} {'' if alarm else 'not '}{rule.comparison.words} the threshold "
            f"({rule.threshold}) (minimum {needed} datapoint{_plural(needed)} for {transition} transition).",
        )

    def _by_filled(self, *, alarm: bool, treated_as: str) -> Verdict:
        received, periods, missing = len(self._evaluated), self._rule.evaluation_periods, self._missing
        received_words = f"{received or 'no'} datapoint{_plural(received)} {_was(received)} received"
        missing_words = f"{missing} missing datapoint{_plural(missing)} {_was(missing)} treated as"
        return self._verdict(
            AlarmState.ALARM if alarm else AlarmState.OK,
            f"Threshold Crossed: {received_words} for {periods} period{_plural(periods)} and {missing_words} "
            f"[{treated_as}].",
        )

    def _verdict(self, state: AlarmState, reason: str) -> Verdict:
        data: dict[str, object] = {
            "version": "1.0",
            "queryDate": _instant(self._now),
            "startDate": _instant(self._timeline.start),
            "period": self._rule.period_seconds,
            "recentDatapoints": [datapoint.value for datapoint in reversed(self._evaluated)],
            "threshold": self._rule.threshold,
            "evaluatedDatapoints": _evaluated_datapoints(self._evaluated),
        }
        return Verdict(state, reason, json.dumps(data, separators=(",", ":")))


def _evaluated_datapoints(datapoints: Sequence[_Datapoint]) -> list[dict[str, object]]:
    return [{"timestamp": _instant(datapoint.period_start), "value": datapoint.value} for datapoint in datapoints]


def _plural(count: int) -> str:
    return "" if count == 1 else "s"


def _was(count: int) -> str:
    return "was" if count == 1 else "were"


def _day(epoch_seconds: int) -> str:
    return datetime.fromtimestamp(epoch_seconds, UTC).strftime("%d/%m/%y %H:%M:%S")


def _instant(epoch_seconds: float) -> str:
    return datetime.fromtimestamp(epoch_seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "+0000")

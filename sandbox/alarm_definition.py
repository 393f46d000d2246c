"""A metric alarm's definition: read from a request or a template, checked, and as CloudWatch stores it. Pure.

The checks are those of
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html and
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDataQuery.html. What CloudWatch
offers and this sandbox does not is refused and named.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Protocol, TypeVar

from sandbox.alarm_evaluation import AlarmRule, Comparison, TreatMissingData
from sandbox.alarm_low_samples import least_samples
from sandbox.metric_math import Series, Timeline, evaluate
from sandbox.metric_math_syntax import Expression, MetricMathError, parse

_ID: Final = re.compile(r"[a-z][a-zA-Z0-9_]*")
_PERCENTILE: Final = re.compile(r"p(\d{1,2}(\.\d+)?|100)")
_STATISTICS: Final = frozenset({"SampleCount", "Average", "Sum", "Minimum", "Maximum"})
_MOST_METRICS: Final = 10
_HOUR_SECONDS: Final = 3600
_DAY_SECONDS: Final = 86_400
_WEEK_SECONDS: Final = 604_800
_OF_ONE_METRIC: Final = ("MetricName", "Namespace", "Dimensions", "Period", "Unit", "Statistic", "ExtendedStatistic")
_ACTIONS: Final = ("AlarmActions", "OKActions", "InsufficientDataActions")
_STATE: Final = (
    "StateValue",
    "StateReason",
    "StateReasonData",
    "StateUpdatedTimestamp",
    "StateTransitionedTimestamp",
)
_INITIAL_STATE: Final = {
    "StateValue": "INSUFFICIENT_DATA",
    "StateReason": "Unchecked: Initial alarm creation",
}
_UNSUPPORTED: Final = (
    "ThresholdMetricId",
    "EvaluationCriteria",
    "EvaluationInterval",
    "EvaluationWindow",
    "WarmUpConfiguration",
)


_Choice = TypeVar("_Choice", bound=StrEnum)


class ValidationError(ValueError):
    """A request that CloudWatch answers with the code `ValidationError`."""


@dataclass(frozen=True)
class MetricStat:
    """One statistic of one metric. A metric is its namespace, name and exact dimensions."""

    namespace: str
    metric_name: str
    dimensions: tuple[tuple[str, str], ...]
    statistic: str
    period_seconds: int
    unit: str | None


class MetricSource(Protocol):
    def series(self, stat: MetricStat, timeline: Timeline) -> Series:
        """The statistic of each of the timeline's periods that has data."""

    def unit(self, stat: MetricStat) -> str:
        """The unit of the metric's data."""


@dataclass(frozen=True)
class MetricQueries:
    """The entries of a `Metrics` or `MetricDataQueries` list."""

    metrics: Mapping[str, MetricStat]
    expressions: Mapping[str, Expression]

    def check(self) -> None:
        """Raises `ValidationError` for an expression that can have no value."""
        instant = Timeline(0, 60, 1)
        nothing: dict[str, Series] = {name: {} for name in self.metrics}
        for name, expression in self.expressions.items():
            try:
                evaluate(expression, timeline=instant, metrics=nothing, expressions=self.expressions)
            except MetricMathError as error:
                raise _in_expression(name, error) from None

    def common_period_seconds(self) -> int:
        """Raises `ValidationError` where the metrics differ, since expressions are not resampled here."""
        periods = {stat.period_seconds for stat in self.metrics.values()}
        if len(periods) != 1:
            raise ValidationError("Expressions need metrics, all of the same period")
        return periods.pop()

    def several(self, name: str, source: MetricSource, timeline: Timeline) -> tuple[Series, ...]:
        """The series of one entry. Raises `ValidationError` for an expression whose value is a scalar."""
        if name in self.metrics:
            return (source.series(self.metrics[name], timeline),)
        metrics = {each: source.series(stat, timeline) for each, stat in self.metrics.items()}
        try:
            value = evaluate(self.expressions[name], timeline=timeline, metrics=metrics, expressions=self.expressions)
        except MetricMathError as error:
            raise _in_expression(name, error) from None
        if isinstance(value, float):
            raise ValidationError(f"Error in expression '{name}' [The result is a scalar, not a time series]")
        return value if isinstance(value, tuple) else (value,)


@dataclass(frozen=True)
class AlarmDefinition:
    rule: AlarmRule
    queries: MetricQueries
    watched_id: str
    least_samples: float
    """With fewer data points in its evaluation periods the alarm keeps its state."""

    def series(self, source: MetricSource, timeline: Timeline) -> Series:
        """What the alarm watches. Raises `ValidationError` where that is not a single series."""
        series = self.queries.several(self.watched_id, source, timeline)
        if len(series) != 1:
            raise ValidationError(f"'{self.watched_id}' must be a single time series, not an array")
        return series[0]


class _NoData:
    def series(self, _stat: MetricStat, _timeline: Timeline) -> Series:
        return {}

    def unit(self, _stat: MetricStat) -> str:
        return "None"


def read_alarm(request: Mapping[str, Any]) -> AlarmDefinition:
    """The definition in a request of PutMetricAlarm, a template's properties or a stored alarm.

    Raises `ValidationError`.
    """
    for name in _UNSUPPORTED:
        if request.get(name) is not None:
            raise ValidationError(f"{name} is not supported here")
    _required(request, "AlarmName")
    queries, watched_id = _watched(request)
    rule = _rule(request, queries.common_period_seconds())
    definition = AlarmDefinition(rule, queries, watched_id, _least_samples(request))
    queries.check()
    definition.series(_NoData(), Timeline(0, 60, 1))
    return definition


def stored_alarm(
    request: Mapping[str, Any], *, arn: str, existing: Mapping[str, Any] | None, now: int
) -> dict[str, Any]:
    """The alarm as DescribeAlarms answers it; `request` has passed `read_alarm`, `now` is in epoch seconds.

    An update replaces the whole configuration and leaves the state as it is
    (https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html).
    """
    state = {name: existing[name] for name in _STATE if name in existing} if existing else _INITIAL_STATE
    lists = {name: request.get(name) or [] for name in _ACTIONS}
    watched: dict[str, Any] = {"Dimensions": request.get("Dimensions") or []}
    if request.get("Metrics"):
        watched = {"Metrics": [{**entry, "ReturnData": returns_data(entry)} for entry in request["Metrics"]]}
    return {
        "ActionsEnabled": True,
        "TreatMissingData": str(TreatMissingData.MISSING),
        "StateUpdatedTimestamp": now,
        **{name: value for name, value in request.items() if name != "Tags"},
        **lists,
        **watched,
        **state,
        "AlarmArn": arn,
        "AlarmConfigurationUpdatedTimestamp": now,
    }


def read_queries(entries: Sequence[Mapping[str, Any]]) -> MetricQueries:
    """A `Metrics` or `MetricDataQueries` list; the expressions are parsed only. Raises `ValidationError`."""
    metrics: dict[str, MetricStat] = {}
    expressions: dict[str, Expression] = {}
    for entry in entries:
        name = _required(entry, "Id")
        if not _ID.fullmatch(name):
            raise ValidationError(f"Id '{name}' must start with a lowercase letter and hold letters, digits and _")
        if name in metrics or name in expressions:
            raise ValidationError(f"Id '{name}' is used twice")
        if (entry.get("MetricStat") is None) == (entry.get("Expression") is None):
            raise ValidationError(f"'{name}' must have either MetricStat or Expression")
        if entry.get("AccountId") is not None:
            raise ValidationError("AccountId is not supported here")
        if entry.get("Expression") is None:
            metrics[name] = _metric_stat(entry["MetricStat"])
            continue
        try:
            expressions[name] = parse(str(entry["Expression"]))
        except MetricMathError as error:
            raise _in_expression(name, error) from None
    return MetricQueries(metrics, expressions)


def returns_data(entry: Mapping[str, Any]) -> bool:
    return entry.get("ReturnData") is not False


def _watched(request: Mapping[str, Any]) -> tuple[MetricQueries, str]:
    entries = request.get("Metrics")
    if not entries:
        stat = _required(request, "ExtendedStatistic" if request.get("ExtendedStatistic") else "Statistic")
        return MetricQueries({"m1": read_stat(request, stat)}, {}), "m1"
    mixed = [name for name in _OF_ONE_METRIC if request.get(name)]
    if mixed:
        raise ValidationError(f"Metrics cannot be used with {', '.join(mixed)}")
    watched = [entry for entry in entries if returns_data(entry)]
    if len(watched) != 1:
        raise ValidationError("Exactly one element of the metrics list should return data.")
    queries = read_queries(entries)
    if not 1 <= len(queries.metrics) <= _MOST_METRICS:
        raise ValidationError(f"Metrics must have 1 to {_MOST_METRICS} metrics")
    return queries, str(watched[0]["Id"])


def _metric_stat(value: Mapping[str, Any]) -> MetricStat:
    metric = {**_required(value, "Metric"), "Period": value.get("Period"), "Unit": value.get("Unit")}
    return read_stat(metric, _required(value, "Stat"))


def read_stat(metric: Mapping[str, Any], statistic: str) -> MetricStat:
    """`statistic` of the metric that the members of a request or of a `Metric` name. Raises `ValidationError`."""
    if statistic not in _STATISTICS and not _PERCENTILE.fullmatch(statistic):
        raise ValidationError(f"The statistic '{statistic}' is not supported here")
    period = int(_required(metric, "Period"))
    if period not in (10, 20, 30) and (period < 60 or period % 60):  # noqa: PLR2004  # seconds, AWS's own
        raise ValidationError(f"Period {period} must be 10, 20, 30 or a multiple of 60")
    dimensions = metric.get("Dimensions") or []
    return MetricStat(
        namespace=_required(metric, "Namespace"),
        metric_name=_required(metric, "MetricName"),
        dimensions=tuple(sorted((_required(each, "Name"), _required(each, "Value")) for each in dimensions)),
        statistic=statistic,
        period_seconds=period,
        unit=metric.get("Unit") or None,
    )


def _rule(request: Mapping[str, Any], period_seconds: int) -> AlarmRule:
    periods = int(_required(request, "EvaluationPeriods"))
    to_alarm = request.get("DatapointsToAlarm")
    datapoints = periods if to_alarm is None else int(to_alarm)
    if periods < 1:
        raise ValidationError("EvaluationPeriods must be at least 1")
    if not 1 <= datapoints <= periods:
        raise ValidationError("DatapointsToAlarm must be between 1 and EvaluationPeriods")
    limit_seconds = _DAY_SECONDS if period_seconds < _HOUR_SECONDS else _WEEK_SECONDS
    if periods * period_seconds > limit_seconds:
        raise ValidationError(f"Period times EvaluationPeriods must be at most {limit_seconds} seconds")
    return AlarmRule(
        comparison=_one_of(Comparison, _required(request, "ComparisonOperator"), "ComparisonOperator"),
        threshold=float(_required(request, "Threshold")),
        evaluation_periods=periods,
        datapoints_to_alarm=datapoints,
        treat_missing_data=_one_of(TreatMissingData, request.get("TreatMissingData") or "missing", "TreatMissingData"),
        period_seconds=period_seconds,
    )


def _least_samples(request: Mapping[str, Any]) -> float:
    choice, percentile = request.get("EvaluateLowSampleCountPercentile"), request.get("ExtendedStatistic")
    if choice not in (None, "", "evaluate", "ignore"):
        raise ValidationError(f"EvaluateLowSampleCountPercentile must be evaluate or ignore, not '{choice}'")
    return least_samples(percentile) if percentile and choice == "ignore" else 0.0


def _one_of(values: type[_Choice], value: str, name: str) -> _Choice:
    try:
        return values(value)
    except ValueError:
        raise ValidationError(f"{name} must be one of {', '.join(values)}, not '{value}'") from None


def _required(request: Mapping[str, Any], name: str) -> Any:
    value = request.get(name)
    if value is None or value == "":
        raise ValidationError(f"{name} is required")
    return value


def _in_expression(name: str, error: MetricMathError) -> ValidationError:
    return ValidationError(
        f"Error in expression '{error.expression_id or name}' [{error.message} at char {error.position}]"
    )

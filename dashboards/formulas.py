"""What a measure can be: a formula in CloudWatch's metric math, over series whose keys are the ids in it.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

from dashboards.limits import P95_LIMIT_FACTOR
from dashboards.series import Series
from shared.names import METRIC_NAMESPACE, Dimension, Metric

# Few reads a minute reach a canary and metrics arrive late, so rates are taken over five minutes.
WINDOW_SECONDS: Final = 300
# A rate over few reads says little: no single failure, nor a pair, is worth a rollback.
MINIMUM_FAILURES: Final = 3
# Of fewer, the 95th percentile is the slowest one.
MINIMUM_LATENCIES: Final = 20


class Drawn(Protocol):
    """What a graph can show."""

    @property
    def label(self) -> str: ...

    @property
    def expression(self) -> str: ...

    @property
    def series(self) -> Mapping[str, Series]: ...


class Measure(Drawn, Protocol):
    """`expression` is what is drawn, `alarm_expression` what is compared with a limit."""

    @property
    def alarm_expression(self) -> str: ...


@dataclass(frozen=True, kw_only=True)
class ErrorRate:
    """Failures among attempts over `WINDOW_SECONDS`, in percent.

    `crashes` are failures that count neither in `failures` nor in `attempts`: what died could not tell of itself.
    """

    label: str
    failures: Series
    attempts: Series
    crashes: Series | None = None

    @property
    def expression(self) -> str:
        # No attempt counts as one, so an idle function has a rate of 0 and not a division by zero.
        if self.crashes is None:
            return "100 * FILL(failures, 0) / FILL(attempts, 1)"
        return "100 * (FILL(failures, 0) + FILL(crashes, 0)) / (FILL(attempts, 1) + FILL(crashes, 0))"

    @property
    def alarm_expression(self) -> str:
        """The rate where at least `MINIMUM_FAILURES` failures stand behind it, else 0."""
        failed = "FILL(failures, 0)" if self.crashes is None else "FILL(failures, 0) + FILL(crashes, 0)"
        return f"IF({failed} >= {MINIMUM_FAILURES}, {self.expression}, 0)"

    @property
    def series(self) -> Mapping[str, Series]:
        series = {"failures": self.failures, "attempts": self.attempts}
        return series if self.crashes is None else {**series, "crashes": self.crashes}


@dataclass(frozen=True, kw_only=True)
class LatencyExcess:
    """Milliseconds by which the candidate's p95 is above max(`P95_LIMIT_FACTOR` * the control's p95, `budget_ms`).

    The budget is there because a control that reads from memory makes any ratio large. Below 0 is within the limit.
    """

    label: str
    candidate: Series
    control: Series
    candidate_reads: Series
    budget_ms: int

    @property
    def limit_expression(self) -> str:
        """Milliseconds. Without a single read of the control, the budget alone."""
        of_control = f"{P95_LIMIT_FACTOR:g} * FILL(control, 0)"
        return f"IF({of_control} > {self.budget_ms}, {of_control}, {self.budget_ms})"

    @property
    def expression(self) -> str:
        return f"candidate - {self.limit_expression}"

    @property
    def alarm_expression(self) -> str:
        """The excess where at least `MINIMUM_LATENCIES` reads stand behind it, else 0."""
        return f"IF(FILL(reads, 0) >= {MINIMUM_LATENCIES}, FILL(candidate, 0) - {self.limit_expression}, 0)"

    @property
    def series(self) -> Mapping[str, Series]:
        return {"candidate": self.candidate, "control": self.control, "reads": self.candidate_reads}


@dataclass(frozen=True, kw_only=True)
class Total:
    """The sum of a few series over a window; a series without data counts as 0."""

    label: str
    parts: Mapping[str, Series] = field(hash=False)

    @property
    def expression(self) -> str:
        return " + ".join(f"FILL({series_id}, 0)" for series_id in self.parts)

    @property
    def alarm_expression(self) -> str:
        return self.expression

    @property
    def series(self) -> Mapping[str, Series]:
        return self.parts


@dataclass(frozen=True, kw_only=True)
class Share:
    """`part` in percent of all of `whole`. Where there is nothing to have a share of, no point at all: CloudWatch drops
    what was divided by zero.
    """

    label: str
    part: Series
    whole: Mapping[str, Series] = field(hash=False)

    @property
    def expression(self) -> str:
        whole = " + ".join(f"FILL({series_id}, 0)" for series_id in self.whole)
        return f"100 * FILL(part, 0) / ({whole})"

    @property
    def series(self) -> Mapping[str, Series]:
        return {"part": self.part, **self.whole}


@dataclass(frozen=True, kw_only=True)
class Multiple:
    """`factor` times a series: a line that moves with what it is compared with."""

    label: str
    factor: float
    of: Series

    @property
    def expression(self) -> str:
        return f"{self.factor:g} * of"

    @property
    def series(self) -> Mapping[str, Series]:
        return {"of": self.of}


@dataclass(frozen=True, kw_only=True)
class EachVersion:
    """The reads of a function by its versions, a line each: also of those that this template does not know.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/search-expression-syntax.html
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/graph-dynamic-labels.html
    """

    environment: str
    function_name: str

    @property
    def label(self) -> str:
        return f"version ${{PROP('Dim.{Dimension.VERSION}')}}"

    @property
    def expression(self) -> str:
        dimensions = f"{Dimension.ENVIRONMENT},{Dimension.FUNCTION},{Dimension.VERSION}"
        return (
            f"""SEARCH('{{"{METRIC_NAMESPACE}",{dimensions}}} MetricName="{Metric.REQUESTS}" """
            f"""{Dimension.ENVIRONMENT}="{self.environment}" {Dimension.FUNCTION}="{self.function_name}"', """
            f"""'Sum', {WINDOW_SECONDS})"""
        )

    @property
    def series(self) -> Mapping[str, Series]:
        return {}


@dataclass(frozen=True, kw_only=True)
class VersionShare:
    """One version's reads in percent of those of all versions."""

    label: str
    version: Series
    all_versions: EachVersion

    @property
    def expression(self) -> str:
        return f"100 * FILL(part, 0) / SUM({self.all_versions.expression})"

    @property
    def series(self) -> Mapping[str, Series]:
        return {"part": self.version}

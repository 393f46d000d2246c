"""The measures: each defined once, and shown, alarmed on and judged by that one definition.

Nothing here knows CDK: a stack turns a measure into an alarm or a graph, the operator's tool into a query. A measure's
`expression` is CloudWatch metric math over its `series`, whose keys are the ids that the expression uses.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

from shared.names import LIVE_ALIAS, METRIC_NAMESPACE, PATH_MOCK, PATH_PRISMA, Dimension, Metric, ResourceNames

# Few reads a minute reach a canary and metrics arrive late, so rates are taken over five minutes.
WINDOW_SECONDS: Final = 300
# A rate over few reads says little: no single failure, nor a pair, is worth a rollback.
MINIMUM_FAILURES: Final = 3
# Of fewer, the 95th percentile is the slowest one.
MINIMUM_LATENCIES: Final = 20

# The playbook's limits (section 4); the error rate's is the environment's.
P95_LIMIT_FACTOR: Final = 1.3
SHADOW_DIFF_LIMIT_PERCENT: Final = 1.0


@dataclass(frozen=True, kw_only=True)
class Series:
    """One CloudWatch metric with its statistic over a window."""

    namespace: str
    metric_name: str
    dimensions: Mapping[str, str] = field(hash=False)
    statistic: str


class Measure(Protocol):
    """`expression` is what is drawn, `alarm_expression` what is compared with a limit."""

    @property
    def label(self) -> str: ...

    @property
    def expression(self) -> str: ...

    @property
    def alarm_expression(self) -> str: ...

    @property
    def series(self) -> Mapping[str, Series]: ...


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


def lambda_error_rate(names: ResourceNames) -> ErrorRate:
    """The playbook's error rate: Errors / FILL(Invocations, 1) (section 3, "Métriques Clés")."""
    return ErrorRate(
        label="Lambda error rate (%)",
        failures=lambda_errors(names),
        attempts=lambda_invocations(names),
    )


def canary_error_rate(names: ResourceNames) -> ErrorRate:
    """Failures among the reads that were sent to Prisma, each of which the mock then answered.

    Its denominator is the canary's own reads, so it shows at 1 % what a rate over all reads hides.
    """
    return ErrorRate(
        label="Canary error rate (%)",
        failures=path_errors(names, PATH_PRISMA),
        attempts=path_requests(names, PATH_PRISMA),
    )


def version_error_rate(names: ResourceNames, function_name: str, version: str) -> ErrorRate:
    """Failures among the reads that one version of a function served through `live`.

    Handled failures are in our own metrics and never reach Lambda's Errors. An exception that leaves the handler, and a
    handler that cannot even be imported, are in Lambda's Errors and never reach ours. So a read is in one of the two.
    Lambda's part is by executed version: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
    """
    return ErrorRate(
        label=f"Error rate of the version of {function_name} (%)",
        failures=_version_series(names, function_name, version, Metric.ERRORS),
        attempts=_version_series(names, function_name, version, Metric.REQUESTS),
        crashes=Series(
            namespace="AWS/Lambda",
            metric_name="Errors",
            dimensions={
                "FunctionName": function_name,
                "Resource": f"{function_name}:{LIVE_ALIAS}",
                "ExecutedVersion": version,
            },
            statistic="Sum",
        ),
    )


def canary_latency_excess(names: ResourceNames, latency_budget_ms: int) -> LatencyExcess:
    """How far the canary's p95 is above its limit, over reads that Prisma answered."""
    return LatencyExcess(
        label="Canary p95 above its limit (ms)",
        candidate=path_latency_p95(names, PATH_PRISMA),
        control=path_latency_p95(names, PATH_MOCK),
        candidate_reads=_path_series(names, PATH_PRISMA, Metric.LATENCY, "SampleCount"),
        budget_ms=latency_budget_ms,
    )


def shadow_diff_rate(names: ResourceNames) -> ErrorRate:
    """Differing answers among those compared in the shadow."""
    return ErrorRate(
        label="Shadow differences (%)",
        failures=_environment_series(names, Metric.SHADOW_MISMATCHES),
        attempts=_environment_series(names, Metric.SHADOW_COMPARISONS),
    )


def traffic(names: ResourceNames) -> Total:
    """Reads, whichever path was chosen for them."""
    return Total(
        label="Reads",
        parts={"mock": path_requests(names, PATH_MOCK), "prisma": path_requests(names, PATH_PRISMA)},
    )


def guardian_trouble(names: ResourceNames) -> Total:
    """What the rollback guardian could not do: invocations that failed, and messages given up."""
    return Total(
        label="Failures of the rollback guardian",
        parts={
            "errors": _lambda_series(names.rollback_guardian_function, "Errors", "Sum"),
            "undone": Series(
                namespace="AWS/SQS",
                metric_name="ApproximateNumberOfMessagesVisible",
                dimensions={"QueueName": names.rollback_guardian_failures},
                statistic="Maximum",
            ),
        },
    )


def lambda_invocations(names: ResourceNames) -> Series:
    return _lambda_series(names.mock_read_function, "Invocations", "Sum")


def lambda_errors(names: ResourceNames) -> Series:
    return _lambda_series(names.mock_read_function, "Errors", "Sum")


def lambda_duration_p95(names: ResourceNames) -> Series:
    """Milliseconds."""
    return _lambda_series(names.mock_read_function, "Duration", "p95")


def path_latency_p95(names: ResourceNames, path: str) -> Series:
    """Milliseconds of the reads that `path` served."""
    return _path_series(names, path, Metric.LATENCY, "p95")


def path_requests(names: ResourceNames, path: str) -> Series:
    return _path_series(names, path, Metric.REQUESTS, "Sum")


def path_errors(names: ResourceNames, path: str) -> Series:
    return _path_series(names, path, Metric.ERRORS, "Sum")


def _lambda_series(function_name: str, metric_name: str, statistic: str) -> Series:
    return Series(
        namespace="AWS/Lambda",
        metric_name=metric_name,
        dimensions={"FunctionName": function_name},
        statistic=statistic,
    )


def _environment_series(names: ResourceNames, metric_name: str) -> Series:
    return _own_series(names, metric_name, "Sum")


def _path_series(names: ResourceNames, path: str, metric_name: str, statistic: str) -> Series:
    return _own_series(names, metric_name, statistic, {Dimension.PATH: path})


def _version_series(names: ResourceNames, function_name: str, version: str, metric_name: str) -> Series:
    return _own_series(names, metric_name, "Sum", {Dimension.FUNCTION: function_name, Dimension.VERSION: version})


def _own_series(
    names: ResourceNames, metric_name: str, statistic: str, dimensions: Mapping[str, str] | None = None
) -> Series:
    return Series(
        namespace=METRIC_NAMESPACE,
        metric_name=metric_name,
        dimensions={Dimension.ENVIRONMENT: names.environment, **(dimensions or {})},
        statistic=statistic,
    )

"""The measures: each defined once, and shown, alarmed on and judged by that one definition.

Nothing here knows CDK: a stack turns a measure into an alarm or a graph, the operator's tool into a query.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from shared.names import METRIC_NAMESPACE, Dimension, Metric, ResourceNames

# Few reads a minute reach a canary and metrics arrive late, so rates are taken over five minutes.
WINDOW_SECONDS: Final = 300
# A rate over few reads says little: no single failure, nor a pair, is worth a rollback.
MINIMUM_FAILURES: Final = 3


@dataclass(frozen=True, kw_only=True)
class Series:
    """One CloudWatch metric with its statistic over a window."""

    namespace: str
    metric_name: str
    dimensions: Mapping[str, str] = field(hash=False)
    statistic: str


@dataclass(frozen=True, kw_only=True)
class ErrorRate:
    """Failures among attempts over `WINDOW_SECONDS`, in percent, as CloudWatch metric math over two series."""

    label: str
    failures: Series
    attempts: Series

    # No attempt counts as one, so an idle function has a rate of 0 and not a division by zero.
    expression: str = "100 * FILL(failures, 0) / FILL(attempts, 1)"

    @property
    def alarm_expression(self) -> str:
        """The rate where at least `MINIMUM_FAILURES` failures stand behind it, else 0."""
        return f"IF(FILL(failures, 0) >= {MINIMUM_FAILURES}, {self.expression}, 0)"

    @property
    def series(self) -> Mapping[str, Series]:
        """The series by the ids that both expressions use."""
        return {"failures": self.failures, "attempts": self.attempts}


def _lambda_series(function_name: str, metric_name: str, statistic: str) -> Series:
    return Series(
        namespace="AWS/Lambda",
        metric_name=metric_name,
        dimensions={"FunctionName": function_name},
        statistic=statistic,
    )


def lambda_error_rate(names: ResourceNames) -> ErrorRate:
    """The playbook's error rate: Errors / FILL(Invocations, 1) (section 3, "Métriques Clés")."""
    return ErrorRate(
        label="Lambda error rate (%)",
        failures=lambda_errors(names),
        attempts=lambda_invocations(names),
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


def _path_series(names: ResourceNames, path: str, metric_name: str, statistic: str) -> Series:
    return Series(
        namespace=METRIC_NAMESPACE,
        metric_name=metric_name,
        dimensions={Dimension.ENVIRONMENT: names.environment, Dimension.PATH: path},
        statistic=statistic,
    )

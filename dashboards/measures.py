"""The measures: each defined once, and shown, alarmed on and judged by that one definition.

Nothing here knows CDK: a stack turns a measure into an alarm or a graph, the operator's tool into a query.
"""

from dashboards.formulas import EachVersion, ErrorRate, LatencyExcess, Multiple, Share, Total, VersionShare
from dashboards.series import (
    environment_sum,
    guardian_errors,
    guardian_messages_given_up,
    lambda_errors,
    lambda_errors_of_version,
    lambda_invocations,
    path_errors,
    path_latency_count,
    path_latency_p95,
    path_requests,
    version_errors,
    version_requests,
)
from shared.names import PATH_MOCK, PATH_PRISMA, Metric, ResourceNames


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
    """
    return ErrorRate(
        label=f"Error rate of the version of {function_name} (%)",
        failures=version_errors(names, function_name, version),
        attempts=version_requests(names, function_name, version),
        crashes=lambda_errors_of_version(function_name, version),
    )


def canary_latency_excess(names: ResourceNames, latency_budget_ms: int) -> LatencyExcess:
    """How far the canary's p95 is above its limit, over reads that Prisma answered."""
    return LatencyExcess(
        label="Canary p95 above its limit (ms)",
        candidate=path_latency_p95(names, PATH_PRISMA),
        control=path_latency_p95(names, PATH_MOCK),
        candidate_reads=path_latency_count(names, PATH_PRISMA),
        budget_ms=latency_budget_ms,
    )


def mock_p95_times(names: ResourceNames, factor: float) -> Multiple:
    """The playbook's line for the canary's p95."""
    return Multiple(label=f"mock {factor - 1:+.0%}", factor=factor, of=path_latency_p95(names, PATH_MOCK))


def shadow_diff_rate(names: ResourceNames) -> ErrorRate:
    """Differing answers among those compared in the shadow."""
    return ErrorRate(
        label="Shadow differences (%)",
        failures=environment_sum(names, Metric.SHADOW_MISMATCHES),
        attempts=environment_sum(names, Metric.SHADOW_COMPARISONS),
    )


def shadow_error_rate(names: ResourceNames) -> ErrorRate:
    """Attempts to compare that failed, by the reads sampled. A read may be tried more than once."""
    return ErrorRate(
        label="Shadow errors (%)",
        failures=environment_sum(names, Metric.SHADOW_ERRORS),
        attempts=environment_sum(names, Metric.SHADOW_REQUESTS),
    )


def shadow_coverage(names: ResourceNames) -> Share:
    """Comparisons by the reads sampled. Comparisons come later: what one window lacks, the next has above 100."""
    return Share(
        label="Shadow coverage (%)",
        part=environment_sum(names, Metric.SHADOW_COMPARISONS),
        whole={"sampled": environment_sum(names, Metric.SHADOW_REQUESTS)},
    )


def path_dial(names: ResourceNames) -> Share:
    """The share of reads that is sent to Prisma: what the flag does, whatever it says."""
    return Share(
        label="reads sent to Prisma (%)",
        part=path_requests(names, PATH_PRISMA),
        whole={"mock": path_requests(names, PATH_MOCK), "prisma": path_requests(names, PATH_PRISMA)},
    )


def code_dial(names: ResourceNames, function_name: str, version: str) -> VersionShare:
    """The share of a function's reads that a version serves: what the alias does, whatever its weights say."""
    return VersionShare(
        label=f"{function_name} by its newest version (%)",
        version=version_requests(names, function_name, version),
        all_versions=reads_by_version(names, function_name),
    )


def reads_by_version(names: ResourceNames, function_name: str) -> EachVersion:
    return EachVersion(environment=names.environment, function_name=function_name)


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
        parts={"errors": guardian_errors(names), "undone": guardian_messages_given_up(names)},
    )

"""What the operator's tool finds in the account: the environment's own figures, and the journal of what was done."""

import json
from typing import Any

from aws_cdk import RemovalPolicy
from aws_cdk import aws_logs as logs
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from stacks.acknowledgements import acknowledge
from stacks.environments import Environment


class OperatorRecords(Construct):
    """A parameter to read, and a log group to append to. Whoever operates may do that; no function may."""

    def __init__(self, scope: Construct, construct_id: str, *, environment: Environment) -> None:
        super().__init__(scope, construct_id)
        names = environment.names
        ssm.StringParameter(
            self,
            "Settings",
            parameter_name=names.settings_parameter,
            description="What the playbook's command line goes by",
            string_value=json.dumps(_settings(environment), sort_keys=True),
        )
        journal = logs.LogGroup(
            self,
            "Journal",
            log_group_name=names.journal_log_group,
            # Who did what and when is asked for long after a launch, and it is a few lines.
            retention=logs.RetentionDays.ONE_YEAR,
            removal_policy=RemovalPolicy.RETAIN if environment.retain_data else RemovalPolicy.DESTROY,
        )
        acknowledge(
            journal,
            "NIST.800.53.R5-CloudWatchLogGroupEncrypted",
            reason="CloudWatch Logs encrypts at rest with its own key; the journal names operators, and no user.",
        )


def _settings(environment: Environment) -> dict[str, Any]:
    return {
        "error_rate_limit_percent": environment.error_rate_limit_percent,
        "latency_budget_ms": environment.latency_budget_ms,
        "candidate_timeout_ms": environment.candidate_timeout_ms,
        "flag_poll_interval_seconds": environment.flag_poll_interval_seconds,
        "flag_deployment_minutes": environment.flag_deployment_minutes,
        "flag_bake_minutes": environment.flag_bake_minutes,
        "prisma_provisioned_concurrency": environment.prisma_provisioned_concurrency,
        "prisma_reserved_concurrency": environment.prisma_reserved_concurrency,
        "shadow_reserved_concurrency": environment.shadow_reserved_concurrency,
        "ramp_hold_minutes": dict(environment.ramp_hold_minutes),
    }

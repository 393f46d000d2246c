"""Everything that `playbook` may do: a policy for the role of whoever runs the beta, attached to nobody here.

Its actions are those of the tool's own calls, and a rehearsal runs the tool with nothing else.
https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from collections.abc import Iterable, Sequence
from typing import Final

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from constructs import Construct

from dashboards.queries import saved_queries
from shared.names import LIVE_ALIAS
from stacks.acknowledgements import acknowledge, wildcard_finding
from stacks.alarm_access import any_alarm_arn
from stacks.environments import Environment
from stacks.feature_flags import FeatureFlags
from stacks.flag_arns import application, deployments, environments, of_appconfig, profiles, versions

_READS_WITHOUT_RESOURCE: Final = (
    "appconfig:ListApplications",
    "appconfig:ListDeploymentStrategies",
    "cloudwatch:GetMetricData",
    "codedeploy:GetDeploymentTarget",
    "codedeploy:ListDeploymentTargets",
    "lambda:GetAccountSettings",
    "lambda:ListEventSourceMappings",
    "logs:DescribeQueryDefinitions",
    # It is told the number of a query, which names no log group.
    "logs:GetQueryResults",
    "xray:GetTraceSummaries",
)


class OperatorAccess(Construct):
    """Reads what tells of the beta, turns both dials, and writes the journal."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        flags: FeatureFlags,
        topics: Sequence[sns.ITopic],
    ) -> None:
        super().__init__(scope, construct_id)
        self._names, self._flags = environment.names, flags
        self._policy = iam.ManagedPolicy(
            self,
            "Policy",
            managed_policy_name=self._names.operator_policy,
            description="What the command line of the playbook needs, and nothing else",
            statements=[*self._reading(topics), *self._turning()],
        )
        self._acknowledge()

    def _reading(self, topics: Sequence[sns.ITopic]) -> list[iam.PolicyStatement]:
        names = self._names
        capped = (names.prisma_read_function, names.prisma_shadow_function, names.rollback_guardian_function)
        return [
            iam.PolicyStatement(sid="LookAround", actions=list(_READS_WITHOUT_RESOURCE), resources=["*"]),
            iam.PolicyStatement(
                sid="ReadTheFlags",
                actions=[
                    "appconfig:GetDeployment",
                    "appconfig:GetHostedConfigurationVersion",
                    "appconfig:ListConfigurationProfiles",
                    "appconfig:ListDeployments",
                    "appconfig:ListEnvironments",
                    "appconfig:ListHostedConfigurationVersions",
                ],
                resources=of_appconfig(self, *self._parts(), *versions(self._flags), *deployments(self._flags)),
            ),
            iam.PolicyStatement(
                sid="ReadTheCanaries",
                actions=["codedeploy:BatchGetDeployments", "codedeploy:GetDeployment", "codedeploy:ListDeployments"],
                resources=self._arns(
                    "codedeploy",
                    "deploymentgroup",
                    (
                        f"{names.codedeploy_application}/{group}"
                        for group in (names.mock_read_deployment_group, names.prisma_read_deployment_group)
                    ),
                ),
            ),
            iam.PolicyStatement(
                sid="ReadReservations",
                actions=["lambda:GetFunctionConcurrency"],
                resources=self._arns("lambda", "function", capped),
            ),
            iam.PolicyStatement(
                sid="ReadTheLogs",
                actions=["logs:FilterLogEvents", "logs:StartQuery"],
                resources=self._arns("logs", "log-group", self._log_streams()),
            ),
            iam.PolicyStatement(
                sid="ReadTheAlarms",
                actions=["cloudwatch:DescribeAlarmHistory", "cloudwatch:DescribeAlarms"],
                resources=[any_alarm_arn(self)],
            ),
            iam.PolicyStatement(
                sid="ReadTheDashboard",
                actions=["cloudwatch:GetDashboard"],
                resources=[
                    # Dashboards are of no region.
                    Stack.of(self).format_arn(
                        service="cloudwatch", region="", resource="dashboard", resource_name=names.dashboard
                    )
                ],
            ),
            iam.PolicyStatement(
                sid="SeeWhoIsTold",
                actions=["sns:GetSubscriptionAttributes", "sns:ListSubscriptionsByTopic"],
                resources=[topic.topic_arn for topic in topics],
            ),
            iam.PolicyStatement(
                sid="ReadTheSettings",
                actions=["ssm:GetParameter"],
                resources=[
                    Stack.of(self).format_arn(
                        service="ssm", resource="parameter", resource_name=names.settings_parameter.removeprefix("/")
                    )
                ],
            ),
        ]

    def _turning(self) -> list[iam.PolicyStatement]:
        names, flags = self._names, self._flags
        strategies = (flags.canary_strategy_id, flags.immediate_strategy_id)
        moved = (names.mock_read_function, names.prisma_read_function)
        return [
            iam.PolicyStatement(
                sid="TurnTheFlags",
                actions=["appconfig:CreateHostedConfigurationVersion", "appconfig:StartDeployment"],
                resources=of_appconfig(self, *self._parts(), *(f"deploymentstrategy/{each}" for each in strategies)),
            ),
            iam.PolicyStatement(
                sid="MoveTheAliases",
                actions=["lambda:GetAlias", "lambda:ListVersionsByFunction", "lambda:UpdateAlias"],
                resources=self._arns("lambda", "function", (*moved, *(f"{name}:{LIVE_ALIAS}" for name in moved))),
            ),
            # AWS knows no resource for it.
            iam.PolicyStatement(sid="EndACanary", actions=["codedeploy:StopDeployment"], resources=["*"]),
            iam.PolicyStatement(
                sid="ReadAndMigrate",
                actions=["lambda:InvokeFunction"],
                resources=self._arns("lambda", "function", (self._read_versions(), names.prisma_migrate_function)),
            ),
            iam.PolicyStatement(
                sid="KeepTheJournal",
                actions=["logs:CreateLogStream", "logs:PutLogEvents"],
                resources=self._arns("logs", "log-group", [_streams(names.journal_log_group)]),
            ),
        ]

    def _acknowledge(self) -> None:
        acknowledge(
            self._policy,
            "AwsSolutions-IAM5[Resource::*]",
            reason="AWS forces * for these actions: all read, but the one that ends a canary and so makes reads safe.",
        )
        acknowledge(
            self._policy,
            *(
                wildcard_finding(self._policy, "appconfig", path)
                for path in (*versions(self._flags), *deployments(self._flags))
            ),
            reason="The number is AppConfig's own, given when a version is made or a deployment starts.",
        )
        acknowledge(
            self._policy,
            wildcard_finding(self._policy, "cloudwatch", "alarm:*"),
            reason="A call that names no alarm is checked against alarm:*; it only reads states.",
        )
        acknowledge(
            self._policy,
            wildcard_finding(self._policy, "lambda", f"function:{self._read_versions()}"),
            reason="Each deployment makes a version with a number of its own, and probes read by that number.",
        )
        acknowledge(
            self._policy,
            *(wildcard_finding(self._policy, "logs", f"log-group:{streams}") for streams in self._log_streams()),
            reason="Streams have names that Lambda makes up, and each command that writes the journal has its own.",
        )

    def _parts(self) -> list[str]:
        return [application(self._flags), *profiles(self._flags), *environments(self._flags)]

    def _read_versions(self) -> str:
        return f"{self._names.mock_read_function}:*"

    def _log_streams(self) -> list[str]:
        groups = {group for query in saved_queries(self._names) for group in query.log_groups}
        return [_streams(group) for group in sorted({*groups, self._names.journal_log_group})]

    def _arns(self, service: str, resource: str, names: Iterable[str]) -> list[str]:
        stack = Stack.of(self)
        return [
            stack.format_arn(
                service=service, resource=resource, resource_name=name, arn_format=ArnFormat.COLON_RESOURCE_NAME
            )
            for name in names
        ]


def _streams(log_group: str) -> str:
    """AWS checks calls that read a whole group against its streams, too."""
    return f"{log_group}:*"

"""Everything that `playbook` may do: a policy for the role of whoever runs the beta, attached to nobody here.

Its actions are those of the tool's own calls, and a rehearsal runs the tool with nothing else.
https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from collections.abc import Sequence
from typing import Final

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from constructs import Construct

from dashboards.queries import saved_queries
from shared.names import LIVE_ALIAS
from stacks.acknowledgements import acknowledge, acknowledge_wildcards
from stacks.alarm_access import any_alarm_arn
from stacks.arns import arn_here, arns_here
from stacks.environments import Environment
from stacks.feature_flags import FeatureFlags
from stacks.flag_parts import application, deployments, environments, profiles, versions

_READS_WITHOUT_RESOURCE: Final = (
    "appconfig:ListApplications",
    "appconfig:ListDeploymentStrategies",
    "cloudwatch:GetMetricData",
    "cloudwatch:GetMetricWidgetImage",
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
        names = environment.names
        self._names, self._flags, self._topics = names, flags, topics
        self._flag_parts = arns_here(self, "appconfig", application(flags), *profiles(flags), *environments(flags))
        self._versions = arns_here(self, "appconfig", *versions(flags))
        self._deployments = arns_here(self, "appconfig", *deployments(flags))
        self._alarms = any_alarm_arn(self)
        self._read_versions = arn_here(self, "lambda", f"function:{names.mock_read_function}:*")
        # AWS checks a call that reads a whole group against its streams.
        groups = {group for query in saved_queries(names) for group in query.log_groups}
        self._journal, *self._logs = arns_here(
            self, "logs", *(f"log-group:{group}:*" for group in (names.journal_log_group, *sorted(groups)))
        )
        policy = iam.ManagedPolicy(
            self,
            "Policy",
            managed_policy_name=names.operator_policy,
            description="What the command line of the playbook needs, and nothing else",
            statements=[*self._reading(), *self._turning()],
        )
        self._acknowledge(policy)

    def _reading(self) -> list[iam.PolicyStatement]:
        names = self._names
        capped = (names.prisma_read_function, names.prisma_shadow_function, names.rollback_guardian_function)
        groups = (names.mock_read_deployment_group, names.prisma_read_deployment_group)
        # Dashboards are of no region.
        dashboard = Stack.of(self).format_arn(
            service="cloudwatch", region="", resource="dashboard", resource_name=names.dashboard
        )
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
                resources=[*self._flag_parts, *self._versions, *self._deployments],
            ),
            iam.PolicyStatement(
                sid="ReadTheCanaries",
                actions=["codedeploy:BatchGetDeployments", "codedeploy:GetDeployment", "codedeploy:ListDeployments"],
                resources=arns_here(
                    self,
                    "codedeploy",
                    *(f"deploymentgroup:{names.codedeploy_application}/{group}" for group in groups),
                ),
            ),
            iam.PolicyStatement(
                sid="ReadReservations",
                actions=["lambda:GetFunctionConcurrency"],
                resources=arns_here(self, "lambda", *(f"function:{name}" for name in capped)),
            ),
            iam.PolicyStatement(
                sid="ReadTheLogs",
                actions=["logs:FilterLogEvents", "logs:StartQuery"],
                resources=[*self._logs, self._journal],
            ),
            iam.PolicyStatement(
                sid="ReadTheAlarms",
                actions=["cloudwatch:DescribeAlarmHistory", "cloudwatch:DescribeAlarms"],
                resources=[self._alarms],
            ),
            iam.PolicyStatement(sid="ReadTheDashboard", actions=["cloudwatch:GetDashboard"], resources=[dashboard]),
            iam.PolicyStatement(
                sid="SeeWhoIsTold",
                actions=["sns:GetSubscriptionAttributes", "sns:ListSubscriptionsByTopic"],
                resources=[topic.topic_arn for topic in self._topics],
            ),
            iam.PolicyStatement(
                sid="ReadTheSettings",
                actions=["ssm:GetParameter"],
                resources=[arn_here(self, "ssm", f"parameter{names.settings_parameter}")],
            ),
        ]

    def _turning(self) -> list[iam.PolicyStatement]:
        names, flags = self._names, self._flags
        strategies = (flags.canary_strategy_id, flags.immediate_strategy_id)
        moved = (names.mock_read_function, names.prisma_read_function)
        return [
            iam.PolicyStatement(
                sid="TurnTheFlags",
                actions=[
                    "appconfig:CreateHostedConfigurationVersion",
                    "appconfig:StartDeployment",
                    # A deployment that is under way is in the way of the one to safety.
                    "appconfig:StopDeployment",
                ],
                resources=[
                    *self._flag_parts,
                    *self._deployments,
                    *arns_here(self, "appconfig", *(f"deploymentstrategy/{each}" for each in strategies)),
                ],
            ),
            iam.PolicyStatement(
                sid="MoveTheAliases",
                actions=["lambda:GetAlias", "lambda:ListVersionsByFunction", "lambda:UpdateAlias"],
                resources=arns_here(
                    self,
                    "lambda",
                    *(f"function:{name}{qualifier}" for name in moved for qualifier in ("", f":{LIVE_ALIAS}")),
                ),
            ),
            # AWS knows no resource for it.
            iam.PolicyStatement(sid="EndACanary", actions=["codedeploy:StopDeployment"], resources=["*"]),
            iam.PolicyStatement(
                sid="ReadAndMigrate",
                actions=["lambda:InvokeFunction"],
                resources=[self._read_versions, arn_here(self, "lambda", f"function:{names.prisma_migrate_function}")],
            ),
            iam.PolicyStatement(
                sid="KeepTheJournal",
                actions=["logs:CreateLogStream", "logs:PutLogEvents"],
                resources=[self._journal],
            ),
        ]

    def _acknowledge(self, policy: iam.ManagedPolicy) -> None:
        acknowledge(
            policy,
            "AwsSolutions-IAM5[Resource::*]",
            reason="AWS forces * for these actions: all read, but the one that ends a canary and so makes reads safe.",
        )
        acknowledge_wildcards(
            policy,
            *self._versions,
            *self._deployments,
            reason="The number is AppConfig's own, given when a version is made or a deployment starts.",
        )
        acknowledge_wildcards(
            policy, self._alarms, reason="A call that names no alarm is checked against alarm:*; it only reads states."
        )
        acknowledge_wildcards(
            policy,
            self._read_versions,
            reason="Each deployment makes a version with a number of its own, and probes read by that number.",
        )
        acknowledge_wildcards(
            policy,
            *self._logs,
            self._journal,
            reason="Streams have names that Lambda makes up, and each command that writes the journal has its own.",
        )

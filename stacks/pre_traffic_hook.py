"""The function that CodeDeploy asks before it sends users to a new version."""

from typing import Final

from aws_cdk import aws_iam as iam
from constructs import Construct

from stacks.acknowledgements import acknowledge, acknowledge_wildcards
from stacks.arns import arns_here
from stacks.bundle import PRE_TRAFFIC_HOOK
from stacks.environments import Environment
from stacks.observed_function import ObservedFunction
from stacks.package_code import package_code

# CodeDeploy waits an hour for a hook; fourteen users on two paths take seconds.
_TIMEOUT_SECONDS: Final = 180


class PreTrafficHook(Construct):
    """`function` tries versions of both functions.

    Functions, application and groups are named literally: their aliases wait for this function.
    """

    def __init__(self, scope: Construct, construct_id: str, *, environment: Environment) -> None:
        super().__init__(scope, construct_id)
        names = environment.names
        functions = (names.mock_read_function, names.prisma_read_function)
        versions = arns_here(self, "lambda", *(f"function:{name}:*" for name in functions))
        groups = [names.mock_read_deployment_group, names.prisma_read_deployment_group]
        observed = ObservedFunction(
            self,
            "Hook",
            environment=environment,
            function_name=names.pre_traffic_hook_function,
            description="Reads fixed users through a new version before CodeDeploy sends users to it",
            handler="pre_traffic_hook.handler.lambda_handler",
            code=package_code(PRE_TRAFFIC_HOOK, environment),
            memory_mb=256,
            timeout_seconds=_TIMEOUT_SECONDS,
            variables={"HUNTAZE_ENVIRONMENT": environment.name},
            statements=[
                iam.PolicyStatement(
                    sid="ProbeVersions",
                    actions=["lambda:InvokeFunction"],
                    resources=versions,
                ),
                # Neither knows a resource: AWS forces * for these two.
                # https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscodedeploy.html
                iam.PolicyStatement(
                    sid="SeeWhatIsDeployed",
                    actions=["codedeploy:GetDeploymentTarget", "codedeploy:ListDeploymentTargets"],
                    resources=["*"],
                ),
                iam.PolicyStatement(
                    sid="SayWhetherToGoOn",
                    actions=["codedeploy:PutLifecycleEventHookExecutionStatus"],
                    resources=arns_here(
                        self,
                        "codedeploy",
                        *(f"deploymentgroup:{names.codedeploy_application}/{group}" for group in groups),
                    ),
                ),
            ],
        )
        self.function = observed.function
        acknowledge_wildcards(
            observed.policy,
            *versions,
            reason="Which number the new version will have is known to CodeDeploy only when it asks.",
        )
        acknowledge(
            self.function,
            "NIST.800.53.R5-LambdaInsideVPC",
            reason="It reaches AWS's own services only, and nothing in a VPC.",
        )
        acknowledge(
            self.function,
            "NIST.800.53.R5-LambdaDLQ",
            "Serverless-LambdaDLQ",
            reason="CodeDeploy waits for the answer, and a deployment without one fails by itself.",
        )
        acknowledge(
            self.function,
            "NIST.800.53.R5-LambdaConcurrency",
            reason="It runs once a deployment, and a deployment group has one deployment at a time.",
        )

"""The database side: the candidate, the shadow comparison and the migrations, from one package."""

from collections.abc import Mapping, Sequence
from typing import Final

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_destinations as destinations
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from shared.names import LogToken
from stacks.acknowledgements import acknowledge
from stacks.database_access import DatabaseAccess, SecretAccess, secret_statements
from stacks.digest_key import DigestKey
from stacks.environments import BundlePlatform, Environment
from stacks.observed_function import ObservedFunction
from stacks.prisma_code import prisma_code

# A read that takes longer is of no use to its caller; the engine's own limits lie below it.
_READ_TIMEOUT_SECONDS: Final = 10
_SHADOW_TIMEOUT_SECONDS: Final = 60
_MIGRATE_TIMEOUT_SECONDS: Final = 300
# An older line describes a user as they no longer are.
_SHADOW_EVENT_AGE_SECONDS: Final = 300
_SHADOW_RETRIES: Final = 1
# Where Lambda unpacks a function's package.
_TASK_ROOT: Final = "/var/task"


class PrismaFunctions(Construct):
    """`read` is the candidate; `shadow` compares what `subscribe` sends it; `migrate` is invoked by the operator."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        database: DatabaseAccess,
        digest_key: DigestKey,
    ) -> None:
        super().__init__(scope, construct_id)
        self._environment = environment
        self._database = database
        self._code = prisma_code(self, environment)
        names = environment.names

        self.read = self._function(
            "Read",
            function_name=names.prisma_read_function,
            description="Reads a user from PostgreSQL through Prisma: the candidate",
            handler="prisma_read.handler.lambda_handler",
            variables={},
            secrets=[database.reader],
            timeout_seconds=_READ_TIMEOUT_SECONDS,
            reserved_concurrency=environment.prisma_reserved_concurrency,
        )
        failures = self._failure_queue()
        self.shadow = self._function(
            "Shadow",
            function_name=names.prisma_shadow_function,
            description="Reads each logged read again through the other path and compares the answers",
            handler="prisma_read.shadow_handler.lambda_handler",
            variables={"HUNTAZE_DIGEST_KEY": digest_key.value},
            secrets=[database.reader],
            statements=[
                iam.PolicyStatement(
                    sid="KeepFailedBatches", actions=["sqs:SendMessage"], resources=[failures.queue_arn]
                )
            ],
            timeout_seconds=_SHADOW_TIMEOUT_SECONDS,
            reserved_concurrency=environment.shadow_reserved_concurrency,
        )
        self.migrate = self._function(
            "Migrate",
            function_name=names.prisma_migrate_function,
            description="Applies prisma/migrations and keeps the reader's role",
            handler="prisma_read.migrate_handler.lambda_handler",
            variables={
                "HUNTAZE_DATABASE_ADMIN_SECRET_ID": database.admin.secret_id,
                "HUNTAZE_ALLOW_SEED": "1" if environment.allow_seed else "0",
            },
            secrets=[database.reader, database.admin],
            timeout_seconds=_MIGRATE_TIMEOUT_SECONDS,
            reserved_concurrency=1,
        )
        for function in (self.read, self.migrate):
            acknowledge(
                function,
                "NIST.800.53.R5-LambdaDLQ",
                "Serverless-LambdaDLQ",
                reason="It is invoked synchronously only, which has no dead letters: the caller sees the failure.",
            )
        self.shadow.configure_async_invoke(
            max_event_age=Duration.seconds(_SHADOW_EVENT_AGE_SECONDS),
            retry_attempts=_SHADOW_RETRIES,
            on_failure=destinations.SqsDestination(failures),
        )
        acknowledge(
            self.shadow,
            "NIST.800.53.R5-LambdaDLQ",
            "Serverless-LambdaDLQ",
            reason="Its failure destination keeps what could not be compared, with the reason, which a DLQ would not.",
        )

    def subscribe(self, log_group: logs.LogGroup) -> None:
        """Send each read that `log_group` says is to be compared. The log is the bus: reads wait for nothing."""
        permission = lambda_.CfnPermission(
            self,
            "ShadowMayBeInvoked",
            action="lambda:InvokeFunction",
            function_name=self.shadow.function_arn,
            principal="logs.amazonaws.com",
            source_arn=log_group.log_group_arn,
            source_account=Stack.of(self).account,
        )
        subscription = logs.CfnSubscriptionFilter(
            self,
            "ShadowBus",
            log_group_name=log_group.log_group_name,
            filter_name=self._environment.names.prisma_shadow_function,
            filter_pattern=f'"{LogToken.SHADOW_REQUEST}"',
            destination_arn=self.shadow.function_arn,
        )
        # CloudWatch Logs tries the function when the filter is made.
        subscription.add_resource_dependency(permission)

    def _function(
        self,
        construct_id: str,
        *,
        function_name: str,
        description: str,
        handler: str,
        variables: Mapping[str, str],
        secrets: Sequence[SecretAccess],
        timeout_seconds: int,
        reserved_concurrency: int,
        statements: Sequence[iam.PolicyStatement] = (),
    ) -> lambda_.Function:
        environment = self._environment
        everywhere = {
            "HUNTAZE_ENVIRONMENT": environment.name,
            "HUNTAZE_DATABASE_SECRET_ID": self._database.reader.secret_id,
            "HUNTAZE_QUERY_TIMEOUT_MS": str(environment.query_timeout_ms),
        }
        if environment.bundle_platform is BundlePlatform.LAMBDA:
            everywhere["PRISMA_QUERY_ENGINE_BINARY"] = f"{_TASK_ROOT}/query-engine"
        function = ObservedFunction(
            self,
            construct_id,
            environment=environment,
            function_name=function_name,
            description=description,
            handler=handler,
            code=self._code,
            variables={**everywhere, **variables},
            statements=[*secret_statements(self, self._database, secrets), *statements],
            timeout_seconds=timeout_seconds,
            memory_mb=1024,
            reserved_concurrency=reserved_concurrency,
            network=self._database.network,
        ).function
        if self._database.network is None:
            acknowledge(
                function,
                "NIST.800.53.R5-LambdaInsideVPC",
                reason="The database is reached over TLS; where an environment names subnets, it is in them.",
            )
        return function

    def _failure_queue(self) -> sqs.Queue:
        queue = sqs.Queue(
            self,
            "ShadowFailures",
            queue_name=f"{self._environment.names.prisma_shadow_function}-failures",
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=Duration.days(14),
            removal_policy=RemovalPolicy.RETAIN if self._environment.retain_data else RemovalPolicy.DESTROY,
        )
        acknowledge(
            queue,
            "AwsSolutions-SQS3",
            "Serverless-SQSRedrivePolicy",
            reason="Failed batches end here, for a person to look at; nothing takes messages from it to redrive.",
        )
        return queue

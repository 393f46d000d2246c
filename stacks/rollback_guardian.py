"""The function that turns the path dial back when a rollback alarm fires, and what brings it the news.

An alarm comes straight from the topic, for each second counts. That it is OK again comes by way of a queue, for then
there is time, and the flag is to be turned off in the end, however often that takes.
"""

from collections.abc import Sequence
from typing import Final

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_destinations as destinations
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from dashboards.alarms import guardian_failed_alarm
from stacks.acknowledgements import acknowledge
from stacks.alarm_access import watch_alarms
from stacks.bundle import ROLLBACK_GUARDIAN
from stacks.environments import Environment
from stacks.feature_flags import FeatureFlags
from stacks.guardian_permissions import acknowledge_numbers, guardian_statements
from stacks.metric_alarm import ShownAlarm, metric_alarm
from stacks.observed_function import ObservedFunction
from stacks.package_code import package_code

_TIMEOUT_SECONDS: Final = 60
# Two alarms may fire at once; a queue is polled by two at least.
# https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
_CONCURRENCY: Final = 2
# Six times the function's timeout: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
_QUEUE_VISIBILITY_SECONDS: Final = 6 * _TIMEOUT_SECONDS
# With the visibility above, an hour and a half.
_QUEUE_RECEIVES: Final = 15
_RETENTION_DAYS: Final = 14
_RETRIES: Final = 2
# A rollback that could not be made for so long is for people.
_EVENT_AGE_MINUTES: Final = 60


class RollbackGuardian(Construct):
    """`failed` is the alarm of the guardian itself."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        flags: FeatureFlags,
        alarm_topic: sns.ITopic,
        rollback_topic: sns.ITopic,
        topic_key: kms.IKey,
    ) -> None:
        super().__init__(scope, construct_id)
        self._environment = environment
        names = environment.names
        failures = self._queue("Failures", names.rollback_guardian_failures)
        acknowledge(
            failures,
            "AwsSolutions-SQS3",
            "Serverless-SQSRedrivePolicy",
            reason="What could not be done ends here, under an alarm, for a person to look at and to redrive.",
        )
        recoveries = self._queue("Recoveries", names.rollback_guardian_recoveries, failures)
        observed = ObservedFunction(
            self,
            "Guardian",
            environment=environment,
            function_name=names.rollback_guardian_function,
            description="Sets the kill switch and turns the flag off when a rollback alarm fires",
            handler="rollback_guardian.handler.lambda_handler",
            code=package_code(ROLLBACK_GUARDIAN, environment),
            memory_mb=512,
            timeout_seconds=_TIMEOUT_SECONDS,
            reserved_concurrency=_CONCURRENCY,
            variables={
                "HUNTAZE_ENVIRONMENT": environment.name,
                "HUNTAZE_APPLICATION_ID": flags.application_id,
                "HUNTAZE_IMMEDIATE_STRATEGY_ID": flags.immediate_strategy_id,
                "HUNTAZE_KILL_SWITCH_ENVIRONMENT_ID": flags.kill_switch.environment_id,
                "HUNTAZE_KILL_SWITCH_PROFILE_ID": flags.kill_switch.profile_id,
                "HUNTAZE_FLAG_ENVIRONMENT_ID": flags.feature_flags.environment_id,
                "HUNTAZE_FLAG_PROFILE_ID": flags.feature_flags.profile_id,
                "HUNTAZE_ROLLBACK_TOPIC_ARN": rollback_topic.topic_arn,
            },
            statements=guardian_statements(
                self,
                flags=flags,
                rollback_topic=rollback_topic,
                topic_key=topic_key,
                recoveries=recoveries,
                failures=failures,
            ),
        )
        self._function = observed.function
        watch_alarms(observed.policy)
        acknowledge_numbers(observed.policy, flags)
        self._acknowledge_function()
        self._listen(alarm_topic, recoveries, failures, names.flag_rollback_alarms)
        self.failed: ShownAlarm = metric_alarm(self, "Failed", rule=guardian_failed_alarm(names), topic=alarm_topic)

    def _listen(
        self, topic: sns.ITopic, recoveries: sqs.Queue, failures: sqs.Queue, alarm_names: Sequence[str]
    ) -> None:
        topic.add_subscription(
            subscriptions.LambdaSubscription(
                self._function,
                dead_letter_queue=failures,
                filter_policy_with_message_body=_only(alarm_names, "ALARM"),
            )
        )
        self._function.configure_async_invoke(
            max_event_age=Duration.minutes(_EVENT_AGE_MINUTES),
            retry_attempts=_RETRIES,
            on_failure=destinations.SqsDestination(failures),
        )
        topic.add_subscription(
            subscriptions.SqsSubscription(
                recoveries,
                raw_message_delivery=True,
                dead_letter_queue=failures,
                filter_policy_with_message_body=_only(alarm_names, "OK"),
            )
        )
        mapping = lambda_.EventSourceMapping(
            self,
            "TakeRecoveries",
            target=self._function,
            event_source_arn=recoveries.queue_arn,
            batch_size=1,
            max_concurrency=_CONCURRENCY,
            report_batch_item_failures=True,
        )
        acknowledge(
            mapping,
            "Serverless-LambdaEventSourceMappingDestination",
            reason="Lambda has no such destination for a queue: the queue's own dead-letter queue is its part.",
        )

    def _queue(self, construct_id: str, name: str, failures: sqs.Queue | None = None) -> sqs.Queue:
        return sqs.Queue(
            self,
            construct_id,
            queue_name=name,
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=Duration.days(_RETENTION_DAYS),
            visibility_timeout=Duration.seconds(_QUEUE_VISIBILITY_SECONDS),
            dead_letter_queue=(
                None if failures is None else sqs.DeadLetterQueue(queue=failures, max_receive_count=_QUEUE_RECEIVES)
            ),
            removal_policy=RemovalPolicy.RETAIN if self._environment.retain_data else RemovalPolicy.DESTROY,
        )

    def _acknowledge_function(self) -> None:
        acknowledge(
            self._function,
            "NIST.800.53.R5-LambdaInsideVPC",
            reason="It reaches AWS's own services only, and nothing in a VPC.",
        )
        acknowledge(
            self._function,
            "NIST.800.53.R5-LambdaDLQ",
            "Serverless-LambdaDLQ",
            reason="Its failure destination keeps what could not be done, with the reason, which a DLQ would not.",
        )


def _only(alarm_names: Sequence[str], state: str) -> dict[str, sns.FilterOrPolicy]:
    """These alarms in this state, by what CloudWatch's message says.

    https://docs.aws.amazon.com/sns/latest/dg/sns-message-filtering-scope.html
    """
    wanted = {"AlarmName": list(alarm_names), "NewStateValue": [state]}
    return {
        key: sns.FilterOrPolicy.filter(sns.SubscriptionFilter.string_filter(allowlist=values))
        for key, values in wanted.items()
    }

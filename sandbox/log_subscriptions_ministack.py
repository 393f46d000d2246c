# ruff: noqa: SLF001  # MiniStack offers no other way in, and this is the one file of the bus that goes there.
"""Everything the log subscription bus knows of MiniStack's inside; a contract test names each part."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ministack.core import iam_evaluator, responses
from ministack.services import cloudwatch_logs, lambda_svc

from sandbox import ministack_internals
from sandbox.alias_routing import LATEST, pick_version, routing_of
from sandbox.appconfig_agent_credentials import execution_role_credentials
from sandbox.async_invocation import Destination, Failure, InvocationPolicy, Outcome, Result
from sandbox.async_invocation_failures import FailureDestinations
from sandbox.aws_api import AwsError
from sandbox.clock import Clock
from sandbox.log_subscriptions import LogStream, LogSubscriptions, SubscriptionFilter
from sandbox.log_subscriptions_batch import Subscription
from sandbox.log_subscriptions_pattern import FilterPattern
from sandbox.log_subscriptions_rules import check_filter

Answer = tuple[int, dict[str, str], bytes]


class MiniStackFunctions:
    """The functions of MiniStack, to whatever invokes them asynchronously.

    `random` draws uniformly from [0, 1); weighted aliases follow it.
    """

    def __init__(self, *, random: Callable[[], float], failures: FailureDestinations) -> None:
        self._random = random
        self._failures = failures

    def may_be_invoked_for(self, subscription: Subscription) -> bool:
        with responses.request_scope(subscription.account_id, subscription.region):
            return may_invoke(subscription.destination_arn, subscription.log_group)

    def invoke(self, target: Destination, event: Mapping[str, Any]) -> tuple[Outcome, InvocationPolicy, str]:
        """Raises `KeyError` if the function is gone."""
        with responses.request_scope(target.account_id, target.region):
            name, qualifier = ministack_internals.function_and_qualifier(target.destination_arn)
            function = lambda_svc._functions[name]
            version = self._version(function, qualifier)
            record = function if version == LATEST else function["versions"][version]
            configuration = {**record["config"], "FunctionArn": target.destination_arn}
            result = lambda_svc._execute_function({**record, "config": configuration}, event)
            outcome = _outcome(result, version)
            arn = f"{function['config']['FunctionArn']}:{qualifier or LATEST}"
            return outcome, _policy(function, configuration, qualifier), arn

    def report(self, failure: Failure, policy: InvocationPolicy) -> None:
        _, _, _, region, account_id, *_ = failure.function_arn.split(":")
        with responses.request_scope(account_id, region):
            name, _qualifier = ministack_internals.function_and_qualifier(failure.function_arn)
            credentials = execution_role_credentials(lambda_svc._functions[name]["config"])
        self._failures.send(failure, policy, credentials)

    def _version(self, function: Mapping[str, Any], qualifier: str | None) -> str:
        alias = function["aliases"].get(qualifier)
        if alias:
            return pick_version(routing_of(alias), self._random())
        return qualifier or LATEST


def install(bus: LogSubscriptions, clock: Clock) -> None:
    """Let the bus carry what is written to log groups, and refuse filters as AWS does. Call it once a process."""
    put = cloudwatch_logs._put_subscription_filter

    def deliver(group: str, stream: str, events: Sequence[Mapping[str, Any]]) -> None:
        filters = (cloudwatch_logs._log_groups.get(group) or {}).get("subscriptionFilters")
        if not filters:
            return
        now_ms = int(clock.now() * 1000)
        bus.receive(
            LogStream(responses.get_account_id(), responses.get_region(), group, stream),
            [_filter(stored) for stored in list(filters.values())],
            [(int(event.get("timestamp", now_ms)), event.get("message", "")) for event in events],
        )

    def put_checked(request: Mapping[str, Any]) -> Answer:
        group = cloudwatch_logs._log_groups.get(request.get("logGroupName"))
        if group is not None:
            existing = frozenset(group.get("subscriptionFilters") or ())
            try:
                check_filter(request, existing=existing, may_invoke=may_invoke)
            except AwsError as refused:
                return _error(refused)
        answer: Answer = put(request)
        return answer

    cloudwatch_logs._fanout_to_subscription_filters = deliver
    cloudwatch_logs._put_subscription_filter = put_checked


def may_invoke(function_arn: str, log_group: str) -> bool:
    """Whether CloudWatch Logs may invoke the function for a log group of the account and region at hand.

    AWS's examples allow the service's principal, of all regions or of one, with the group's ARN as source:
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html#LambdaFunctionExample
    """
    account_id, region = responses.get_account_id(), responses.get_region()
    name, _qualifier = ministack_internals.function_and_qualifier(function_arn)
    function = lambda_svc._functions.get(name)
    if function is None:
        return False
    context = iam_evaluator.EvalContext(
        principal_arn="*",
        principal_type="Service",
        principal_account="",
        action="lambda:InvokeFunction",
        resource_arn=function_arn,
        region=region,
        service_context={
            "aws:sourcearn": f"arn:aws:logs:{region}:{account_id}:log-group:{log_group}:*",
            "aws:sourceaccount": account_id,
        },
    )
    decisions = {
        iam_evaluator.evaluate_resource_policy(function["policy"], context, service=principal).decision
        for principal in ("logs.amazonaws.com", f"logs.{region}.amazonaws.com")
    }
    return "Allow" in decisions and "Deny" not in decisions


def _filter(stored: Mapping[str, Any]) -> SubscriptionFilter:
    return SubscriptionFilter(
        stored["filterName"], FilterPattern.parse(stored.get("filterPattern", "")), stored["destinationArn"]
    )


def _outcome(result: Mapping[str, Any], version: str) -> Outcome:
    payload = result.get("body")
    if isinstance(payload, bytes):
        payload = payload.decode(errors="replace")
    if result.get("throttle"):
        return Outcome(Result.THROTTLED, payload, version)
    if result.get("error"):
        return Outcome(Result.FUNCTION_ERROR, payload, version, result.get("function_error") or "Unhandled")
    return Outcome(Result.SUCCESS, payload, version)


def _policy(function: Mapping[str, Any], configuration: Mapping[str, Any], qualifier: str | None) -> InvocationPolicy:
    """The settings are those of the qualifier that is invoked, and of the function itself where that has none."""
    configs = function.get("event_invoke_configs") or {}
    keys = (qualifier,) if qualifier else ("", LATEST)
    settings: Mapping[str, Any] = next((configs[key] for key in keys if key in configs), {})
    destinations = settings.get("DestinationConfig") or {}
    defaults = InvocationPolicy()
    return InvocationPolicy(
        max_retries=settings.get("MaximumRetryAttempts", defaults.max_retries),
        max_age_s=settings.get("MaximumEventAgeInSeconds", defaults.max_age_s),
        on_failure=(destinations.get("OnFailure") or {}).get("Destination"),
        dead_letter_queue=(configuration.get("DeadLetterConfig") or {}).get("TargetArn"),
        reserved_concurrency=function.get("concurrency"),
    )


def _error(refused: AwsError) -> Answer:
    answer: Answer = responses.error_response_json(refused.code, refused.message, 400)
    return answer

"""Which parts make up the sandbox: MiniStack, and each addition installed into it once.

Importing this module imports MiniStack, which reads the process's environment at import: set that first.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox import (
    alarm_engine,
    appconfig_authorization,
    appconfig_listings,
    appconfig_monitors,
    appconfig_retrieval,
    appconfig_validation,
    appconfig_versions,
    cloudformation_types,
    cloudwatch_authorization,
    codedeploy_alias_update,
    codedeploy_api,
    codedeploy_authorization,
    codedeploy_resources,
    function_clock,
    insights_api,
    insights_ministack,
    invocation_log,
    lambda_authorization,
    lambda_log_streams,
    lambda_metrics,
    log_filter_patterns,
    log_metrics,
    log_pages,
    log_subscriptions_ministack,
    logs_authorization,
    loopback_transport,
    metric_ministack,
    ministack_internals,
    ministack_time,
    reserved_concurrency,
    reused_threads,
    sns_authorization,
    topic_delivery,
    topic_key,
    weighted_aliases,
    xray_ministack,
)
from sandbox.alarm_engine import AlarmEvaluation
from sandbox.async_invocation_failures import FailureDestinations
from sandbox.async_queue import AsyncQueue
from sandbox.clock import Clock
from sandbox.codedeploy_calls import ServiceRoleCalls
from sandbox.codedeploy_deployments import Deployments
from sandbox.codedeploy_runner import DeploymentRunner
from sandbox.codedeploy_state import CodeDeployState
from sandbox.control import Control, Resource
from sandbox.control_clock import ClockResource, MetricsResource
from sandbox.control_resources import LogSubscriptionsResource, Server, ServerResource
from sandbox.log_subscriptions import LogSubscriptions
from sandbox.loopback_transport import LoopbackTransport
from sandbox.metric_ministack import Metrics
from sandbox.query_definitions import QueryDefinitions
from sandbox.refused_services import RefusedServices
from sandbox.service_role import service_role_session
from sandbox.slack_channels import SlackChannels
from sandbox.xray_api import XRay
from sandbox.xray_daemon import ADDRESS, XRayDaemon
from sandbox.xray_settings import XRaySettings


@dataclass(frozen=True)
class Composition:
    """The ASGI app, and what runs beside it for as long as it is served."""

    app: Any
    log_subscriptions: LogSubscriptions
    invocations: AsyncQueue
    alarm_evaluation: AlarmEvaluation
    deployments: Deployments
    deployment_runner: DeploymentRunner
    xray_daemon: XRayDaemon


def compose(random: Callable[[], float], postgres: Server | None, clock: Clock) -> Composition:
    """Install every addition. Call it once a process.

    `random` draws uniformly from [0, 1); weighted aliases and log subscriptions follow it. `postgres` is put under
    the control of the sandbox's own API. What the services stamp and wait for is `clock`'s.
    """
    codedeploy = CodeDeployState()
    queries = QueryDefinitions()
    slack = SlackChannels()
    xray_settings = XRaySettings(clock.now)
    xray = XRay(xray_settings, clock.now)
    xray_daemon = XRayDaemon(xray.send_from_daemon, xray.index_some)
    os.environ[ADDRESS] = xray_daemon.address
    failures = FailureDestinations(os.environ["AWS_ENDPOINT_URL"], clock)
    functions = log_subscriptions_ministack.MiniStackFunctions(random=random, failures=failures)
    subscriptions = LogSubscriptions(functions, random=random, clock=clock)
    invocations = AsyncQueue(functions, clock)
    calls = ServiceRoleCalls(
        os.environ["AWS_ENDPOINT_URL"], service_role_session("codedeploy.amazonaws.com", "codedeploy")
    )
    runner = DeploymentRunner(codedeploy.deployments, calls, clock)
    metrics = Metrics(clock)
    alarm_evaluation = AlarmEvaluation(clock)

    ministack_time.install(clock)
    for part in (
        appconfig_authorization,
        cloudwatch_authorization,
        lambda_authorization,
        logs_authorization,
        sns_authorization,
        alarm_engine,
        appconfig_monitors,
        appconfig_retrieval,
        appconfig_validation,
        function_clock,
        insights_ministack,
        invocation_log,
        log_filter_patterns,
        loopback_transport,
        reserved_concurrency,
        reused_threads,
        topic_key,
    ):
        part.install()
    ministack_internals.refuse_unknown_services()
    codedeploy_alias_update.install(codedeploy, clock.now)
    codedeploy_authorization.install(codedeploy.deployments)
    lambda_log_streams.install(clock)
    lambda_metrics.install(metrics, clock)
    log_metrics.install(metrics)
    log_subscriptions_ministack.install(subscriptions, clock)
    metric_ministack.install(metrics)
    topic_delivery.install(invocations)
    weighted_aliases.install(random)
    xray_ministack.install(xray, clock)
    ministack_internals.extend_service("appconfig", appconfig_versions.extension())
    ministack_internals.extend_service("appconfig", appconfig_listings.extension())
    ministack_internals.extend_service("codedeploy", codedeploy_api.extension(codedeploy, clock.now))
    ministack_internals.extend_service("logs", queries.extension())
    ministack_internals.extend_service("logs", log_pages.extension())
    ministack_internals.extend_service("logs", log_filter_patterns.extension())
    ministack_internals.extend_service("logs", insights_api.Insights(clock).extension())
    ministack_internals.extend_service("chatbot", slack.extension())
    ministack_internals.extend_service("xray", xray_settings.extension())
    ministack_internals.extend_service("xray", xray.extension())
    for resource_type in (
        *codedeploy_resources.resource_types(codedeploy, clock.now),
        queries.resource_type(),
        slack.resource_type(),
        *xray_settings.resource_types(),
    ):
        cloudformation_types.install(resource_type)
    controlled: dict[str, Resource] = {
        "alarm-engine": ServerResource(alarm_evaluation),
        "clock": ClockResource(clock),
        "log-subscriptions": LogSubscriptionsResource(subscriptions),
        "metrics": MetricsResource(metrics),
    }
    if postgres:
        controlled["postgres"] = ServerResource(postgres)
    app = Control(LoopbackTransport(RefusedServices(ministack_internals.asgi_app())), controlled)
    return Composition(app, subscriptions, invocations, alarm_evaluation, codedeploy.deployments, runner, xray_daemon)

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
    appconfig_monitors,
    appconfig_retrieval,
    appconfig_validation,
    cloudformation_types,
    codedeploy_api,
    codedeploy_resources,
    invocation_log,
    lambda_authorization,
    lambda_log_streams,
    log_pages,
    log_subscriptions_ministack,
    ministack_internals,
    reserved_concurrency,
    weighted_aliases,
)
from sandbox.async_invocation_failures import FailureDestinations
from sandbox.codedeploy_state import CodeDeployState
from sandbox.control import Control, Resource
from sandbox.control_resources import LogSubscriptionsResource, Server, ServerResource
from sandbox.log_subscriptions import LogSubscriptions
from sandbox.loopback_transport import LoopbackTransport
from sandbox.query_definitions import QueryDefinitions
from sandbox.refused_services import RefusedServices
from sandbox.slack_channels import SlackChannels
from sandbox.xray_settings import XRaySettings


@dataclass(frozen=True)
class Composition:
    """The ASGI app, and what runs beside it for as long as it is served."""

    app: Any
    log_subscriptions: LogSubscriptions


def compose(random: Callable[[], float], postgres: Server | None) -> Composition:
    """Install every addition. Call it once a process.

    `random` draws uniformly from [0, 1); weighted aliases and log subscriptions follow it. `postgres` is put under
    the control of the sandbox's own API.
    """
    codedeploy = CodeDeployState()
    queries = QueryDefinitions()
    slack = SlackChannels()
    xray = XRaySettings()
    failures = FailureDestinations(os.environ["AWS_ENDPOINT_URL"])
    subscriptions = LogSubscriptions(
        log_subscriptions_ministack.MiniStackFunctions(random=random, failures=failures), random=random
    )

    alarm_engine.install()
    appconfig_authorization.install()
    appconfig_monitors.install()
    appconfig_retrieval.install()
    appconfig_validation.install()
    ministack_internals.refuse_unknown_services()
    invocation_log.install()
    lambda_authorization.install()
    lambda_log_streams.install()
    log_subscriptions_ministack.install(subscriptions)
    reserved_concurrency.install()
    weighted_aliases.install(random)
    ministack_internals.extend_service("codedeploy", codedeploy_api.extension(codedeploy))
    ministack_internals.extend_service("logs", queries.extension())
    ministack_internals.extend_service("logs", log_pages.extension())
    ministack_internals.extend_service("chatbot", slack.extension())
    ministack_internals.extend_service("xray", xray.extension())
    for resource_type in (
        *codedeploy_resources.resource_types(codedeploy),
        queries.resource_type(),
        slack.resource_type(),
        *xray.resource_types(),
    ):
        cloudformation_types.install(resource_type)
    controlled: dict[str, Resource] = {"log-subscriptions": LogSubscriptionsResource(subscriptions)}
    if postgres:
        controlled["postgres"] = ServerResource(postgres)
    app = Control(LoopbackTransport(RefusedServices(ministack_internals.asgi_app())), controlled)
    return Composition(app, subscriptions)

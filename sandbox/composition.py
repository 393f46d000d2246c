"""Which parts make up the sandbox: MiniStack, and each addition installed into it once.

Importing this module imports MiniStack, which reads the process's environment at import: set that first.
"""

from collections.abc import Callable
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
    ministack_internals,
    weighted_aliases,
)
from sandbox.codedeploy_state import CodeDeployState
from sandbox.loopback_transport import LoopbackTransport
from sandbox.query_definitions import QueryDefinitions
from sandbox.refused_services import RefusedServices
from sandbox.slack_channels import SlackChannels
from sandbox.xray_settings import XRaySettings


def compose(random: Callable[[], float]) -> Any:
    """Install every addition and return the ASGI app. Call it once a process.

    `random` draws uniformly from [0, 1); weighted aliases follow it.
    """
    codedeploy = CodeDeployState()
    queries = QueryDefinitions()
    slack = SlackChannels()
    xray = XRaySettings()

    alarm_engine.install()
    appconfig_authorization.install()
    appconfig_monitors.install()
    appconfig_retrieval.install()
    appconfig_validation.install()
    ministack_internals.refuse_unknown_services()
    invocation_log.install()
    lambda_authorization.install()
    weighted_aliases.install(random)
    ministack_internals.extend_service("codedeploy", codedeploy_api.extension(codedeploy))
    ministack_internals.extend_service("logs", queries.extension())
    ministack_internals.extend_service("chatbot", slack.extension())
    ministack_internals.extend_service("xray", xray.extension())
    for resource_type in (
        *codedeploy_resources.resource_types(codedeploy),
        queries.resource_type(),
        slack.resource_type(),
        *xray.resource_types(),
    ):
        cloudformation_types.install(resource_type)
    return LoopbackTransport(RefusedServices(ministack_internals.asgi_app()))

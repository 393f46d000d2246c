"""An embedded AWS with what the handlers ask for: flags in AppConfig, an agent beside the function, a secret."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from playbook.traffic import beta_users
from shared.names import FLAG_PRISMA_ADAPTER, PROFILE_FEATURE_FLAGS, PROFILE_KILL_SWITCH, ResourceNames
from stacks.extension_layers import Architecture, extension_layer_arn
from stacks.flag_documents import FEATURE_FLAGS_SEED, KILL_SWITCH_SEED
from tests.appconfig_profile import FEATURE_FLAGS, FREEFORM, deploy_profile
from tests.bench.peers.powertools_flags import FEATURES, PROFILE_POWERTOOLS
from tests.lambda_support.fakes import DIGEST_KEY
from tests.sandbox_process import RunningSandbox, running_sandbox

NAMES: Final = ResourceNames("beta")
USERS: Final = beta_users(50)
TRACE_HEADER: Final = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"

# With this seed none of the beta's users is in the first percent, so every read is the mock's.
_SEED: Final = "closed-beta"
# The hour of the canary, with everything on: one user in a hundred is sent to Prisma, every read is compared.
CANARY_FLAG: Final[Mapping[str, Any]] = {
    "enabled": True,
    "percent": 1,
    "splitBy": "user",
    "allowUsers": [],
    "shadowPercent": 100,
    "seed": _SEED,
}


@contextmanager
def account_with_flags() -> Iterator[RunningSandbox]:
    """A sandbox in which the flag, the kill switch and Powertools' features are deployed and an agent serves them."""
    with running_sandbox() as sandbox:
        _deploy_flags(sandbox)
        yield sandbox


def function_environment(sandbox: RunningSandbox) -> dict[str, str]:
    """What mock-read finds in its environment, and the peers with it; the X-Ray daemon is nobody."""
    return {
        **_lambda_environment(sandbox, NAMES.mock_read_function),
        "HUNTAZE_FLAG_PATH": NAMES.flag_path,
        "HUNTAZE_KILL_SWITCH_PATH": NAMES.kill_switch_path,
        "HUNTAZE_FLAG_TIMEOUT_MS": "50",
        "HUNTAZE_FLAG_CACHE_MS": "1000",
        "HUNTAZE_CANDIDATE_FUNCTION": NAMES.prisma_read_function,
        "HUNTAZE_CANDIDATE_TIMEOUT_MS": "1000",
        "HUNTAZE_DIGEST_KEY": DIGEST_KEY,
        "POWERTOOLS_LOG_LEVEL": "INFO",
    }


def candidate_environment(sandbox: RunningSandbox, *, secret_id: str, engine: str) -> dict[str, str]:
    """What prisma-read finds in its environment."""
    return {
        **_lambda_environment(sandbox, NAMES.prisma_read_function),
        "HUNTAZE_DATABASE_SECRET_ID": secret_id,
        "HUNTAZE_QUERY_TIMEOUT_MS": "800",
        "PRISMA_QUERY_ENGINE_BINARY": engine,
    }


def _lambda_environment(sandbox: RunningSandbox, function_name: str) -> dict[str, str]:
    return {
        **sandbox.environment,
        # A name makes the X-Ray SDK believe that it is in Lambda.
        "LAMBDA_TASK_ROOT": "/var/task",
        "AWS_LAMBDA_FUNCTION_NAME": function_name,
        "AWS_LAMBDA_FUNCTION_VERSION": "7",
        "AWS_XRAY_DAEMON_ADDRESS": "127.0.0.1:9",
        "_X_AMZN_TRACE_ID": TRACE_HEADER,
        "HUNTAZE_ENVIRONMENT": "beta",
        "NO_PROXY": "127.0.0.1,localhost",
        "PATH": os.environ["PATH"],
    }


def _deploy_flags(sandbox: RunningSandbox) -> None:
    appconfig = sandbox.client("appconfig")
    application = appconfig.create_application(Name=NAMES.appconfig_application)["Id"]
    environments = {
        name: appconfig.create_environment(ApplicationId=application, Name=name)["Id"]
        for name in (NAMES.appconfig_environment, NAMES.kill_switch_environment)
    }
    strategy = appconfig.create_deployment_strategy(
        Name=NAMES.immediate_strategy,
        DeploymentDurationInMinutes=0,
        FinalBakeTimeInMinutes=0,
        GrowthFactor=100,
        ReplicateTo="NONE",
    )["Id"]
    flags = {**FEATURE_FLAGS_SEED, "values": {FLAG_PRISMA_ADAPTER: dict(CANARY_FLAG)}}
    for environment, profile, kind, document in (
        (NAMES.appconfig_environment, PROFILE_FEATURE_FLAGS, FEATURE_FLAGS, flags),
        (NAMES.kill_switch_environment, PROFILE_KILL_SWITCH, FEATURE_FLAGS, KILL_SWITCH_SEED),
        (NAMES.appconfig_environment, PROFILE_POWERTOOLS, FREEFORM, FEATURES),
    ):
        deploy_profile(
            appconfig,
            profile,
            document,
            application_id=application,
            environment_id=environments[environment],
            strategy_id=strategy,
            kind=kind,
        )
    _give_a_function_the_agent(sandbox)


def _give_a_function_the_agent(sandbox: RunningSandbox) -> None:
    """The sandbox's agent answers where a function has the extension's layer."""
    from tests.bench.peers.event_invoke import create_function  # noqa: PLC0415 — needs boto3, which children time

    create_function(
        sandbox,
        "agent-beside-it",
        Layers=[extension_layer_arn(sandbox.region, Architecture.X86_64)],
        Environment={
            "Variables": {
                "AWS_APPCONFIG_EXTENSION_PREFETCH_LIST": f"{NAMES.flag_path},{NAMES.kill_switch_path}",
                "AWS_APPCONFIG_EXTENSION_POLL_INTERVAL_SECONDS": "15",
            }
        },
    )

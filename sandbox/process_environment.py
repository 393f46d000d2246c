"""The environment variables of the sandbox's own process, and of the clients that talk to it."""

from collections.abc import Mapping
from pathlib import Path

from sandbox.ports import LOOPBACK

REGION = "us-east-1"
CREDENTIALS = "test"
"""Access key and secret of the account's root user."""

POSTGRES_URL = "SANDBOX_POSTGRES_URL"
"""Where a client finds the superuser's URL of PostgreSQL. Functions do not: theirs comes the way it would on AWS."""

# What would change MiniStack's behaviour, or reach a function's process as if Lambda had set it.
_FOREIGN_PREFIXES = (
    "AWS_", "_AWS_", "_LAMBDA_", "LAMBDA_", "_X_AMZN_", "MINISTACK_", "LOCALSTACK_", "DOCKER_", "PYTHON",
    "SANDBOX_",
)  # fmt: skip
_FOREIGN_NAMES = frozenset({"SERVICES", "EDGE_PORT", "USE_SSL", "LOG_LEVEL", "CLOUDTRAIL_RECORDING", "HOSTNAME"})


def sandbox_environment(inherited: Mapping[str, str], *, state: Path, port: int, enforce_iam: bool) -> dict[str, str]:
    """Return the sandbox's environment: MiniStack reads it at import, and every function process inherits it.

    Nothing of the caller's AWS settings is left in it, so that a function can only reach this sandbox. All that
    MiniStack writes goes below `state`, a directory that exists.
    """
    nothing = str(state / "absent")
    return {
        **{name: value for name, value in inherited.items() if not _is_foreign(name)},
        "TMPDIR": str(state),
        "STATE_DIR": str(state / "ministack"),
        "S3_DATA_DIR": str(state / "s3"),
        "PERSIST_STATE": "0",
        "S3_PERSIST": "0",
        "GATEWAY_PORT": str(port),
        "AUTH": "true" if enforce_iam else "false",
        "LAMBDA_EXECUTOR": "local",
        # A function that brings no native engine of Prisma's runs its WebAssembly build.
        "PRISMA_QUERY_ENGINE_BINARY": str(Path(__file__).with_name("prisma_engine") / "query-engine"),
        # Listeners on other ports, and a container engine, that nobody asked for.
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
        "DOCKER_HOST": f"unix://{nothing}",
        "AWS_ENDPOINT_URL": endpoint_url(port),
        **_credentials(),
        "AWS_CONFIG_FILE": nothing,
        "AWS_SHARED_CREDENTIALS_FILE": nothing,
        **_no_proxy(inherited),
    }


def client_environment(
    inherited: Mapping[str, str], *, port: int, agent_port: int, postgres_url: str | None
) -> dict[str, str]:
    """Return the environment of a command that is to see the sandbox as AWS: AWS CLI, SDKs, CDK CLI."""
    return {
        **{name: value for name, value in inherited.items() if not name.startswith(("AWS_", "SANDBOX_"))},
        **client_settings(port=port, agent_port=agent_port, postgres_url=postgres_url),
        **_no_proxy(inherited),
    }


def client_settings(*, port: int, agent_port: int, postgres_url: str | None) -> dict[str, str]:
    """Return only what a client needs set: the lines that a person would export."""
    return {
        "AWS_ENDPOINT_URL": endpoint_url(port),
        **_credentials(),
        "AWS_APPCONFIG_EXTENSION_HTTP_PORT": str(agent_port),
        **({POSTGRES_URL: postgres_url} if postgres_url else {}),
    }


def endpoint_url(port: int) -> str:
    return f"http://{LOOPBACK}:{port}"


def _credentials() -> dict[str, str]:
    return {
        "AWS_ACCESS_KEY_ID": CREDENTIALS,
        "AWS_SECRET_ACCESS_KEY": CREDENTIALS,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def _is_foreign(name: str) -> bool:
    return name.startswith(_FOREIGN_PREFIXES) or name in _FOREIGN_NAMES


def _no_proxy(inherited: Mapping[str, str]) -> dict[str, str]:
    kept = inherited.get("NO_PROXY") or inherited.get("no_proxy")
    value = f"{kept},{LOOPBACK},localhost" if kept else f"{LOOPBACK},localhost"
    return {"NO_PROXY": value, "no_proxy": value}

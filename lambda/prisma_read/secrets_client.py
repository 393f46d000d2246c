"""The client of Secrets Manager. Apart, because it costs a cold start a fifth of a second."""

from typing import Final, cast

import boto3
from botocore.config import Config

from prisma_read.database_secret import SecretsManager

_CONNECT_TIMEOUT_S: Final = 1
_READ_TIMEOUT_S: Final = 2
_ATTEMPTS: Final = 2


def secrets_manager() -> SecretsManager:
    """A client whose limits fit a read."""
    config = Config(
        connect_timeout=_CONNECT_TIMEOUT_S,
        read_timeout=_READ_TIMEOUT_S,
        retries={"total_max_attempts": _ATTEMPTS, "mode": "standard"},
    )
    # boto3's types name every parameter, the Protocol the one that is used.
    return cast("SecretsManager", boto3.client("secretsmanager", config=config))

"""The credentials a function's own agent has: those of the function's execution role.

MiniStack knows how a function gets them, with IAM enforcement and without; this is the only file that asks.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ministack.core import lambda_runtime


@dataclass(frozen=True)
class Credentials:
    access_key_id: str
    secret_access_key: str
    session_token: str | None


def execution_role_credentials(function: Mapping[str, Any]) -> Credentials:
    """Credentials of the role of a function, given as `GetFunctionConfiguration` describes it.

    Without enforcement they are the account's; with it they are a session of the role, which MiniStack
    registers here, so it has to run in the sandbox's own process.
    """
    environment = lambda_runtime.execution_credentials(dict(function))
    return Credentials(
        access_key_id=environment["AWS_ACCESS_KEY_ID"],
        secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
        session_token=environment["AWS_SESSION_TOKEN"] or None,
    )

"""What went wrong, in one line that says what to do, or in a document for programs."""

from typing import Any

import botocore.exceptions as aws
import click

from playbook.database import MigrationError
from playbook.live_state import NotDeployedError
from playbook.settings import InvalidSettingsError

# https://docs.aws.amazon.com/general/latest/gr/api-retries.html and each service's list of errors.
_THROTTLED = frozenset(
    {"ThrottlingException", "Throttling", "TooManyRequestsException", "RequestLimitExceeded", "LimitExceededException"}
)
_DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError"})
_BAD_CREDENTIALS = frozenset(
    {
        "ExpiredToken",
        "ExpiredTokenException",
        "InvalidClientTokenId",
        "UnrecognizedClientException",
        "SignatureDoesNotMatch",
        "InvalidSignatureException",
        "InvalidAccessKeyId",
    }
)


class Refusal(click.ClickException):
    """The command would not do it. The message gives the reason and what to do; programs get `details` beside it."""

    exit_code = 3

    def __init__(self, message: str, **details: Any) -> None:
        super().__init__(message)
        self.details = details


def failure_document(error: Exception) -> dict[str, Any] | None:
    """`{"error": {"kind": "refused" | "usage" | "failed", "message": …, …}}`; None where there is no line either."""
    match error:
        case Refusal():
            return {"error": {"kind": "refused", "message": error.message, **error.details}}
        case click.UsageError():
            return {"error": {"kind": "usage", "message": error.format_message()}}
        case click.ClickException():
            return {"error": {"kind": "failed", "message": error.format_message()}}
    line = failure_line(error)
    return None if line is None else {"error": {"kind": "failed", "message": line}}


def failure_line(error: Exception) -> str | None:
    """The line for an error that an operator can do something about; None for one of our own making."""
    match error:
        case NotDeployedError() | InvalidSettingsError() | MigrationError():
            return str(error)
        case aws.NoCredentialsError() | aws.PartialCredentialsError() | aws.TokenRetrievalError():
            return "no AWS credentials found; sign in as for every AWS tool (aws sso login, AWS_PROFILE, …)"
        case aws.ProfileNotFound() | aws.NoRegionError():
            return f"{error}; set AWS_PROFILE or AWS_REGION as for every AWS tool"
        case aws.ConnectionError() | aws.HTTPClientError():
            return f"AWS cannot be reached: {error}"
        case aws.ClientError():
            return _client_error_line(error)
    return None


def _client_error_line(error: aws.ClientError) -> str:
    code = error.response.get("Error", {}).get("Code", "")
    message = error.response.get("Error", {}).get("Message", "")
    if code in _BAD_CREDENTIALS:
        return f"AWS does not accept these credentials ({code}); sign in again"
    if code in _DENIED:
        return f"not allowed: {message or error.operation_name}; ask for a role that may {error.operation_name}"
    if code in _THROTTLED:
        return f"AWS is throttling {error.operation_name}; wait a minute and say the same command again"
    return f"{error.operation_name}: {message or code}"

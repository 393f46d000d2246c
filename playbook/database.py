"""The database of a rehearsal or a first deployment: its secrets, its migrations, its seed."""

import json
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit, urlunsplit

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_secretsmanager import SecretsManagerClient

READER_ROLE: Final = "huntaze_reader"
_HTTP_OK: Final = 200


class MigrationError(RuntimeError):
    """prisma-migrate refused or failed; the message is its own."""


@dataclass(frozen=True)
class DatabaseSecrets:
    """Names of the two secrets: the reader's, and the one that may change the schema."""

    reader: str
    admin: str


def store_secrets(client: "SecretsManagerClient", names: DatabaseSecrets, admin_url: str) -> None:
    """Keep the server's own URL as the admin's secret, and one with a new read-only role as the reader's.

    The role itself is made by the migrations. Secrets that are there already stay as they are.
    """
    parts = urlsplit(admin_url)
    host = parts.netloc.rpartition("@")[2]
    reader_url = urlunsplit(parts._replace(netloc=f"{READER_ROLE}:{secrets.token_urlsafe(24)}@{host}"))
    for name, url in ((names.admin, admin_url), (names.reader, reader_url)):
        try:
            client.create_secret(Name=name, SecretString=url)
        except client.exceptions.ResourceExistsException:
            continue


def run_migrations(client: "LambdaClient", function_name: str, action: str) -> dict[str, Any]:
    """Invoke prisma-migrate: `migrate`, `seed` or `status`. Raises MigrationError."""
    response = client.invoke(FunctionName=function_name, Payload=json.dumps({"action": action}))
    answer: dict[str, Any] = json.loads(response["Payload"].read())
    if response.get("FunctionError") or answer.get("statusCode") != _HTTP_OK:
        raise MigrationError(f"{function_name} could not {action}: {json.dumps(answer)[:2000]}")
    return answer

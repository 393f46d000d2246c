"""Ways to break the candidate from outside: its processes, its database, AWS's API, a version of it."""

import io
import secrets
import zipfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final
from urllib.request import urlopen

from prisma_read.admin_connection import AdminConnection, admin_connection
from prisma_read.database_target import DatabaseTarget
from shared.names import LIVE_ALIAS
from stacks.environments import SANDBOX
from tests.e2e.conftest import NAMES, Deployment


def engines_of_the_candidate(deployment: Deployment) -> frozenset[int]:
    """Process ids of the query engines that prisma-read's execution environments run."""
    function = f"AWS_LAMBDA_FUNCTION_NAME={NAMES.prisma_read_function}".encode()
    endpoint = f"AWS_ENDPOINT_URL={deployment.sandbox.endpoint_url}".encode()
    return frozenset(
        int(process.name)
        for process in Path("/proc").glob("[0-9]*")
        if b"/query-engine" in _read(process / "cmdline")
        and {function, endpoint} <= set(_read(process / "environ").split(b"\0"))
    )


def _read(file: Path) -> bytes:
    """Empty for a process that has ended meanwhile, or is another user's."""
    try:
        return file.read_bytes()
    except OSError:
        return b""


def _database(deployment: Deployment) -> AbstractContextManager[AdminConnection]:
    """A connection of the superuser's."""
    return admin_connection(DatabaseTarget.from_secret(str(deployment.sandbox.postgres_url)))


@contextmanager
def stopped_database(deployment: Deployment) -> Iterator[None]:
    deployment.sandbox.control.set_postgres(running=False)
    try:
        yield
    finally:
        deployment.sandbox.control.set_postgres(running=True)


@contextmanager
def locked_table(deployment: Deployment) -> Iterator[None]:
    """No query on users ends during the block, as behind a migration that takes long."""
    with _database(deployment) as connection:
        connection.run("START TRANSACTION")
        connection.run("LOCK TABLE users IN ACCESS EXCLUSIVE MODE")
        yield
        connection.run("ROLLBACK")


@contextmanager
def throttled_candidate(deployment: Deployment) -> Iterator[None]:
    functions = deployment.client("lambda")
    name = NAMES.prisma_read_function
    functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    try:
        yield
    finally:
        functions.put_function_concurrency(
            FunctionName=name, ReservedConcurrentExecutions=SANDBOX.prisma_reserved_concurrency
        )


# As if the decimals had been turned into floats, and the relations forgotten.
_BAD_CODE: Final = """
def lambda_handler(event, context):
    return {"statusCode": 200, "user": {"id": event["userId"], "balance": 12.5}}
"""


@contextmanager
def bad_version_of_the_candidate(deployment: Deployment) -> Iterator[None]:
    """prisma-read's `live` points to a version whose answers have another shape."""
    functions = deployment.client("lambda")
    name = NAMES.prisma_read_function
    good_version = functions.get_alias(FunctionName=name, Name=LIVE_ALIAS)["FunctionVersion"]
    with urlopen(functions.get_function(FunctionName=name)["Code"]["Location"]) as answer:  # noqa: S310 - the sandbox's
        good_code = answer.read()
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("prisma_read/__init__.py", "")
        file.writestr("prisma_read/handler.py", _BAD_CODE)
    _update_code(functions, archive.getvalue())
    bad_version = functions.publish_version(FunctionName=name)["Version"]
    try:
        functions.update_alias(FunctionName=name, Name=LIVE_ALIAS, FunctionVersion=bad_version)
        yield
    finally:
        functions.update_alias(FunctionName=name, Name=LIVE_ALIAS, FunctionVersion=good_version)
        functions.delete_function(FunctionName=name, Qualifier=bad_version)
        _update_code(functions, good_code)


def _update_code(functions: Any, code: bytes) -> None:
    functions.update_function_code(FunctionName=NAMES.prisma_read_function, ZipFile=code)
    functions.get_waiter("function_updated_v2").wait(FunctionName=NAMES.prisma_read_function)


def rotate_password(deployment: Deployment) -> None:
    """A new password for the reader in its secret and in the database, and no session of the old one left."""
    secrets_manager = deployment.client("secretsmanager")
    known = secrets_manager.get_secret_value(SecretId=NAMES.database_reader_secret)["SecretString"]
    rotated = replace(DatabaseTarget.from_secret(known), password=secrets.token_urlsafe(24))
    with _database(deployment) as connection:
        connection.run(f"ALTER ROLE {rotated.user} PASSWORD '{rotated.password}'")
        secrets_manager.put_secret_value(SecretId=NAMES.database_reader_secret, SecretString=rotated.url())
        connection.run(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = :user", user=rotated.user
        )

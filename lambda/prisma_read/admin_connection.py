"""A connection for migrations: scripts of many statements, no limits of time, TLS as the secret's URL asks."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Protocol

from pg8000.native import Connection, DatabaseError, InterfaceError

from prisma_read.database_target import DatabaseTarget
from prisma_read.rds_authorities import authorities_file
from prisma_read.read_error import Code, ReadError, error_of_sqlstate

_CONNECT_TIMEOUT_S: Final = 5


class AdminConnection(Protocol):
    """The part of `pg8000.native.Connection` that is used.

    Parameters are named, `:name`; without any, `sql` may be a script of many statements.
    """

    def run(self, sql: str, **params: Any) -> Any:
        """The rows. Raises DatabaseError for what the server refuses."""


@contextmanager
def admin_connection(target: DatabaseTarget) -> Iterator[AdminConnection]:
    """A connection that is closed at the end of the block. Raises ReadError if there is none."""
    try:
        sock = socket.create_connection((target.host, target.port), timeout=_CONNECT_TIMEOUT_S)
    except OSError:
        raise ReadError(Code.UNREACHABLE) from None
    # A migration takes as long as it takes; Lambda ends the function in the end.
    sock.settimeout(None)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    try:
        connection = Connection(
            target.user,
            password=target.password,
            host=target.host,
            database=target.database,
            sock=sock,
            ssl_context=_ssl_context(dict(target.parameters), authorities_file(target.host)),
            application_name="prisma-migrate",
        )
    except DatabaseError as error:
        sock.close()
        raise error_of_sqlstate(sqlstate(error)) from None
    except (InterfaceError, OSError):
        sock.close()
        raise ReadError(Code.UNREACHABLE) from None
    try:
        # Prisma's default, whatever the role's own may be.
        connection.run("SET search_path TO public")
        yield connection
    finally:
        connection.close()


def sqlstate(error: DatabaseError) -> str:
    """PostgreSQL's code of an error. https://www.postgresql.org/docs/current/protocol-error-fields.html"""
    return str(_fields(error).get("C", ""))


def position(error: DatabaseError) -> int | None:
    """Where in the script, counted in characters from 1, an error is; None where the server does not say."""
    text = _fields(error).get("P")
    return None if text is None else int(text)


def _fields(error: DatabaseError) -> dict[str, str]:
    fields: dict[str, str] = error.args[0] if error.args and isinstance(error.args[0], dict) else {}
    return fields


def _ssl_context(parameters: dict[str, str], authorities: Path | None) -> ssl.SSLContext | bool | None:
    """As `connection_url` has the engine do it: TLS with a certificate that holds, unless the URL says otherwise."""
    mode = parameters.get("sslmode", "require")
    if mode == "disable":
        return False
    if parameters.get("sslaccept", "strict") == "strict" and mode != "prefer":
        return ssl.create_default_context(cafile=parameters.get("sslcert") or authorities)
    # pg8000's words for "without looking at the certificate", and for that if the server can do TLS at all.
    return None if mode == "prefer" else True

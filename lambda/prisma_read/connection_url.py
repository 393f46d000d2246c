"""The connection URL that Prisma's engine gets: the secret's, with limits.

Names and units are the engine's, whole seconds. It takes `options` as PostgreSQL does and passes over what it does
not know, so that a `statement_timeout` of the URL itself would do nothing.
https://www.prisma.io/docs/orm/overview/databases/postgresql#connection-url
https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNECT-OPTIONS

Whose certificates hold is told to the engine apart, by `rds_authorities`; `sslcert` in the secret's URL adds one more.
"""

import math
from dataclasses import replace
from typing import Final

from prisma_read.database_target import DatabaseTarget

_FIXED: Final = {
    # An execution environment serves one read at a time.
    "connection_limit": "1",
    "pool_timeout": "5",
    "connect_timeout": "3",
    # Left to itself the engine takes any certificate.
    "sslmode": "require",
    "sslaccept": "strict",
}
# The server ends a statement before we stop waiting for it: an HTTP time-out would leave it running, and say less.
_STATEMENT_SHARE: Final = 0.9


def engine_url(target: DatabaseTarget, *, query_timeout_ms: int) -> str:
    """The URL of a target; a parameter or session setting that it has already stays as it is."""
    given = dict(target.parameters)
    limits = {**_FIXED, "socket_timeout": str(math.ceil(query_timeout_ms / 1000))}
    session = {
        "statement_timeout": str(max(1, int(query_timeout_ms * _STATEMENT_SHARE))),
        # Besides the role, which may not write either.
        "default_transaction_read_only": "on",
    }
    parameters = {**limits, **given, "options": _options(given.get("options", ""), session)}
    return replace(target, parameters=tuple(parameters.items())).url()


def _options(given: str, session: dict[str, str]) -> str:
    ours = [f"-c {name}={value}" for name, value in session.items() if f"{name}=" not in given]
    return " ".join([*([given] if given else []), *ours])

"""Why a read failed, in one of few words, and what would help.

Nothing that the database, the engine or Secrets Manager said goes into a failure: such texts hold values. Only their
codes are looked at.
"""

from enum import Enum, StrEnum, auto
from typing import Final

from shared.reader import CandidateError


class Code(StrEnum):
    """What callers, logs and metrics are told."""

    UNREACHABLE = "db-unreachable"
    TIMEOUT = "db-timeout"
    AUTHENTICATION = "db-auth"
    DATABASE = "db-error"
    ENGINE = "engine-dead"
    SECRET = "secret"  # noqa: S105 — a word, no password
    BAD_REQUEST = "bad-request"
    UNEXPECTED = "unexpected"


MESSAGES: Final = {
    Code.UNREACHABLE: "The database cannot be reached.",
    Code.TIMEOUT: "The database did not answer in time.",
    Code.AUTHENTICATION: "The database refused our credentials.",
    Code.DATABASE: "The database could not answer.",
    Code.ENGINE: "The query engine has stopped.",
    Code.SECRET: "The database's secret could not be read.",
    Code.BAD_REQUEST: "The event must be an object with a valid userId.",
    Code.UNEXPECTED: "The read failed unexpectedly.",
}


class Remedy(Enum):
    """What to do about a failure. The first three promise that the same read may work right away."""

    # The engine takes a new connection by itself.
    RETRY = auto()
    RECONNECT = auto()
    RENEW_SECRET = auto()
    # Only for the reads to come: this one is too late.
    REPLACE_ENGINE = auto()
    NONE = auto()


class ReadError(CandidateError):
    """A read that failed. `code` is for others, `remedy` for `connection`."""

    def __init__(self, code: Code, remedy: Remedy = Remedy.NONE) -> None:
        super().__init__(code)
        self.remedy: Final = remedy


# https://www.prisma.io/docs/orm/reference/error-reference
_BY_PRISMA_CODE: Final = {
    "P1000": (Code.AUTHENTICATION, Remedy.RENEW_SECRET),
    "P1001": (Code.UNREACHABLE, Remedy.NONE),
    "P1002": (Code.TIMEOUT, Remedy.NONE),
    "P1008": (Code.TIMEOUT, Remedy.NONE),
    "P1010": (Code.AUTHENTICATION, Remedy.RENEW_SECRET),
    "P1011": (Code.UNREACHABLE, Remedy.NONE),
    # The connection URL is no such: what the secret says is wrong.
    "P1013": (Code.SECRET, Remedy.RENEW_SECRET),
    "P1017": (Code.UNREACHABLE, Remedy.RETRY),
    "P2024": (Code.TIMEOUT, Remedy.NONE),
    "P2037": (Code.UNREACHABLE, Remedy.NONE),
}

# https://www.postgresql.org/docs/current/errcodes-appendix.html
_BY_SQLSTATE: Final = {
    "53300": (Code.UNREACHABLE, Remedy.NONE),  # too many connections
    "55P03": (Code.TIMEOUT, Remedy.NONE),  # lock_timeout
    "57014": (Code.TIMEOUT, Remedy.NONE),  # statement_timeout
    "57P01": (Code.UNREACHABLE, Remedy.RETRY),  # the server is told to stop
    "57P02": (Code.UNREACHABLE, Remedy.RETRY),  # another session crashed
    "57P03": (Code.UNREACHABLE, Remedy.NONE),  # the server is not ready yet
}
_BY_SQLSTATE_CLASS: Final = {
    "08": (Code.UNREACHABLE, Remedy.RETRY),
    "28": (Code.AUTHENTICATION, Remedy.RENEW_SECRET),
}


def error_of_prisma_code(code: str) -> ReadError:
    """The failure for one of Prisma's error codes, such as P1001."""
    return ReadError(*_BY_PRISMA_CODE.get(code, (Code.DATABASE, Remedy.NONE)))


def error_of_sqlstate(sqlstate: str) -> ReadError:
    """The failure for an error code of PostgreSQL, such as 57014."""
    by_class = _BY_SQLSTATE_CLASS.get(sqlstate[:2], (Code.DATABASE, Remedy.NONE))
    return ReadError(*_BY_SQLSTATE.get(sqlstate, by_class))

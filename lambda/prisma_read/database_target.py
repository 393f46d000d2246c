"""What a database secret says: where the database is, and who we are to it."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Final, Self
from urllib.parse import parse_qsl, quote, unquote, urlsplit

_DEFAULT_PORT: Final = 5432
_SCHEMES: Final = ("postgresql", "postgres")


class DatabaseTargetError(ValueError):
    """A secret that is of neither form. The message never holds any of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseTarget:
    """`parameters` are the connection URL's, decoded."""

    user: str
    password: str = field(repr=False)
    host: str
    port: int
    database: str
    parameters: tuple[tuple[str, str], ...] = ()

    @classmethod
    def from_secret(cls, text: str, *, same_database: Callable[[], Self] | None = None) -> Self:
        """From a PostgreSQL URL or from the JSON that RDS keeps. Raises DatabaseTargetError.

        The secret of a password that RDS manages itself names a user and nothing else; where the database is, that
        user is told by `same_database`, which is asked in this case only.
        https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_secret_json_structure.html
        https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/rds-secrets-manager.html
        """
        text = text.strip()
        try:
            target = cls._from_json(json.loads(text), same_database) if text.startswith("{") else cls._from_url(text)
        except (ValueError, TypeError, KeyError):
            # Without the cause, whose message may quote the secret.
            raise DatabaseTargetError("the secret is neither a PostgreSQL URL nor the JSON that RDS keeps") from None
        if not (target.user and target.host and target.database):
            raise DatabaseTargetError("the secret names no user, no host or no database")
        return target

    @classmethod
    def _from_url(cls, text: str) -> Self:
        url = urlsplit(text)
        if url.scheme not in _SCHEMES:
            raise ValueError
        return cls(
            user=unquote(url.username or "", errors="strict"),
            password=unquote(url.password or "", errors="strict"),
            host=url.hostname or "",
            port=url.port or _DEFAULT_PORT,
            database=unquote(url.path.removeprefix("/"), errors="strict"),
            parameters=tuple(parse_qsl(url.query, keep_blank_values=True, errors="strict")),
        )

    @classmethod
    def _from_json(cls, secret: dict[str, Any], same_database: Callable[[], Self] | None) -> Self:
        if same_database is not None and "host" not in secret:
            return replace(same_database(), user=_text(secret["username"]), password=_text(secret["password"]))
        return cls(
            user=_text(secret["username"]),
            password=_text(secret["password"]),
            host=_text(secret["host"]),
            port=int(secret.get("port", _DEFAULT_PORT)),
            # RDS writes the name of the database only where it was given one.
            database=_text(secret.get("dbname", "postgres")),
        )

    def url(self) -> str:
        """The connection URL, with everything percent-encoded that may not stand in it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        # With %20: some parsers take a + for itself.
        query = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in self.parameters)
        return (
            f"postgresql://{quote(self.user, safe='')}:{quote(self.password, safe='')}@{host}:{self.port}"
            f"/{quote(self.database, safe='')}{f'?{query}' if query else ''}"
        )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value

"""The database's secret from Secrets Manager, fetched once and again when the database no longer takes it."""

from collections.abc import Callable
from typing import Any, Protocol

from prisma_read.database_target import DatabaseTarget
from prisma_read.read_error import Code, ReadError


class SecretsManager(Protocol):
    """The part of boto3's client that is used."""

    def get_secret_value(self, *, SecretId: str) -> dict[str, Any]: ...  # noqa: N803 — AWS's spelling


class DatabaseSecret:
    """Remembers what it fetched. A secret that names no host means the database that `same_database` answers."""

    def __init__(
        self, secret_id: str, client: SecretsManager, *, same_database: Callable[[], DatabaseTarget] | None = None
    ) -> None:
        self._secret_id = secret_id
        self._client = client
        self._same_database = same_database
        self._target: DatabaseTarget | None = None

    def target(self) -> DatabaseTarget:
        """Raises ReadError with code `secret`."""
        if self._target is None:
            self._target = self.fetch()
        return self._target

    def renew(self) -> bool:
        """Whether the secret is another one than that remembered. Raises ReadError with code `secret`."""
        known, self._target = self._target, None
        return self.target() != known

    def fetch(self) -> DatabaseTarget:
        """What the secret says now; nothing is remembered. Raises ReadError with code `secret`."""
        try:
            text = self._client.get_secret_value(SecretId=self._secret_id)["SecretString"]
            return DatabaseTarget.from_secret(text, same_database=self._same_database)
        except Exception:  # noqa: BLE001 — missing, denied, unreachable, malformed: all the same to a reader
            raise ReadError(Code.SECRET) from None

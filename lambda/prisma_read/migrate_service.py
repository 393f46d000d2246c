"""prisma-migrate's actions: `{"action": "migrate"}`, `{"action": "status"}`, `{"action": "seed"}`.

An operator or a pipeline calls it; nothing of it runs during a read.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final, TypeAlias

from pg8000.native import DatabaseError, InterfaceError

from prisma_read.admin_connection import AdminConnection, sqlstate
from prisma_read.connection import Secret
from prisma_read.database_target import DatabaseTarget
from prisma_read.migration_plan import MigrationError, load_migrations
from prisma_read.migration_run import apply_migrations, current_plan, lock_migrations
from prisma_read.read_error import MESSAGES, Code, ReadError, error_of_sqlstate
from prisma_read.reader_role import ensure_reader_role
from prisma_read.seed import seed_users
from shared.event_log import EventLog
from shared.read_facts import Invocation

# {"statusCode": 200, …}, or 400, 403, 409 or 503 and "error": {"code": …, "message": …, …}.
Answer: TypeAlias = dict[str, Any]
Open: TypeAlias = Callable[[DatabaseTarget], AbstractContextManager[AdminConnection]]

PRISMA_MIGRATE: Final = "PRISMA-MIGRATE"


class MigrateService:
    """`open_connection` raises ReadError."""

    def __init__(
        self,
        *,
        admin: Secret,
        reader: Secret,
        open_connection: Open,
        migrations: Path,
        seed_allowed: bool,
        log: EventLog,
    ) -> None:
        self._admin = admin
        self._reader = reader
        self._open_connection = open_connection
        self._migrations = migrations
        self._seed_allowed = seed_allowed
        self._log = log
        self._actions = {"migrate": self._migrate, "status": self._status, "seed": self._seed}

    def handle(self, event: object, request_id: str) -> Answer:
        """The answer to an event, which may be any JSON value."""
        action = event.get("action") if isinstance(event, dict) else None
        run = self._actions.get(action) if isinstance(action, str) else None
        if run is None:
            message = f"The event must be an object with an action: {', '.join(self._actions)}."
            return _error(HTTPStatus.BAD_REQUEST, Code.BAD_REQUEST, message)
        answer = self._answer(run)
        error = answer.get("error", {})
        code = error.get("code", "")
        self._log.emit(
            Invocation(request_id=request_id, cold_start=False),
            PRISMA_MIGRATE,
            f"action: '{action}', code: '{code}'" if code else f"action: '{action}'",
            {"action": action, **({"error": error} if error else answer)},
            [],
        )
        return answer

    def _answer(self, run: Callable[[], Answer]) -> Answer:
        try:
            return run()
        except MigrationError as error:
            return _error(HTTPStatus.CONFLICT, error.code, error.message, **error.details)
        except ReadError as error:
            code = Code(error.code)
        except DatabaseError as error:
            code = Code(error_of_sqlstate(sqlstate(error)).code)
        except (InterfaceError, OSError):
            code = Code.UNREACHABLE
        except Exception:  # noqa: BLE001 — the caller is to get a code, never a stack trace
            code = Code.UNEXPECTED
        return _error(HTTPStatus.SERVICE_UNAVAILABLE, code, MESSAGES[code])

    def _migrate(self) -> Answer:
        migrations = load_migrations(self._migrations)
        with self._connected() as connection:
            lock_migrations(connection)
            outcome = apply_migrations(connection, migrations)
            ensure_reader_role(connection, self._fresh(self._reader))
        return _done(applied=list(outcome.applied), alreadyApplied=list(outcome.already_applied))

    def _status(self) -> Answer:
        migrations = load_migrations(self._migrations)
        with self._connected() as connection:
            plan = current_plan(connection, migrations)
        return _done(
            alreadyApplied=[migration.name for migration in plan.applied],
            pending=[migration.name for migration in plan.pending],
            unknown=list(plan.unknown),
        )

    def _seed(self) -> Answer:
        if not self._seed_allowed:
            return _error(HTTPStatus.FORBIDDEN, "seed-not-allowed", "This environment does not take made-up users.")
        with self._connected() as connection:
            seed_users(connection)
        return _done()

    def _connected(self) -> AbstractContextManager[AdminConnection]:
        return self._open_connection(self._fresh(self._admin))

    def _fresh(self, secret: Secret) -> DatabaseTarget:
        """Secrets rotate, and this function is called so rarely that to remember them gains nothing."""
        secret.renew()
        return secret.target()


def _done(**facts: list[str]) -> Answer:
    return {"statusCode": HTTPStatus.OK, **facts}


def _error(status: HTTPStatus, code: str, message: str, **details: str | int) -> Answer:
    return {"statusCode": status, "error": {"code": code, "message": message, **details}}

"""How faults enter a rehearsal: through the database, through permissions, through a separately deployed bad version.

Never through a switch in the functions' own code.
"""

import shlex
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote, urlsplit

import pg8000.native

from playbook.cdk_cli import REPOSITORY
from playbook.database import READER_ROLE

if TYPE_CHECKING:
    from playbook.clients import Clients

# A value that the candidate's client does not know: its engine answers an error for rows that have it.
_UNKNOWN_STATUS: Final = "ARCHIVED"

WRONG_ANSWERS: Final = '''

_right = lambda_handler


def lambda_handler(event, context):
    """Counts a point too many, as after a change that nobody tested."""
    answer = _right(event, context)
    if "user" in answer:
        answer = {**answer, "user": {**answer["user"], "points": answer["user"]["points"] + 1}}
    return answer
'''

FAILS_UNDER_LOAD: Final = '''

_right = lambda_handler
_counted = 0


def lambda_handler(event, context):
    """Leaks in what only a user's read does and a probe does not, such as its metrics."""
    global _counted
    if "probe" not in event:
        _counted += 1
    if _counted > 5:
        raise OSError(24, "Too many open files")
    return _right(event, context)
'''


class Database:
    """The superuser's way into the rehearsal's PostgreSQL."""

    def __init__(self, url: str) -> None:
        self._url = urlsplit(url)

    def run(self, statement: str, **values: Any) -> list[Any]:
        """The rows, of a statement that has some."""
        connection = pg8000.native.Connection(
            user=unquote(self._url.username or ""),
            password=unquote(self._url.password or ""),
            host=self._url.hostname or "",
            port=self._url.port or 5432,
            database=self._url.path.removeprefix("/"),
        )
        try:
            return list(connection.run(statement, **values) or ())
        finally:
            connection.close()


@contextmanager
def unreadable_users(database: Database, users: Sequence[str]) -> Iterator[None]:
    """The candidate fails for these users, and for no other; their rows are as they were afterwards."""
    database.run(f"ALTER TYPE user_status ADD VALUE IF NOT EXISTS '{_UNKNOWN_STATUS}'")
    before = database.run("SELECT id, status::text FROM users WHERE id = ANY(:users)", users=list(users))
    _set_status(database, {user_id: _UNKNOWN_STATUS for user_id, _ in before})
    try:
        yield
    finally:
        _set_status(database, dict(before))


def _set_status(database: Database, statuses: dict[str, str]) -> None:
    for user_id, status in statuses.items():
        database.run("UPDATE users SET status = (:status)::user_status WHERE id = :id", status=status, id=user_id)


@contextmanager
def wrong_points(database: Database, users: Sequence[str]) -> Iterator[None]:
    """The database holds a point more for these users than the mock does, during the block."""
    database.run("UPDATE users SET points = points + 1 WHERE id = ANY(:users)", users=list(users))
    try:
        yield
    finally:
        database.run("UPDATE users SET points = points - 1 WHERE id = ANY(:users)", users=list(users))


def delay_reads(database: Database, *, seconds: float) -> None:
    """From now on whoever may only read waits so long for each user's row; by a policy on the rows."""
    database.run(
        "CREATE OR REPLACE FUNCTION waited() RETURNS boolean LANGUAGE plpgsql AS "
        f"'BEGIN PERFORM pg_sleep({seconds:f}); RETURN true; END'"
    )
    database.run("DROP POLICY IF EXISTS wait ON users")
    database.run(f"CREATE POLICY wait ON users FOR SELECT TO {READER_ROLE} USING (waited())")
    database.run("ALTER TABLE users ENABLE ROW LEVEL SECURITY")


@contextmanager
def without_permissions(clients: "Clients", function_name: str) -> Iterator[None]:
    """Whatever was attached to the function's role is detached during the block."""
    role = clients.functions.get_function_configuration(FunctionName=function_name)["Role"].rpartition("/")[2]
    attached = clients.roles.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
    for policy in attached:
        clients.roles.detach_role_policy(RoleName=role, PolicyArn=policy["PolicyArn"])
    try:
        yield
    finally:
        for policy in attached:
            clients.roles.attach_role_policy(RoleName=role, PolicyArn=policy["PolicyArn"])


@contextmanager
def app_with_bad_handler(mistake: str) -> Iterator[str]:
    """The CDK app of a working copy in which `mistake` was added to mock-read's handler; yields what `--app` takes."""
    with tempfile.TemporaryDirectory(prefix="bad-version-") as folder:
        copy = Path(folder)
        for name in ("lambda", "stacks", "dashboards", "prisma"):
            shutil.copytree(REPOSITORY / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        for name in ("app.py", "package.json", "package-lock.json"):
            shutil.copy2(REPOSITORY / name, copy / name)
        for name in ("node_modules", "build", ".venv"):
            if (REPOSITORY / name).exists():
                (copy / name).symlink_to(REPOSITORY / name)
        handler = copy / "lambda" / "mock_read" / "handler.py"
        handler.write_text(handler.read_text(encoding="utf-8") + mistake, encoding="utf-8")
        yield shlex.join((sys.executable, str(copy / "app.py")))

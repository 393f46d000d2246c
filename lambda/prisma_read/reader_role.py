"""The role that prisma-read connects as: it may read every table of the schema, and nothing else."""

from base64 import b64encode
from typing import Final

from pg8000.native import identifier, literal
from scramp import ScramMechanism

from prisma_read.admin_connection import AdminConnection
from prisma_read.database_target import DatabaseTarget
from prisma_read.migration_plan import MigrationError

_SCHEMA: Final = "public"


def ensure_reader_role(connection: AdminConnection, reader: DatabaseTarget) -> None:
    """Makes the reader's user exist with the reader's password and rights; running it again changes nothing else.

    Tables that the connection's own role makes later are readable, too. Raises MigrationError when the reader's secret
    names a user who could write all the same.
    """
    [[admin, database]] = connection.run("SELECT current_user::text, current_database()::text")
    known = connection.run("SELECT rolsuper FROM pg_roles WHERE rolname = :name", name=reader.user)
    if reader.user == admin or known == [[True]]:
        raise MigrationError(
            "reader-may-write", "The reader's secret names an administrator; give the reader a user of its own."
        )
    role = identifier(reader.user)
    statements = [
        f"{'ALTER' if known else 'CREATE'} ROLE {role} LOGIN PASSWORD {literal(_verifier(reader.password))}",
        f"ALTER ROLE {role} SET default_transaction_read_only TO on",
        f"GRANT CONNECT ON DATABASE {identifier(database)} TO {role}",
        f"GRANT USAGE ON SCHEMA {_SCHEMA} TO {role}",
        f"GRANT SELECT ON ALL TABLES IN SCHEMA {_SCHEMA} TO {role}",
        f"REVOKE ALL ON _prisma_migrations FROM {role}",
        f"ALTER DEFAULT PRIVILEGES IN SCHEMA {_SCHEMA} GRANT SELECT ON TABLES TO {role}",
    ]
    connection.run("START TRANSACTION")
    try:
        for statement in statements:
            connection.run(statement)
    except BaseException:
        connection.run("ROLLBACK")
        raise
    connection.run("COMMIT")


def _verifier(password: str) -> str:
    """What PostgreSQL would make of the password itself, which so never enters a statement that the server may log.

    https://www.postgresql.org/docs/current/catalog-pg-authid.html
    """
    salt, stored_key, server_key, iterations = ScramMechanism("SCRAM-SHA-256").make_auth_info(password)
    salt64, stored64, server64 = (b64encode(part).decode() for part in (salt, stored_key, server_key))
    return f"SCRAM-SHA-256${iterations}:{salt64}${stored64}:{server64}"

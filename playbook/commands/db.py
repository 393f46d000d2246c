"""`playbook db`: the database's schema and, where an environment allows it, the fixture's users."""

import click

from playbook.command import Playbook, playbook_command
from playbook.database import run_migrations
from playbook.journal import AccountJournal, Kind


@click.group("db")
def command() -> None:
    """Bring the database's schema up to date, or seed it with the beta's users."""


@playbook_command("migrate")
def migrate(playbook: Playbook) -> None:
    """Apply the migrations that are missing, in their order. Applied ones are left alone.

    Before anything else, and again after each deployment that brings migrations. Refused where an applied migration
    was edited since or did not finish; the message says which.

    \b
    Example:
      playbook db migrate

    Exit codes: 0 all are applied, 1 failed.
    """  # noqa: D301 - \b is click's own, for lines that are not to be filled
    _run(playbook, "migrate")


@playbook_command("seed")
def seed(playbook: Playbook) -> None:
    """Write the fixture's users, whom the mock knows, too, so that both paths hold the same facts.

    An environment may forbid it; prod does.

    \b
    Example:
      playbook db seed

    Exit codes: 0 written, 1 failed.
    """  # noqa: D301 - as above
    _run(playbook, "seed")


def _run(playbook: Playbook, action: str) -> None:
    account = playbook.account
    with playbook.output.progress.status(f"{account.names.prisma_migrate_function}: {action}"):
        answer = run_migrations(account.functions, account.names.prisma_migrate_function, action)
    AccountJournal(account).write(Kind.DATABASE, action=action, answer=answer)
    playbook.output.line(f"{action}: {', '.join(f'{key} {value}' for key, value in answer.items())}")
    playbook.output.document(answer)


command.add_command(migrate)
command.add_command(seed)

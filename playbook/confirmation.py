"""The operator's yes, before a dial is turned."""

import sys
from collections.abc import Callable
from typing import Any, TypeVar

import click

from playbook.output import Output

F = TypeVar("F", bound=Callable[..., Any])


def yes_option(function: F) -> F:
    """`--yes`, for scripts."""
    return click.option("--yes", is_flag=True, help="Do not ask. Needed with --json and where there is no terminal.")(
        function
    )


def confirmer(output: Output, *, yes: bool) -> Callable[[str], None]:
    """What asks the operator. It raises click.Abort for a no, and UsageError where nobody can be asked."""

    def confirm(question: str) -> None:
        if yes:
            return
        if output.as_json or not sys.stdin.isatty():
            raise click.UsageError("there is nobody to ask here; say --yes")
        click.confirm(question, abort=True, err=True)

    return confirm

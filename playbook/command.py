"""How a command is declared: what it is given, and the options that all of them have."""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Concatenate, ParamSpec

import click

from playbook.account import Account
from playbook.failures import failure_document
from playbook.output import Output

P = ParamSpec("P")


@dataclass(frozen=True)
class Playbook:
    """What every command is given first."""

    account: Account
    output: Output


def playbook_command(name: str) -> Callable[[Callable[Concatenate[Playbook, P], None]], click.Command]:
    """A click command with `--json`. The function is given the Playbook, then its own options by their names.

    Whatever keeps it from its own document is one, too: programs get it on standard output, and the same exit code.
    """

    def declare(function: Callable[Concatenate[Playbook, P], None]) -> click.Command:
        @functools.wraps(function)
        def run(account: Account, as_json: bool, *args: P.args, **kwargs: P.kwargs) -> None:  # noqa: FBT001 - click's
            output = Output(as_json)
            try:
                function(Playbook(account, output), *args, **kwargs)
            except Exception as error:
                told = failure_document(error)
                # After its own document the exit code has to do.
                if told is not None and not output.told:
                    output.document(told)
                raise

        json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of text.")
        settings = {"help_option_names": ["-h", "--help"]}
        with_account = click.pass_obj(run)  # type: ignore[arg-type]  # names hide behind wraps()
        return click.command(name, context_settings=settings)(json_option(with_account))

    return declare

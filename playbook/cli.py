"""`playbook`: the three-hour beta as commands.

Each command lives in a module of its own below `playbook/commands`, whose name is the command's and which holds it as
`command`. It is imported when it is called, so that `--help` is quick and `status` does not wait for the judge's
statistics.
"""

import importlib
import os
import sys
from typing import Any, Final

import boto3
import click

from playbook.account import Account
from playbook.environment_name import EnvironmentName
from playbook.failures import failure_line

# In the order of the day.
COMMANDS: Final = (
    "status",
    "db",
    "traffic",
    "shadow",
    "preflight",
    "canary",
    "watch",
    "logs",
    "explain",
    "decide",
    "judge",
    "ramp",
    "rollback",
    "release",
    "report",
)
_EXIT_INTERRUPTED: Final = 130


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"playbook.commands.{cmd_name}")
        command: click.Command = module.command
        return command


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--env",
    "environment",
    type=EnvironmentName(),
    default="beta",
    show_default=True,
    envvar="PLAYBOOK_ENV",
    show_envvar=True,
    help="The environment to work on: dev, beta, prod, or another that was deployed.",
)
@click.pass_context
def playbook(context: click.Context, environment: str) -> None:
    """Run the closed beta: shadow, 1 % canary, go/no-go, then a ramp or a rollback.

    Credentials, region and endpoint are found as every AWS tool finds them (AWS_PROFILE, AWS_REGION, AWS_ENDPOINT_URL).
    Every command can be interrupted and said again. Exit codes: 0 done or GO, 1 failed, 2 wrong usage, 3 refused,
    10 HOLD, 11 INVESTIGATE, 12 ROLLBACK.
    """
    # boto3 reads AWS_DEFAULT_REGION alone; the other SDKs and their documentation say AWS_REGION.
    context.obj = Account(environment, boto3.Session(region_name=os.environ.get("AWS_REGION")))


def main(arguments: list[str] | None = None) -> Any:
    """The console script. Errors an operator can do something about are one line; no traceback."""
    try:
        return playbook.main(arguments, standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted; say the same command again to go on", err=True)
        sys.exit(_EXIT_INTERRUPTED)
    except Exception as error:
        line = failure_line(error)
        if line is None:
            raise
        click.echo(f"error: {line}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()

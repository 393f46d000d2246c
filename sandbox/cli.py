"""The sandbox's command line."""

import asyncio
import json
import os
import shlex
import signal
import sys
from collections.abc import Callable
from typing import Any

import click
from click.core import ParameterSource

from sandbox import server
from sandbox.ports import ANY_PORT, LOOPBACK, PortBusyError, PortChoice
from sandbox.postgres import PostgresError
from sandbox.process_environment import REGION, client_environment, client_settings

PORT = 4566
AGENT_PORT = 2772

_CANNOT_RUN = 127
"""The exit code with which shells report a command that cannot be run."""


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """An AWS on this machine, for the AWS CLI, SDKs and the CDK: no account, no Docker, nothing left behind.

    \b
    Keep one running, and talk to it from another terminal:
      python -m sandbox serve

    \b
    Run one command against a sandbox of its own:
      python -m sandbox run -- aws sts get-caller-identity
    """  # noqa: D301 - \b is click's mark of lines that stay as they are


def _options(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in reversed(
        (
            click.option(
                "--port", type=click.IntRange(0, 65535), default=PORT, show_default=True,
                help="Port of the AWS endpoint; 0 is any. The default gives way to a free one if it is taken.",
            ),
            click.option(
                "--agent-port", type=click.IntRange(0, 65535), default=AGENT_PORT, show_default=True,
                help="Port of the AppConfig agent, likewise.",
            ),
            click.option(
                "--enforce-iam", is_flag=True,
                help="Hold every role to its policies. The credentials test/test are the account's root.",
            ),
            click.option(
                "--postgres", is_flag=True,
                help="Offer an empty PostgreSQL server on a free port, as RDS would.",
            ),
            click.option(
                "--clock-behind", type=click.FloatRange(min=0), default=0.0, metavar="SECONDS", show_default=True,
                help="How far in the past the sandbox's time begins. It can then be made to run faster, and to jump, "
                "until it has caught up with the machine's.",
            ),
            click.option("--json", "as_json", is_flag=True, help="Say 'ready' as a line of JSON on standard output."),
            click.option("--verbose", is_flag=True, help="Write the log to standard error."),
        )
    ):  # fmt: skip
        command = option(command)
    return command


@main.command()
@_options
@click.pass_context
def serve(context: click.Context, /, **options: Any) -> None:
    """Keep a sandbox running until Ctrl-C or SIGTERM.

    It prints the lines to paste into another terminal, where every AWS CLI, SDK and CDK command then talks to
    the sandbox. (An AWS CLI 2 before 2.13 does not read AWS_ENDPOINT_URL: give it --endpoint-url.)
    """
    _exit_with(_serve(_settings(context, options), as_json=options["as_json"]))


@main.command(context_settings={"ignore_unknown_options": True})
@_options
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
@click.pass_context
def run(context: click.Context, /, command: tuple[str, ...], **options: Any) -> None:
    """Run COMMAND against a sandbox of its own, and exit with COMMAND's exit code.

    COMMAND sees the sandbox as AWS: endpoint, credentials, region and the AppConfig agent's port are in its
    environment, and no other AWS setting is.

    \b
    Examples:
      python -m sandbox run -- aws s3 mb s3://bucket
      python -m sandbox run --enforce-iam -- sh -c 'cdk bootstrap && cdk deploy'
    """  # noqa: D301 - as above
    _exit_with(_run(_settings(context, options), command, as_json=options["as_json"]))


async def _serve(settings: server.Settings, *, as_json: bool) -> int:
    stop = asyncio.Event()
    for signal_number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(signal_number, stop.set)
    async with server.running(settings) as sandbox:
        _report_other_ports(settings, sandbox)
        click.echo(_ready_line(sandbox) if as_json else _welcome(settings, sandbox))
        await stop.wait()
    return 0


async def _run(settings: server.Settings, command: tuple[str, ...], *, as_json: bool) -> int:
    inherited = dict(os.environ)
    loop = asyncio.get_running_loop()
    # A Ctrl-C goes to the command as well: the sandbox outlives it, to serve what it does at its end.
    loop.add_signal_handler(signal.SIGINT, lambda: None)
    async with server.running(settings) as sandbox:
        _report_other_ports(settings, sandbox)
        if as_json:
            click.echo(_ready_line(sandbox))
        environment = client_environment(
            inherited, port=sandbox.port, agent_port=sandbox.agent_port, postgres_url=sandbox.postgres_url
        )
        try:
            process = await asyncio.create_subprocess_exec(*command, env=environment)
        except OSError as error:
            click.echo(f"Error: cannot run {command[0]}: {error.strerror}", err=True)
            return _CANNOT_RUN
        loop.add_signal_handler(signal.SIGTERM, process.terminate)
        code = await process.wait()
    # As a shell reports a command that a signal ended.
    return code if code >= 0 else 128 - code


def _report_other_ports(settings: server.Settings, sandbox: server.Sandbox) -> None:
    for choice, port in ((settings.port, sandbox.port), (settings.agent_port, sandbox.agent_port)):
        if choice.port not in (ANY_PORT, port):
            click.echo(f"Port {choice.port} is in use; taking {port} instead.", err=True)


def _ready_line(sandbox: server.Sandbox) -> str:
    return json.dumps(
        {
            "event": "ready",
            "endpoint_url": sandbox.endpoint_url,
            "agent_port": sandbox.agent_port,
            "region": REGION,
            "state_directory": str(sandbox.state),
            **({"postgres_url": sandbox.postgres_url} if sandbox.postgres_url else {}),
        }
    )


def _welcome(settings: server.Settings, sandbox: server.Sandbox) -> str:
    exports = client_settings(port=sandbox.port, agent_port=sandbox.agent_port, postgres_url=sandbox.postgres_url)
    log = "standard error" if settings.verbose else str(sandbox.state / server.LOG_FILE)
    iam = "every role is held to its policies" if settings.enforce_iam else "not enforced (--enforce-iam does)"
    return "\n".join(
        (
            f"The sandbox is ready at {sandbox.endpoint_url}",
            f"  AppConfig agent  http://{LOOPBACK}:{sandbox.agent_port}",
            f"  IAM policies     {iam}",
            *((f"  PostgreSQL       {sandbox.postgres_url}",) if sandbox.postgres_url else ()),
            f"  Log              {log}",
            "",
            "In another terminal, paste:",
            *(f"  export {name}={shlex.quote(value)}" for name, value in exports.items()),
            "",
            "Ctrl-C stops it and removes everything it holds.",
        )
    )


def _settings(context: click.Context, options: dict[str, Any]) -> server.Settings:
    def choice(parameter: str) -> PortChoice:
        named = context.get_parameter_source(parameter) is not ParameterSource.DEFAULT
        return PortChoice(options[parameter], named)

    return server.Settings(
        port=choice("port"),
        agent_port=choice("agent_port"),
        enforce_iam=options["enforce_iam"],
        postgres=options["postgres"],
        verbose=options["verbose"],
        clock_behind_seconds=options["clock_behind"],
    )


def _exit_with(sandbox: Any) -> None:
    try:
        code = asyncio.run(sandbox)
    except (PortBusyError, PostgresError) as error:
        raise click.ClickException(str(error)) from error
    sys.exit(code)

"""Options of the commands that read the evidence."""

import click

from playbook.evidence_source import BUS_WAIT_SECONDS

wait_option = click.option(
    "--wait",
    "wait_seconds",
    type=click.FloatRange(0),
    default=BUS_WAIT_SECONDS,
    show_default=True,
    metavar="SECONDS",
    help="How long to wait at most for comparisons that are on their way.",
)

"""What the commands that begin a step have in common: their options, and what they say at the end."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from playbook.begin_step import Begun
from playbook.command import Playbook
from playbook.dial_reading import said_by
from playbook.wording import moment

F = TypeVar("F", bound=Callable[..., Any])


def override_option(function: F) -> F:
    """`--override`, which goes on record."""
    return click.option(
        "--override",
        metavar="REASON",
        help="Go ahead though a gate is closed that judgement may open; the reason goes on record.",
    )(function)


def shadow_option(function: F) -> F:
    """`--shadow-percent`, of reads."""
    return click.option(
        "--shadow-percent",
        type=click.FloatRange(0, 100),
        help="Share of reads that are compared, in percent.  [default: as it is]",
    )(function)


def tell(playbook: Playbook, begun: Begun, following: str) -> None:
    """The step that has begun, for people and for programs. `following` says what to do next."""
    output, deployment, deployed = playbook.output, begun.deployment, begun.deployed
    for gate in begun.overridden:
        output.line(f"overridden, and on record: {gate.name}: {gate.closed}")
    if begun.earlier:
        output.line(f"The flag stands there already since {moment(deployed.started_at)}: {begun.position}")
        output.line(f"  deployment {deployment.number}, {said_by(deployment.description)}")
    else:
        output.line(f"{begun.position}: deployment {deployment.number}, version {deployment.version}")
    if deployed.bakes_until is not None:
        output.line(f"  it bakes until {moment(deployed.bakes_until)}; until then a rollback alarm takes it back")
    output.line(following)
    output.document(
        {
            "position": str(begun.position),
            "percent": begun.position.percent,
            "split_by": begun.position.split_by,
            "shadow_percent": begun.position.shadow_percent,
            "allow_users": list(begun.position.allow_users or ()),
            "deployment": deployment.number,
            "version": deployment.version,
            "state": deployed.state,
            "started_at": deployed.started_at.isoformat(),
            "bakes_until": deployed.bakes_until.isoformat() if deployed.bakes_until else None,
            "already": begun.earlier,
            "overridden": [{"gate": gate.name, "closed": gate.closed} for gate in begun.overridden],
        }
    )

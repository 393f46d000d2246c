"""`playbook explain`: one user by both paths, side by side."""

import sys
from dataclasses import asdict
from typing import Any, Final

import click
from rich.table import Column, Table
from rich.text import Text

from playbook.command import Playbook, playbook_command
from playbook.explanation import Explanation, explain, printable, shown
from playbook.version_probe import ProbeAnswer, VersionProber, live_version
from shared.comparison import DifferenceKind, Leaf
from shared.user_id import is_user_id

_MARKS: Final = {
    None: Text(""),
    DifferenceKind.CHANGED: Text("≠ changed", "bold yellow"),
    DifferenceKind.MISSING: Text("− missing", "bold red"),
    DifferenceKind.EXTRA: Text("+ extra", "bold red"),
}


@playbook_command("explain")
@click.argument("user")
def command(playbook: Playbook, *, user: str) -> None:
    """Show what the two paths answer for one USER, side by side, and mark where they differ.

    The shadow says of a difference only in which field it is. This reads the user again by both paths and shows the
    values, in the canonical form in which they are compared. A value that only the mock has is `missing`, one that only
    Prisma has is `extra`.

    The values are the user's own: look only when you may, and copy them nowhere. They are written to no log. The reads
    are probes of the version that `live` points to: they count in no metric and in no verdict.

    \b
    Example:
      playbook explain user-7

    Exit codes: 0 whether or not they differ, 1 when a path did not answer.
    """  # noqa: D301 - \b is click's own, for lines that are not to be filled
    if not is_user_id(user):
        raise click.BadParameter("a user id has 1 to 64 letters, digits, - and _", param_hint="USER")
    account, output = playbook.account, playbook.output
    account.require_deployed()
    function_name = account.names.mock_read_function
    with output.progress.status(f"reading {user} by both paths"):
        version = live_version(account.functions, function_name)
        explanation = explain(VersionProber(account.functions, function_name, version), user)
    output.line(f"{user} by version {version} of {function_name}: {explanation.sentence()}")
    if not output.as_json and explanation.leaves:
        output.console.print(_table(explanation.leaves), soft_wrap=False)
    output.document(_document(explanation, version))
    if not explanation.answered:
        sys.exit(1)


def _table(leaves: tuple[Leaf, ...]) -> Table:
    table = Table(*(Column(title, overflow="fold") for title in ("field", "mock", "prisma")), Column(no_wrap=True))
    for leaf in leaves:
        style = "" if leaf.kind is None else "bold"
        table.add_row(
            Text(printable(leaf.path), style),
            _cell(leaf.mock, absent=leaf.kind is DifferenceKind.EXTRA),
            _cell(leaf.candidate, absent=leaf.kind is DifferenceKind.MISSING),
            _MARKS[leaf.kind],
        )
    return table


def _cell(value: Any, *, absent: bool) -> Text:
    return Text("—", "dim") if absent else Text(shown(value))


def _document(explanation: Explanation, version: str) -> dict[str, Any]:
    return {
        "user_id": explanation.user_id,
        "version": version,
        "mock": _answer(explanation.mock),
        "prisma": _answer(explanation.prisma),
        "differing": len(explanation.differing),
        "leaves": [asdict(leaf) for leaf in explanation.leaves],
    }


def _answer(answer: ProbeAnswer) -> dict[str, Any]:
    return {"status_code": answer.status_code, "code": answer.code or None, "duration_ms": answer.duration_ms}

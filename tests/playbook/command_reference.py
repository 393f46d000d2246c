"""Writes docs/COMMANDS.md from the commands' own help: `python -m tests.playbook.command_reference`."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click

from playbook.cli import playbook

DOCUMENT: Final = Path(__file__).resolve().parents[2] / "docs" / "COMMANDS.md"
# As on a terminal of the usual width.
_WIDTH: Final = 100

_HEAD: Final = """# Commands

What each command says of itself with `--help`. [PLAYBOOK.md](PLAYBOOK.md) says when to use which.
"""


def reference() -> str:
    """The document."""
    return _HEAD + "".join(_sections(playbook, _context(playbook, "playbook", None)))


def _sections(command: click.Command, context: click.Context) -> Iterator[str]:
    yield f"\n## {context.command_path}\n\n```text\n{command.get_help(context)}\n```\n"
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            assert found is not None
            yield from _sections(found, _context(found, name, context))


def _context(command: click.Command, name: str, parent: click.Context | None) -> click.Context:
    return click.Context(
        command,
        info_name=name,
        parent=parent,
        terminal_width=_WIDTH,
        max_content_width=_WIDTH,
        **command.context_settings,
    )


if __name__ == "__main__":
    DOCUMENT.write_text(reference(), encoding="utf-8")

"""The reference says what the commands say, and the playbook names only commands and options that there are."""

import re
import shlex

import click
import pytest

from playbook.cli import COMMANDS, playbook
from tests.playbook.command_reference import DOCUMENT, reference

_DOCS = [DOCUMENT.parent / "PLAYBOOK.md", DOCUMENT.parent.parent / "README.md"]
_COMMAND = re.compile(r"^(playbook [^#\n]*)|`(playbook [^`\n]+)`", re.MULTILINE)


def test_the_reference_is_written_from_the_help() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == reference(), "python -m tests.playbook.command_reference"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_teaches(name: str) -> None:
    command = playbook.get_command(click.Context(playbook), name)
    assert command is not None
    leaves = command.commands.values() if isinstance(command, click.Group) else [command]
    for leaf in leaves:
        assert leaf.help
        assert "Exit codes:" in leaf.help, leaf.name


def documented_commands() -> list[tuple[str, str]]:
    found = [
        (document.name, (match[1] or match[2]).strip())
        for document in _DOCS
        for match in _COMMAND.finditer(document.read_text(encoding="utf-8"))
    ]
    assert found
    return found


@pytest.mark.parametrize(("document", "typed"), sorted(set(documented_commands())))
def test_every_documented_command_is_one(document: str, typed: str) -> None:
    words = [word for word in shlex.split(typed.replace("FILE", str(DOCUMENT))) if word not in {"…", "`"}][1:]
    command: click.Command = playbook
    context = click.Context(playbook, info_name="playbook")
    while isinstance(command, click.Group):
        if not words:
            return
        found = command.get_command(context, words[0])
        assert found is not None, f"{document}: {typed}"
        command, words = found, words[1:]
    command.make_context(command.name, words, parent=context)

"""What commands print: for people with rich, for programs as one JSON document; never both."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import click
from rich.console import Console


def _console() -> Console:
    # NO_COLOR and TERM=dumb are rich's own; a pipe gets no colours.
    return Console(highlight=False, soft_wrap=True)


@dataclass(frozen=True)
class Output:
    """`console` is standard output for people. Progress and questions go to `progress`, which is standard error.

    `told` are the documents that programs have had.
    """

    as_json: bool
    console: Console = field(default_factory=_console)
    progress: Console = field(default_factory=lambda: Console(highlight=False, stderr=True))
    told: list[Mapping[str, Any]] = field(default_factory=list)

    def document(self, document: Mapping[str, Any]) -> None:
        """Print the document, if programs are reading."""
        if self.as_json:
            self.told.append(document)
            click.echo(json.dumps(document, indent=2, default=str))

    def line(self, text: str = "", *, style: str | None = None) -> None:
        """Print a line, if people are reading."""
        if not self.as_json:
            self.console.print(text, style=style, markup=False)

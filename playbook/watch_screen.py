"""Where looks are shown: a terminal, which is drawn anew, or anything else, which gets a line a look."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from playbook.status_view import BAD
from playbook.watch import Look, Screen
from playbook.watch_view import log_line, screen


@contextmanager
def screen_of(console: Console) -> Iterator[Screen]:
    """A terminal that can be drawn anew is; what was seen last stays there."""
    if console.is_terminal and not console.is_dumb_terminal:
        with Live(console=console, auto_refresh=False) as live:
            yield LiveScreen(live)
    else:
        yield LogScreen(console)


class LogScreen:
    """A line a look."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def show(self, look: Look) -> None:
        self._print(log_line(look))

    def miss(self, why: str) -> None:
        self._print(f"could not look: {why}")

    def progress(self, text: str) -> None:
        """A log is not told how far a look has come."""

    def _print(self, text: str) -> None:
        self._console.print(text, markup=False, soft_wrap=True)


class LiveScreen:
    """The newest look, in place."""

    def __init__(self, live: Live) -> None:
        self._live = live
        self._look: Look | None = None

    def show(self, look: Look) -> None:
        self._look = look
        self._draw()

    def miss(self, why: str) -> None:
        self._draw(Text(f"could not look again: {why}", BAD))

    def progress(self, text: str) -> None:
        self._draw(Text(text, "dim"))

    def _draw(self, *notes: Text) -> None:
        seen = [screen(self._look, columns=self._live.console.width)] if self._look else []
        self._live.update(Group(*seen, *notes), refresh=True)

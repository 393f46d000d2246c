"""How a rehearsal shows what it does: each step while it works, then how long it took."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console


@contextmanager
def shown_step(console: Console, title: str) -> Iterator[Callable[[str], None]]:
    """Its latest line on a terminal, its start and end elsewhere. Yields what takes a line."""
    started = time.monotonic()
    if console.is_terminal:
        with console.status(title) as status:
            yield lambda line: status.update(f"{title}  [dim]{line[: console.width - len(title) - 6]}[/]")
    else:
        console.print(f"… {title}", markup=False)
        yield lambda _: None
    console.print(f"[green]✓[/] {title}  [dim]{time.monotonic() - started:.1f} s[/]")

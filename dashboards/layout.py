"""Where widgets stand on the dashboard's grid: rows below each other."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from dashboards.widgets import Widget

GRID_WIDTH: Final = 24
# What a browser of 1080 lines shows of the grid before anybody scrolls, about.
FIRST_SCREEN_HEIGHT: Final = 15


@dataclass(frozen=True)
class Row:
    """Widgets beside each other, of equal width where `widths` says nothing else."""

    height: int
    widgets: Sequence[Widget]
    widths: tuple[int, ...] | None = None


def placed(rows: Sequence[Row]) -> list[Widget]:
    """The widgets of all rows with their places."""
    widgets: list[Widget] = []
    y = 0
    for row in rows:
        x = 0
        for widget, width in zip(row.widgets, _widths(row), strict=True):
            widgets.append({**widget, "x": x, "y": y, "width": width, "height": row.height})
            x += width
        y += row.height
    return widgets


def _widths(row: Row) -> tuple[int, ...]:
    return row.widths or (GRID_WIDTH // len(row.widgets),) * len(row.widgets)

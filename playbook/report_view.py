"""What the page is made of, before it is HTML: numbers that keep their exact value, tables, and plots beside them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

from playbook.report_plots import Plot, Role, svg
from playbook.verdict import Outcome


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A number as people read it, with its exact value and the name that the bundle has for it.

    `value` is None where there is none, which `text` then says. `note` is smaller print below it.
    """

    name: str
    text: str
    value: float | None
    note: str = ""


Cell = str | Figure | datetime | Outcome | None


@dataclass(frozen=True, kw_only=True)
class Table:
    """`caption` says what the rows are. The first cell of a row is its heading. None is an empty cell."""

    key: str
    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]


@dataclass(frozen=True, kw_only=True)
class Key:
    """What a curve looks like and what it is, for the legend."""

    role: Role
    text: str
    filled: bool = False


@dataclass(frozen=True, kw_only=True)
class Figured:
    """A plot, its legend, and beside it the numbers that it shows."""

    plot: Plot
    legend: Sequence[Key]
    table: Table

    @property
    def svg(self) -> Markup:
        return svg(self.plot)

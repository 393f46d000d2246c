"""Plots as SVG that takes its colours from the page around it, and so follows it from light to dark and into print.

pygal draws. What it brings of styles and scripts is taken out again: the page's own style sheet speaks to the classes
that are left, and nothing is left to run or to fetch.
"""

import re
import sys
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import pygal
from markupsafe import Markup
from pygal.etree import etree as tree_of_pygal
from pygal.style import Style

# pygal looks for its plugins with an importer of a kind that Python 3.12 passes over, and 3.11 warns of at each import
# that follows. There are no plugins here.
sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, pygal.PluginImportFixer)]
# pygal would use lxml wherever somebody installed it, whose elements do not mix with the standard library's.
tree_of_pygal.to_etree()

# Of a column beside a table, and of a phone held upright. Text has one size in both, so each plot is drawn twice.
_WIDE_PX: Final = 720
_NARROW_PX: Final = 350
_FONT_PX: Final = 12
_MARGIN_PX: Final = 12
_DOT_PX: Final = 4
# Notes stand clear of what they are about.
_NOTE_GAP_PX: Final = 9
# In the classes of its groups pygal counts a plot's series.
_SERIES: Final = re.compile(r"series serie-(\d+)")
_FURTHER_DECIMALS: Final = re.compile(r"(\.\d)\d+")
# What scripts would fill.
_OVERLAY: Final = "tooltip-overlay"
_OF_NO_USE: Final = frozenset({"defs", "title", "desc"})


class Role(StrEnum):
    """What a curve stands for; the style sheet knows how that looks."""

    MOCK = "mock"
    PRISMA = "prisma"
    BASELINE = "baseline"
    LIMIT = "limit"
    BUDGET = "budget"
    BOUNDS = "bounds"
    GUIDE = "guide"
    DIAL = "dial"
    QUIET = "quiet"
    ACTIVE = "active"
    RAISED = "raised"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class Curve:
    """A line through its points or, where it is `filled`, the area that they enclose."""

    role: Role
    points: Sequence[tuple[float, float]]
    filled: bool = False


@dataclass(frozen=True, kw_only=True)
class Note:
    """Words at a point, which say what a colour says. They end there if `before`, and else begin there.

    `dot` marks the point itself.
    """

    x: float
    y: float
    text: str
    before: bool = False
    below: bool = False
    dot: bool = False


@dataclass(frozen=True, kw_only=True)
class Axis:
    """From where to where, and the ticks with their labels; `narrow_ticks` are those that a phone has room for."""

    low: float
    high: float
    ticks: Sequence[tuple[float, str]]
    narrow_ticks: Sequence[tuple[float, str]] = ()


@dataclass(frozen=True, kw_only=True)
class Plot:
    """`key` is an identifier in the page. `description` says in words what is to be seen."""

    key: str
    title: str
    description: str
    x: Axis
    y: Axis
    curves: Sequence[Curve]
    notes: Sequence[Note] = ()
    height_px: int = 320


def svg(plot: Plot) -> Markup:
    """The plot in two widths, of which the style sheet shows the one that fits."""
    return _drawn(plot, "wide", _WIDE_PX, plot.x.ticks) + _drawn(
        plot, "narrow", _NARROW_PX, plot.x.narrow_ticks or plot.x.ticks
    )


def _drawn(plot: Plot, width_name: str, width_px: int, x_ticks: Sequence[tuple[float, str]]) -> Markup:
    chart = pygal.XY(
        width=width_px,
        height=plot.height_px,
        margin=_MARGIN_PX,
        show_legend=False,
        show_dots=False,
        print_labels=True,
        truncate_label=-1,
        # A label of no size stands where its point is; the style sheet gives it its size.
        style=Style(label_font_size=_FONT_PX, major_label_font_size=_FONT_PX, value_font_size=0),
        range=(plot.y.low, plot.y.high),
        xrange=(plot.x.low, plot.x.high),
        x_labels=[{"value": value, "label": label} for value, label in x_ticks],
        show_y_labels=bool(plot.y.ticks),
        y_labels=[{"value": value, "label": label} for value, label in plot.y.ticks],
        js=(),
        css=(),
        disable_xml_declaration=True,
    )
    for curve in plot.curves:
        chart.add("", list(curve.points), fill=curve.filled)
    for note in plot.notes:
        chart.add(
            "", [{"value": (note.x, note.y), "label": note.text}], stroke=False, show_dots=True, dots_size=_DOT_PX
        )
    chart.add_xml_filter(lambda root: _part_of_a_page(root, plot, width_name))
    return Markup(chart.render(is_unicode=True))  # noqa: S704 - pygal escapes what it is given


def _part_of_a_page(root: ET.Element, plot: Plot, width_name: str) -> ET.Element:
    """Only shapes, words and classes are left, and what the plot is, for who cannot see it."""
    for parent in list(root.iter()):
        for child in list(parent):
            if not isinstance(child.tag, str) or child.tag in _OF_NO_USE or _OVERLAY in child.get("class", ""):
                parent.remove(child)
    groups: list[Curve | Note] = [*plot.curves, *plot.notes]
    for element in root.iter():
        if "d" in element.attrib:
            element.set("d", _FURTHER_DECIMALS.sub(r"\1", element.attrib["d"]))
        if series := _SERIES.match(element.get("class", "")):
            _give_role(element, groups[int(series[1])])
    names = [f"{plot.key}-{width_name}-{part}" for part in ("title", "description")]
    root.attrib.pop("id")
    root.set("class", f"plot-{width_name}")
    root.set("role", "img")
    root.set("aria-labelledby", " ".join(names))
    for place, (tag, name, text) in enumerate(
        zip(("title", "desc"), names, (plot.title, plot.description), strict=True)
    ):
        told = ET.Element(tag, id=name)
        told.text = text
        root.insert(place, told)
    return root


def _give_role(element: ET.Element, drawn: Curve | Note) -> None:
    if isinstance(drawn, Curve):
        element.set("class", f"curve {drawn.role} {'area' if drawn.filled else 'line'}")
        return
    element.set("class", "note")
    if not drawn.dot:
        for dots in list(element):
            if dots.get("class") == "dots":
                element.remove(dots)
    for text in element.iter("text"):
        text.set("text-anchor", "end" if drawn.before else "start")
        text.set("dx", str(-_NOTE_GAP_PX if drawn.before else _NOTE_GAP_PX))
        text.set("dy", str(_FONT_PX + _NOTE_GAP_PX if drawn.below else 1 - _NOTE_GAP_PX))

import subprocess
import sys

import pytest

from playbook.report_plots import Axis, Curve, Note, Plot, Role, svg
from tests.playbook.report_html import parsed

_PLOT = Plot(
    key="key",
    title="Reads & writes",
    description="Two <reads>.",
    x=Axis(low=0, high=60, ticks=[(0, "10:00"), (30, "10:30"), (60, "11:00")], narrow_ticks=[(0, "10:00")]),
    y=Axis(low=0, high=4, ticks=[(0, "0 %"), (4, "4 %")]),
    curves=[
        Curve(role=Role.BOUNDS, points=[(0, 1), (60, 1), (60, 3), (0, 3)], filled=True),
        Curve(role=Role.PRISMA, points=[(0, 1), (60, 2)]),
    ],
    notes=[Note(x=30, y=2, text="limit"), Note(x=60, y=2, text="p95", before=True, dot=True)],
)


def test_a_plot_is_drawn_for_a_desk_and_for_a_phone() -> None:
    wide, narrow = parsed(svg(_PLOT)).all("svg")

    assert (wide.attributes["class"], narrow.attributes["class"]) == ("plot-wide", "plot-narrow")
    assert {"10:30", "11:00"} <= {text.text for text in wide.all("text")}
    assert not {"10:30", "11:00"} & {text.text for text in narrow.all("text")}


def test_shapes_have_their_roles_and_no_colours() -> None:
    for drawn in parsed(svg(_PLOT)).all("svg"):
        (area,) = (group.one("path") for group in drawn.all("g", class_="curve bounds area") if group.children)
        assert area.attributes["d"].startswith("M")
        assert [group for group in drawn.all("g", class_="curve prisma line") if group.children]
        assert not [element for element in drawn.all() if {"style", "fill", "stroke"} & element.attributes.keys()]


def test_only_a_note_that_asks_for_it_has_a_dot() -> None:
    for drawn in parsed(svg(_PLOT)).all("svg"):
        assert len(list(drawn.all("circle"))) == 1
        anchors = {
            text.text: text.attributes["text-anchor"] for text in drawn.all("text") if text.text in {"limit", "p95"}
        }
        assert anchors == {"limit": "start", "p95": "end"}


def test_it_is_told_what_the_plot_shows() -> None:
    for drawn in parsed(svg(_PLOT)).all("svg"):
        assert (drawn.one("title").text, drawn.one("desc").text) == ("Reads & writes", "Two <reads>.")


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="from Python 3.12 on nothing warns of such an importer")
def test_the_plotting_library_leaves_no_trace_in_later_imports() -> None:
    program = (
        "import playbook.report_plots\ntry:\n    import no_such_module\nexcept ModuleNotFoundError:\n    print('fine')"
    )

    ran = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=False)

    assert (ran.stdout, ran.stderr) == ("fine\n", "")

"""The page's colours can be read: WCAG 2.2 asks for a contrast of 4.5 for text and of 3 for what a plot draws.

https://www.w3.org/TR/WCAG22/#contrast-minimum, https://www.w3.org/TR/WCAG22/#non-text-contrast
"""

import re
from pathlib import Path
from typing import Final

import pytest

import playbook

_TEXT, _DRAWN = 4.5, 3.0
_OUTCOMES: Final = ("go", "hold", "investigate", "rollback")


def _colours() -> dict[str, dict[str, str]]:
    css = (Path(playbook.__file__).parent / "report.css").read_text()
    schemes = re.findall(r":root \{(.*?)\}", css, re.DOTALL)[:2]
    light, dark = (dict(re.findall(r"--([\w-]+): (#\w{6});", scheme)) for scheme in schemes)
    return {"light": light, "dark": dark}


def _contrast(one: str, other: str) -> float:
    brighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    ("text", "ground"),
    [
        *((text, ground) for text in ("ink", "soft", "link") for ground in ("paper", "ground")),
        *((outcome, f"{outcome}-ground") for outcome in _OUTCOMES),
        *((outcome, "paper") for outcome in _OUTCOMES),
    ],
)
def test_text_can_be_read(scheme: str, text: str, ground: str) -> None:
    colours = _colours()[scheme]

    assert _contrast(colours[text], colours[ground]) >= _TEXT


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("line", ["mock", "prisma", "baseline", "limit", "budget"])
def test_lines_can_be_seen(scheme: str, line: str) -> None:
    colours = _colours()[scheme]

    assert _contrast(colours[line], colours["paper"]) >= _DRAWN


def test_both_schemes_name_the_same_colours() -> None:
    assert _colours()["light"].keys() == _colours()["dark"].keys()

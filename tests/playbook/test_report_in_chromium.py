"""The report in a real browser, as it is read: on a phone and on a desk, by day and by night, and on paper."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from playbook.report_images import WidgetImage, WidgetImages
from playbook.report_page import render
from tests.playbook.bundles import empty, go, rollback

_CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
# Nothing that a browser does by itself may look like a request of the page.
_ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
_PHONE, _DESK, _PAPER = 390, 1440, 680
_WHITE, _NEAR_BLACK = "rgb(255, 255, 255)", "rgb(23, 26, 30)"
_BUNDLES = {"go": go, "rollback": rollback, "empty": empty}
# One pixel, in place of CloudWatch's.
_PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="

pytestmark = pytest.mark.skipif(_CHROMIUM is None, reason="no chromium or google-chrome is installed here")


@dataclass
class Opened:
    """A page, and what it said and asked for."""

    page: Page
    said: list[str] = field(default_factory=list)
    asked_for: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_CHROMIUM, args=_ARGUMENTS)
        yield browser
        browser.close()


def _opened(
    browser: Browser,
    file: Path,
    width: int,
    scheme: Literal["light", "dark"],
    media: Literal["print", "screen"] = "screen",
) -> Opened:
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    opened = Opened(context.new_page())
    opened.page.emulate_media(media=media, color_scheme=scheme)
    opened.page.on("console", lambda message: opened.said.append(message.text))
    opened.page.on("pageerror", lambda error: opened.said.append(str(error)))
    opened.page.on("request", lambda request: opened.asked_for.append(request.url))
    opened.page.goto(file.as_uri(), wait_until="load")
    return opened


@cache
def _html(name: str) -> str:
    images = WidgetImages(note="", images=[WidgetImage(title="p95", uri=f"data:image/png;base64,{_PNG}")])
    return render(_BUNDLES[name](), images)


@pytest.fixture
def file(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / "report.html"
    path.write_text(_html(request.param))
    return path


@pytest.mark.parametrize("file", _BUNDLES, indirect=True)
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [_PHONE, _DESK])
def test_it_opens_without_an_error_or_a_request_and_fits_the_screen(
    browser: Browser, file: Path, width: int, scheme: Literal["light", "dark"]
) -> None:
    opened = _opened(browser, file, width, scheme)

    assert opened.said == []
    assert [url for url in opened.asked_for if not url.startswith("data:")] == [file.as_uri()]
    assert opened.page.evaluate("document.documentElement.scrollWidth") == width
    outside = (
        "e => { const box = e.getBoundingClientRect(); return box.width && (box.left < 0 || box.right > innerWidth) }"
    )
    assert not opened.page.evaluate(
        f"[...document.querySelectorAll('section, h1, h2, p, svg, .scroll, .key-figures > div')].filter({outside})"
        ".filter(e => !e.parentElement.closest('.scroll')).length"
    )
    opened.page.context.close()


@pytest.mark.parametrize("file", ["rollback"], indirect=True)
@pytest.mark.parametrize(("scheme", "ground"), [("light", _WHITE), ("dark", _NEAR_BLACK)])
def test_it_follows_the_readers_colours_plots_included(
    browser: Browser, file: Path, scheme: Literal["light", "dark"], ground: str
) -> None:
    page = _opened(browser, file, _DESK, scheme).page

    assert page.evaluate("getComputedStyle(document.querySelector('section')).backgroundColor") == ground
    ink = page.evaluate("getComputedStyle(document.querySelector('body')).color")
    assert page.evaluate("getComputedStyle(document.querySelector('figure .note text')).fill") == ink
    page.context.close()


@pytest.mark.parametrize("file", ["rollback"], indirect=True)
@pytest.mark.parametrize("width", [_PHONE, _DESK])
def test_of_each_plot_one_drawing_is_seen(browser: Browser, file: Path, width: int) -> None:
    page = _opened(browser, file, width, "light").page

    plots = page.locator("figure").filter(has=page.locator("svg[role=img]"))
    for number in range(plots.count()):
        assert plots.nth(number).locator("svg[role=img]:visible").count() == 1
    assert page.locator("figure svg[role=img]:visible text").first.bounding_box()["height"] > 9  # type: ignore[index]
    page.context.close()


@pytest.mark.parametrize("file", ["rollback"], indirect=True)
def test_on_paper_everything_is_there_in_dark_ink_on_white(browser: Browser, file: Path) -> None:
    page = _opened(browser, file, _PAPER, "dark", media="print").page

    assert page.evaluate("document.documentElement.scrollWidth") == _PAPER
    assert page.evaluate("getComputedStyle(document.querySelector('section')).backgroundColor") == _WHITE
    assert page.locator(".exact").first.bounding_box()["height"] > 50  # type: ignore[index]
    assert page.evaluate("[...document.querySelectorAll('.scroll')].every(e => e.scrollHeight <= e.clientHeight + 1)")
    assert page.pdf(format="A4").startswith(b"%PDF")
    page.context.close()


@pytest.mark.parametrize("file", ["rollback"], indirect=True)
def test_the_keyboard_reaches_what_scrolls_and_what_unfolds(browser: Browser, file: Path) -> None:
    page = _opened(browser, file, _PHONE, "light").page
    reached = set()

    for _ in range(60):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.className || document.activeElement.tagName"))

    assert {"skip", "A", "SUMMARY", "scroll"} <= reached
    page.context.close()

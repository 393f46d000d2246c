"""Every link from one page of this repository to another finds it, down to the heading."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from tests.docs.markdown import Link, anchors, links

REPOSITORY = Path(__file__).resolve().parents[2]
PAGES = sorted([*REPOSITORY.glob("*.md"), *(REPOSITORY / "docs").rglob("*.md")])


def broken(page: Path, link: Link) -> str | None:
    """What is wrong with a link of a page; None where nothing is, or where it leads out of the repository."""
    target = urlsplit(link.target)
    if target.scheme or target.netloc:
        return None
    found = (page.parent / unquote(target.path)).resolve() if target.path else page
    if not found.is_relative_to(REPOSITORY) or not found.exists():
        return f"line {link.line}: {link.target} is not there"
    if not target.fragment:
        return None
    if found.suffix != ".md":
        return f"line {link.line}: {link.target} has an anchor in what is no page"
    if unquote(target.fragment) not in anchors(found.read_text(encoding="utf-8")):
        return f"line {link.line}: {link.target} has no such heading"
    return None


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_every_link_finds_its_page_and_heading(page: Path) -> None:
    found = [broken(page, link) for link in links(page.read_text(encoding="utf-8"))]
    assert not [problem for problem in found if problem]


def test_every_page_of_the_docs_is_linked_to_from_another() -> None:
    linked = {
        (page.parent / urlsplit(link.target).path).resolve()
        for page in PAGES
        for link in links(page.read_text(encoding="utf-8"))
    }
    decisions = REPOSITORY / "docs" / "decisions"
    assert [page.name for page in PAGES if page.parent == decisions.parent and page not in linked] == []


@pytest.mark.parametrize(
    ("target", "problem"),
    [
        ("NOWHERE.md", "is not there"),
        ("../../README.md", "is not there"),
        ("README.md#no-such-heading", "has no such heading"),
        ("Makefile#setup", "in what is no page"),
        ("#no-such-heading", "has no such heading"),
        ("README.md#two-commands", None),
        ("#two-commands", None),
        ("docs/decisions", None),
        ("https://aws.amazon.com/", None),
    ],
)
def test_a_link_that_finds_nothing_is_told(target: str, problem: str | None) -> None:
    found = broken(REPOSITORY / "README.md", Link(target, 1))
    assert (found or "").endswith(problem or "")
    assert (found is None) is (problem is None)


def test_links_are_found_in_tables_and_lists_and_not_in_code() -> None:
    text = (
        "| a |\n| --- |\n| [one](ONE.md) |\n\n* ![two](two.png)\n\n`[three](THREE.md)`\n\n```\n[four](FOUR.md)\n```\n"
    )
    assert [link.target for link in links(text)] == ["ONE.md", "two.png"]


def test_anchors_are_github_s() -> None:
    text = "# What a `read` costs\n\n## If HEAD moved: 1 %, or 5?\n\n## Again\n\n## Again\n\n```\n# no heading\n```\n"
    assert anchors(text) == {"what-a-read-costs", "if-head-moved-1--or-5", "again", "again-1"}

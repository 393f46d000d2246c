"""Markdown: headings and links, read as GitHub reads them, and what a page that is made has in common with others."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.token import Token

_PARSER: Final = MarkdownIt("commonmark").enable("table")
# https://docs.github.com/en/get-started/writing-on-github/getting-started-with-writing-and-formatting-on-github/basic-writing-and-formatting-syntax#section-links
_NOT_IN_AN_ANCHOR: Final = re.compile(r"[^\w\- ]")


@dataclass(frozen=True)
class Link:
    """`line` is that of the block which the link stands in, from 1."""

    target: str
    line: int


def links(text: str) -> list[Link]:
    """Links and images, in order; what stands in code is none."""
    return [
        Link(str(child.attrs["href" if child.type == "link_open" else "src"]), line)
        for child, line in _inline(text)
        if child.type in ("link_open", "image")
    ]


def anchors(text: str) -> set[str]:
    """What a `#` may be followed by: of each heading its words in lower case, joined by hyphens.

    Of two headings alike the second ends in -1.
    """
    seen: Counter[str] = Counter()
    found: set[str] = set()
    tokens = _PARSER.parse(text)
    for opening, content in pairwise(tokens):
        if opening.type != "heading_open":
            continue
        words = "".join(child.content for child in content.children or [])
        anchor = _NOT_IN_AN_ANCHOR.sub("", words.strip().lower()).replace(" ", "-")
        found.add(f"{anchor}-{seen[anchor]}" if seen[anchor] else anchor)
        seen[anchor] += 1
    return found


def _inline(text: str) -> Iterator[tuple[Token, int]]:
    for token in _PARSER.parse(text):
        for child in token.children or []:
            yield child, (token.map[0] + 1 if token.map else 0)


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Cells are Markdown already."""
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [headings, ["---"] * len(headings), *rows])


def made_between(begin_mark: str, made: str, end_mark: str, document: str) -> str:
    """The document with what stands between its marks made anew. Raises ValueError where there are not just those."""
    before, rest = document.split(begin_mark)
    _, after = rest.split(end_mark)
    return f"{before}{begin_mark}\n\n{made}\n\n{end_mark}{after}"

"""What a browser would make of the report, as far as the tests need to know it."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser

_VOID = {"meta", "link", "img", "br", "hr", "input", "source"}


@dataclass
class Element:
    tag: str
    attributes: dict[str, str]
    children: list["Element | str"] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All of it, with single spaces."""
        return " ".join("".join(_words(self)).split())

    def all(self, tag: str | None = None, **attributes: str) -> Iterator["Element"]:
        """Those within that have the tag and attributes; an underscore stands for a hyphen."""
        for child in self.children:
            if isinstance(child, str):
                continue
            wanted = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()}
            if tag in {None, child.tag} and wanted.items() <= child.attributes.items():
                yield child
            yield from child.all(tag, **attributes)

    def one(self, tag: str | None = None, **attributes: str) -> "Element":
        (found,) = self.all(tag, **attributes)
        return found


class _Builder(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = Element("", {})
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self._open[-1].children.append(element)
        if tag not in _VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        self._open[-1].children.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop().tag == tag, f"</{tag}> closes something else"

    def handle_data(self, data: str) -> None:
        self._open[-1].children.append(data)


def parsed(html: str) -> Element:
    """Raises AssertionError where elements are not nested as they should be."""
    builder = _Builder()
    builder.feed(html)
    builder.close()
    assert builder._open == [builder.root]
    return builder.root


def figures(element: Element) -> dict[str, list[float | None]]:
    """The exact values by their names in the bundle, in the page's order."""
    found: defaultdict[str, list[float | None]] = defaultdict(list)
    for marked in element.all():
        if "data-figure" in marked.attributes:
            value = marked.attributes.get("value")
            found[marked.attributes["data-figure"]].append(None if value is None else float(value))
    return dict(found)


def _words(element: Element) -> Iterator[str]:
    for child in element.children:
        if isinstance(child, str):
            yield child
        else:
            yield from _words(child)

"""What differs between the two paths' answers: path and kind, by digests or, in a re-read, down to the leaves.

A kind speaks of the candidate as measured against the mock, whichever of them served, so that one defect of the
database has one name in both directions.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from shared.canonical import canonical, json_text
from shared.digests import DIGESTED_FIELDS, ROOT
from shared.reader import Document
from shared.user_shape import USER, Kind, Rows, Scalar

_ORDER: Final = (ROOT, *DIGESTED_FIELDS)


class DifferenceKind(StrEnum):
    """`MISSING` is what the mock has and the candidate lacks, `EXTRA` the opposite."""

    CHANGED = "changed"
    MISSING = "missing"
    EXTRA = "extra"


@dataclass(frozen=True, slots=True)
class Difference:
    path: str
    kind: DifferenceKind


@dataclass(frozen=True, slots=True)
class LeafDifference:
    """A difference with both values in canonical form, for whoever may see them; None on the side that has none.

    The path may hold a key of the user's own JSON, so it belongs into no log either.
    """

    path: str
    kind: DifferenceKind
    mock: Any
    candidate: Any


@dataclass(frozen=True, slots=True)
class Leaf:
    """Both sides' values of one leaf, in canonical form. `kind` is None where they are equal.

    A difference at a whole object or list is one leaf.
    """

    path: str
    kind: DifferenceKind | None
    mock: Any
    candidate: Any


def compare_digests(mock: Mapping[str, str], candidate: Mapping[str, str]) -> list[Difference]:
    """The paths whose digests differ, `ROOT` first.

    A user whom one side does not know is one difference, at `ROOT`. Both must be digests of the same request id.
    """
    if not mock or not candidate:
        kinds = [(mock, DifferenceKind.MISSING), (candidate, DifferenceKind.EXTRA)]
        return [Difference(ROOT, kind) for known, kind in kinds if known]
    return [
        Difference(path, _kind(path in mock, path in candidate))
        for path in _ORDER
        if mock.get(path) != candidate.get(path)
    ]


def compare_documents(mock: Document | None, candidate: Document | None) -> list[LeafDifference]:
    """The leaves that differ, at paths like `balance`, `profile.bio`, `subscriptions[subscription-7-1].price`.

    Rows are matched by id. In `tags`, which have neither place nor name, each surplus text is a difference at
    `tags[]`. A user whom one side does not know is one difference, at `ROOT`. Takes time linear in the documents'
    size, but for the sorting of lists.
    """
    if mock is None or candidate is None:
        sides = [(mock, DifferenceKind.MISSING), (candidate, DifferenceKind.EXTRA)]
        return [
            LeafDifference(ROOT, kind, mock and canonical(mock), candidate and canonical(candidate))
            for known, kind in sides
            if known is not None
        ]
    return [
        LeafDifference(leaf.path, leaf.kind, leaf.mock, leaf.candidate)
        for leaf in all_leaves(mock, candidate)
        if leaf.kind is not None
    ]


def all_leaves(mock: Document, candidate: Document) -> Iterator[Leaf]:
    """All of them, those that differ and those that do not, at the paths of `compare_documents`."""
    return _of_user(canonical(mock), canonical(candidate))


def _of_user(mock: Document, candidate: Document) -> Iterator[Leaf]:
    for name in _either(mock, candidate):
        if name in mock and name in candidate:
            yield from _of_field(name, mock[name], candidate[name])
        else:
            yield _one_sided(name, name, mock, candidate)


def _of_field(name: str, mock: Any, candidate: Any) -> Iterator[Leaf]:
    field = USER.get(name)
    if mock == [] == candidate:
        yield Leaf(name, None, mock, candidate)
    elif isinstance(field, Rows) and _have_ids(mock) and _have_ids(candidate):
        mock_rows, candidate_rows = ({f"[{row['id']}]": row for row in rows} for rows in (mock, candidate))
        yield from _of_members(name, mock_rows, candidate_rows)
    elif (
        isinstance(field, Scalar)
        and field.kind is Kind.TEXTS
        and isinstance(mock, list)
        and isinstance(candidate, list)
    ):
        yield from _of_texts(f"{name}[]", mock, candidate)
    else:
        yield from _of_value(name, mock, candidate)


def _of_value(path: str, mock: Any, candidate: Any) -> Iterator[Leaf]:
    if isinstance(mock, dict) and isinstance(candidate, dict) and (mock or candidate):
        sides = ({f".{name}": member for name, member in value.items()} for value in (mock, candidate))
        yield from _of_members(path, *sides)
    elif isinstance(mock, list) and isinstance(candidate, list) and (mock or candidate):
        sides = ({f"[{index}]": member for index, member in enumerate(value)} for value in (mock, candidate))
        yield from _of_members(path, *sides)
    else:
        yield Leaf(path, None if json_text(mock) == json_text(candidate) else DifferenceKind.CHANGED, mock, candidate)


def _of_members(path: str, mock: Mapping[str, Any], candidate: Mapping[str, Any]) -> Iterator[Leaf]:
    for step in _either(mock, candidate):
        if step in mock and step in candidate:
            yield from _of_value(path + step, mock[step], candidate[step])
        else:
            yield _one_sided(path + step, step, mock, candidate)


def _of_texts(path: str, mock: list[Any], candidate: list[Any]) -> Iterator[Leaf]:
    mock_counts, candidate_counts = (Counter(map(json_text, texts)) for texts in (mock, candidate))
    values = {json_text(value): value for value in (*mock, *candidate)}
    for text, value in values.items():
        surplus = mock_counts[text] - candidate_counts[text]
        for _ in range(min(mock_counts[text], candidate_counts[text])):
            yield Leaf(path, None, value, value)
        for _ in range(surplus):
            yield Leaf(path, DifferenceKind.MISSING, value, None)
        for _ in range(-surplus):
            yield Leaf(path, DifferenceKind.EXTRA, None, value)


def _have_ids(rows: Any) -> bool:
    """Whether this is a list of objects that an `id` each, a text, tells apart."""
    if not isinstance(rows, list):
        return False
    ids = [row.get("id") for row in rows if isinstance(row, dict)]
    return len(ids) == len(rows) and all(isinstance(row_id, str) for row_id in ids) and len(set(ids)) == len(ids)


def _one_sided(path: str, name: str, mock: Mapping[str, Any], candidate: Mapping[str, Any]) -> Leaf:
    return Leaf(path, _kind(name in mock, name in candidate), mock.get(name), candidate.get(name))


def _either(mock: Mapping[str, Any], candidate: Mapping[str, Any]) -> Iterator[str]:
    return iter({**mock, **candidate})


def _kind(in_mock: bool, in_candidate: bool) -> DifferenceKind:  # noqa: FBT001 — a truth table
    if in_mock and in_candidate:
        return DifferenceKind.CHANGED
    return DifferenceKind.MISSING if in_mock else DifferenceKind.EXTRA

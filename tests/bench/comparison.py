"""Comparing one shadow read: both sides' keyed digests and what differs between them, next to deepdiff.

Both get the same two documents, the mock's answer and what a database might tell of the same user: rows and tags in
another order, decimals with more zeros, and one price that differs. deepdiff is called as its documentation shows for
lists whose order means nothing. It names the price's values, which may not leave the function; `playbook explain` does,
by a second read. What is ours counts both sides' digests, although the mock's are made, and paid for, by mock-read.
https://zepworks.com/deepdiff/current/ignore_order.html
"""

import random
from collections.abc import Callable
from functools import partial
from hashlib import blake2b
from typing import Any, Final

import orjson
from deepdiff import DeepDiff

from shared.comparison import DifferenceKind, compare_digests
from shared.digests import DIGEST_BYTES, Digester
from shared.mock_reader import MockReader
from shared.reader import Document
from tests.bench.benchmark import Benchmark, Options
from tests.bench.hot_spots import of_calls
from tests.bench.result import Goal, Row, Spent
from tests.bench.table import quantity
from tests.bench.timing import Contender, interleaved, sample, timed_us
from tests.lambda_support.fakes import DIGEST_KEY, REQUEST_ID

SMALL_BYTES: Final = 1_000
LARGE_BYTES: Final = 100_000
WRITTEN: Final = "orjson and a digest each"

_SMALL_ROUNDS: Final = 1_000
# deepdiff takes seconds for a large one.
_LARGE_ROUNDS: Final = 5
_OURS_LARGE_ROUNDS: Final = 300


def run(options: Options) -> Row:
    small, large = documents(SMALL_BYTES), documents(LARGE_BYTES)
    times = _times(small, "1 kB", rounds=options.rounds(_SMALL_ROUNDS))
    times |= _times(large, "100 kB", rounds=1 if options.quick else _LARGE_ROUNDS)
    # In a run of their own, too, because five rounds are few.
    times |= interleaved(
        {"ours, 100 kB": _contender(_ours, *large), f"{WRITTEN}, 100 kB": _contender(_written, *large)},
        rounds=options.rounds(_OURS_LARGE_ROUNDS),
        warm_up=3,
    )
    samples = {name: sample(values, "µs") for name, values in times.items()}
    growth = samples["ours, 100 kB"].median / samples["ours, 1 kB"].median
    larger = _size(large[0]) / _size(small[0])
    return Row(
        name=BENCHMARK.name,
        title="comparison of one shadow read",
        compared="the digests of both answers and what differs between them, next to deepdiff with `ignore_order`",
        samples=samples,
        goals=(
            Goal("1 kB: ÷ deepdiff's", samples["ours, 1 kB"].median / samples["deepdiff, 1 kB"].median, 0.1, "×"),
            Goal("100 kB: ÷ deepdiff's", samples["ours, 100 kB"].median / samples["deepdiff, 100 kB"].median, 0.1, "×"),
            Goal(f"time grows with size: {larger:.0f} times the bytes take", growth, larger, "×"),
        ),
        notes=("Equal facts in another order and spelling on the two sides, and one price that differs.",),
        floor=(
            "Both documents as JSON with sorted keys by orjson and one digest of each, which would call equal facts "
            f"different, took {quantity(samples[f'{WRITTEN}, 1 kB'].median, 'µs')} at 1 kB and "
            f"{quantity(samples[f'{WRITTEN}, 100 kB'].median, 'µs')} at 100 kB in this run. Above it, each value is "
            "brought into canonical form in Python, and lists without an order are sorted."
        ),
    )


def spent(_: Options) -> tuple[Spent, ...]:
    large = documents(LARGE_BYTES)
    return of_calls(lambda: [_ours(*large) for _ in range(100)])


def documents(size_bytes: int) -> tuple[Document, Document]:
    """A user of about so many bytes as JSON, with ever more rows, tags and preferences, as the two sides tell it."""
    user = MockReader().read("user-9")
    assert user is not None
    rows: list[dict[str, Any]] = user["subscriptions"]
    template = rows[0]
    number = len(rows)
    while _size(user) < size_bytes:
        number += 1
        rows.append({**template, "id": f"subscription-9-{number}", "price": f"{number}.25"})
        user["tags"].append(f"tag-{number}")
        user["preferences"][f"preference-{number}"] = {"position": number, "visible": number % 2 == 0}
    return user, _as_the_database_tells(user)


def _as_the_database_tells(user: Document) -> Document:
    told: Document = orjson.loads(orjson.dumps(user))
    order = random.Random(1)  # noqa: S311 — no secret
    for name in ("subscriptions", "tags"):
        order.shuffle(told[name])
    told["balance"] += "0" if "." in told["balance"] else ".0"
    first = min(told["subscriptions"], key=lambda row: str(row["id"]))
    first["price"] = "0.01"
    return told


def _ours(mock: Document, candidate: Document) -> object:
    digester = _DIGESTER
    return compare_digests(digester.digests(REQUEST_ID, mock), digester.digests(REQUEST_ID, candidate))


def _written(mock: Document, candidate: Document) -> object:
    texts = (orjson.dumps(document, option=orjson.OPT_SORT_KEYS) for document in (mock, candidate))
    return [blake2b(text, digest_size=DIGEST_BYTES, key=DIGEST_KEY.encode()).hexdigest() for text in texts]


def _deepdiff(mock: Document, candidate: Document) -> object:
    return DeepDiff(mock, candidate, ignore_order=True)


def _contender(compare: Callable[[Document, Document], object], mock: Document, candidate: Document) -> Contender:
    differences = compare(mock, candidate)
    assert differences
    return lambda _: timed_us(partial(compare, mock, candidate))


def _times(pair: tuple[Document, Document], size: str, *, rounds: int) -> dict[str, list[float]]:
    (difference,) = compare_digests(*(_DIGESTER.digests(REQUEST_ID, document) for document in pair))
    assert (difference.path, difference.kind) == ("subscriptions", DifferenceKind.CHANGED)
    contenders = {
        f"ours, {size}": _contender(_ours, *pair),
        f"deepdiff, {size}": _contender(_deepdiff, *pair),
        f"{WRITTEN}, {size}": _contender(_written, *pair),
    }
    return interleaved(contenders, rounds=rounds, warm_up=1)


def _size(document: Document) -> int:
    return len(orjson.dumps(document))


_DIGESTER: Final = Digester(DIGEST_KEY)
BENCHMARK: Final = Benchmark(name="comparison", run=run, spent=spent)

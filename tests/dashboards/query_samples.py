"""What docs/LOGS_INSIGHTS_QUERIES.md shows of each saved query: its text, a command that runs it, and an answer.

The answers are a rehearsal's on the deployed stacks, recorded by `pytest -m slow tests/e2e/test_eyes_after_reads.py
--record-answers`. `python -m tests.dashboards.query_samples` writes all of it into the page; a test says when that is
out of date.
"""

import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from dashboards.queries import SavedQuery, saved_queries
from sandbox.insights_checks import check
from sandbox.insights_expressions import Window
from sandbox.insights_run import run
from sandbox.insights_syntax import parse
from tests.dashboards.logged_reads import HOUR_MS, NAMES, START_MS, logged_hour
from tests.docs.markdown import table

DOCUMENT: Final = Path(__file__).parents[2] / "docs" / "LOGS_INSIGHTS_QUERIES.md"
RECORDED: Final = Path(__file__).with_name("rehearsed_answers.json")
WINDOW: Final = Window(START_MS, START_MS + HOUR_MS, START_MS + HOUR_MS)

_MARK: Final = "made by python -m tests.dashboards.query_samples -->\n"
_BLOCK: Final = re.compile(r"(<!-- (\S+): " + re.escape(_MARK) + r")(?:.*?)(<!-- end -->)", re.DOTALL)
_MOST_ROWS: Final = 4


def answer(text: str, log_groups: Sequence[str]) -> list[dict[str, str]]:
    """What a query answers over the hour that the tests log."""
    query = parse(text)
    check(query, text)
    logged = [event for group in log_groups for event in logged_hour()[group]]
    newest_first = sorted(logged, key=lambda event: event.timestamp_ms, reverse=True)
    return [dict(row) for row in run(query, newest_first, WINDOW).rows]


def recorded_answers() -> dict[str, list[dict[str, str]]]:
    """By the name of a query's file."""
    recorded: dict[str, list[dict[str, str]]] = json.loads(RECORDED.read_text(encoding="utf-8"))
    return recorded


def block(query: SavedQuery) -> str:
    """The part of the page between a query's marks."""
    stem = query.name.rpartition("/")[2]
    groups = " ".join(query.log_groups)
    return "\n".join(
        (
            query.purpose,
            "",
            "```cwli",
            query.text.rstrip(),
            "```",
            "",
            "```bash",
            f"aws logs start-query --log-group-names {groups} \\",
            "  --start-time $(($(date +%s) - 3600)) --end-time $(date +%s) \\",
            f"  --query-string file://dashboards/queries/{stem}.cwli",
            "```",
            "",
            *_table(recorded_answers()[stem]),
            "",
        )
    )


def _table(rows: Sequence[dict[str, str]]) -> list[str]:
    names = list(dict.fromkeys(name for row in rows for name in row))
    cells = ([row.get(name, "") for name in names] for row in rows[:_MOST_ROWS])
    more = ["", f"and {len(rows) - _MOST_ROWS} more rows."] if len(rows) > _MOST_ROWS else []
    return [table(names, cells), *more]


def up_to_date(page: str) -> str:
    """The page with every query's part made anew. Raises KeyError for a part without a query."""
    parts = {query.name.rpartition("/")[2]: block(query) for query in saved_queries(NAMES)}
    return _BLOCK.sub(lambda found: f"{found[1]}\n{parts[found[2]]}\n{found[3]}", page)


def main() -> int:
    DOCUMENT.write_text(up_to_date(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

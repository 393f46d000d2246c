"""What the judge tells operators who look after every 20 reads and stop at the first verdict.

    python -m tests.bench.judge_operators

Beside it stands the rule that the playbook's words suggest, "the rate observed is above 2 %".
"""

import json
import sys
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from tests.playbook.operators import bounds_rule, looks_every, naive_rule, stops

OPERATORS: Final = 2000
LOOK_EVERY: Final = 20
READS: Final = 20_000
LIMIT_PERCENT: Final = 2.0
RATES_PERCENT: Final = (0.0, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0)


def main() -> None:
    """Print the table; `--json FILE` also writes the figures."""
    looks = looks_every(LOOK_EVERY, reads=READS)
    ours, naive = bounds_rule(looks, LIMIT_PERCENT), naive_rule(looks, LIMIT_PERCENT)
    table = Table(
        title=f"{OPERATORS:,} operators, limit {LIMIT_PERCENT:g} %, at most {READS:,} canary reads",
        title_justify="left",
    )
    for heading in ("true rate", "GO", "median reads", "ROLLBACK", "median reads", "ROLLBACK by the rate observed"):
        table.add_column(heading, justify="right")
    figures = {}
    for rate in RATES_PERCENT:
        first = stops(ours, looks, rate_percent=rate, operators=OPERATORS, seed=2024).at_first_verdict()
        by_rate_seen = stops(naive, looks, rate_percent=rate, operators=OPERATORS, seed=2024)
        figures[f"{rate:g}"] = {
            "go_share": float(np.mean(first.go > 0)),
            "median_reads_to_go": _median(first.go),
            "rollback_share": float(np.mean(first.rollback > 0)),
            "median_reads_to_rollback": _median(first.rollback),
            "naive_rollback_share": float(np.mean(by_rate_seen.rollback > 0)),
        }
        table.add_row(
            f"{rate:g} %",
            f"{np.mean(first.go > 0):.1%}",
            _shown(_median(first.go)),
            f"{np.mean(first.rollback > 0):.1%}",
            _shown(_median(first.rollback)),
            f"{np.mean(by_rate_seen.rollback > 0):.1%}",
        )
    Console().print(table)
    if "--json" in sys.argv:
        Path(sys.argv[sys.argv.index("--json") + 1]).write_text(json.dumps(figures), encoding="utf-8")


def _median(reads: NDArray[np.int64]) -> float | None:
    """Of those who got the verdict at all."""
    return float(np.median(reads[reads > 0])) if reads.any() else None


def _shown(reads: float | None) -> str:
    return "–" if reads is None else f"{reads:,.0f}"


if __name__ == "__main__":
    main()

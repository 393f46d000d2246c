"""Writes docs/COST.md: `python -m tests.costs.cost_page`.

What an environment holds is counted in the templates' snapshots, which tests keep equal to what is synthesised.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from costs.document import page
from costs.inventory import Inventory
from stacks.environments import ENVIRONMENTS, SANDBOX
from tests.costs.measured_usage import measured_usage

REPOSITORY: Final = Path(__file__).resolve().parents[2]
DOCUMENT: Final = REPOSITORY / "docs" / "COST.md"
# The sandbox is beta on a laptop, and costs nothing.
DEPLOYED: Final = tuple(stage for stage, environment in ENVIRONMENTS.items() if environment is not SANDBOX)
_SNAPSHOTS: Final = REPOSITORY / "tests" / "stacks" / "__snapshots__" / "test_snapshots"


def templates(environment: str) -> Iterator[dict[str, Any]]:
    """The templates of an environment as they were last reviewed; `make snapshots` writes those of a new one."""
    for snapshot in sorted(_SNAPSHOTS.iterdir()):
        if f"[{environment}-" in snapshot.name:
            yield json.loads(snapshot.read_text(encoding="utf-8"))


def cost_page() -> str:
    return page({environment: Inventory.of(templates(environment)) for environment in DEPLOYED}, measured_usage())


if __name__ == "__main__":
    DOCUMENT.write_text(cost_page(), encoding="utf-8")
    sys.stdout.write(f"{DOCUMENT.relative_to(REPOSITORY)} is up to date\n")

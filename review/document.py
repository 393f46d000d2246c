"""The comparison as a JSON document, for programs."""

from typing import Any

from review.comment import Sides
from review.comparison import Comparison


def document(sides: Sides, comparison: Comparison | None) -> dict[str, Any]:
    """`differs` is null where head could not be synthesised."""
    sides_document = {
        "base": {"name": sides.base, "failure": sides.base_failure},
        "head": {"name": sides.head, "failure": sides.head_failure},
    }
    if comparison is None:
        return {**sides_document, "differs": None}
    return {
        **sides_document,
        "differs": not comparison.nothing_differs,
        "remarks": [
            {
                "heading": shared.item.heading.name.lower(),
                "stack": shared.item.stack.name,
                "path": shared.item.path,
                "text": shared.item.text,
                "environments": list(shared.environments),
            }
            for shared in comparison.remarks
        ],
        "findings": [
            {"path": shared.item.path, "rule": shared.item.rule, "environments": list(shared.environments)}
            for shared in comparison.findings
        ],
        "acknowledged": [
            {
                "path": shared.item.finding.path,
                "rule": shared.item.finding.rule,
                "reason": shared.item.reason,
                "environments": list(shared.environments),
            }
            for shared in comparison.acknowledged
        ],
        "stacks": [
            {"name": shared.item.name, "text": shared.item.text, "environments": list(shared.environments)}
            for shared in comparison.stacks
        ],
    }

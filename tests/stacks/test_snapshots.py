"""One snapshot a stack and environment. `make snapshots` writes them; a test run only compares."""

import json
import re
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension

from stacks.environments import ENVIRONMENTS
from tests.stacks.conftest import STACKS, Synthesis

# What changes with every change of code, and says nothing about the infrastructure.
_MASKS = (
    (re.compile(r"\b[0-9a-f]{64}\b"), "<asset hash>"),
    # The name of an output that hands a version to another stack has a hash of its own.
    (re.compile(r"(CurrentVersion)[0-9A-F]{8}[0-9a-f]{32}(?:Version[0-9A-F]{8})?"), r"\1<hash>"),
)


def masked(template: dict[str, Any]) -> dict[str, Any]:
    text = json.dumps(template)
    for pattern, replacement in _MASKS:
        text = pattern.sub(replacement, text)
    return dict(json.loads(text))


@pytest.mark.parametrize("stack", STACKS)
@pytest.mark.parametrize("stage", ENVIRONMENTS)
def test_the_template_is_the_one_that_was_reviewed(
    stage: str, stack: str, synthesis: Synthesis, snapshot: SnapshotAssertion
) -> None:
    assert masked(synthesis.templates[stage, stack]) == snapshot(
        name=f"{stage}-{stack}", extension_class=JSONSnapshotExtension
    )

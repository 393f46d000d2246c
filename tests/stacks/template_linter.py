"""cfn-lint, as its own command line runs it on many templates: its rules are loaded once, and serve for all of them.

`cfnlint.api.lint` loads them for each template, which takes longer than to check it.
"""

import functools
import json
from collections.abc import Mapping
from typing import Any

from cfnlint.config import ConfigMixIn
from cfnlint.decode.decode import decode_str
from cfnlint.runner import Runner


def lint_findings(template: Mapping[str, Any], region: str) -> list[str]:
    """Each finding as its rule's id and its message."""
    decoded, matches = decode_str(json.dumps(template))
    assert matches == []
    return [f"{match.rule.id} {match.message}" for match in _runner(region).validate_template(decoded)]


@functools.cache
def _runner(region: str) -> Runner:
    return Runner(ConfigMixIn(regions=[region]))

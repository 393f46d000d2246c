"""Reads that no user asked for: `{"userId": "user-7", "probe": "prisma"}` asks one path of one version.

A probe is how a new version is tried before users are sent to it, so it counts in no metric and is compared with
nothing. mock-read honours it only where a version was invoked by its number. Users may invoke the alias alone, which
ignores the key, and IAM says who may invoke versions.
"""

from typing import Final

from shared.names import PATH_MOCK, PATH_PRISMA

PROBE: Final = "probe"

_PATHS: Final = (PATH_MOCK, PATH_PRISMA)
# arn:aws:lambda:<region>:<account>:function:<name>:<version or alias>
_PARTS_WITH_QUALIFIER: Final = 8


def is_probe(event: object) -> bool:
    """Whether an event bears the mark."""
    return _path(event) is not None


def probed_path(event: object, invoked_function_arn: str) -> str | None:
    """The path to be probed; None for an event without the mark, and wherever no numbered version was invoked."""
    parts = invoked_function_arn.split(":")
    qualifier = parts[-1] if len(parts) == _PARTS_WITH_QUALIFIER else ""
    return _path(event) if qualifier.isascii() and qualifier.isdigit() else None


def _path(event: object) -> str | None:
    path = event.get(PROBE) if isinstance(event, dict) else None
    return path if isinstance(path, str) and path in _PATHS else None

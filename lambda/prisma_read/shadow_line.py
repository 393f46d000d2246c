"""The `[SHADOW-REQUEST]` line as its reader understands it. `shared.telemetry` writes it."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from shared.canonical import CANONICAL_VERSION
from shared.digests import DIGEST_BYTES, DIGEST_PATHS
from shared.names import PATH_MOCK, PATH_PRISMA, LogToken
from shared.user_id import is_user_id

# Printable, and longer than the UUID that Lambda gives.
_REQUEST_ID: Final = re.compile(r"[!-~]{1,128}", re.ASCII)
_DIGEST: Final = re.compile(rf"[0-9a-f]{{{2 * DIGEST_BYTES}}}", re.ASCII)


class Skip(StrEnum):
    """Why nothing was compared although nothing failed; the code of a `[SHADOW-SKIPPED]` line."""

    MALFORMED_EVENT = "malformed-event"
    MALFORMED = "malformed"
    OTHER_VERSION = "other-version"
    STALE = "stale"
    DUPLICATE = "duplicate"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadowRequest:
    """One read to compare: `digests`, by path, are of the answer that the path `served_by` gave at `time_ms`."""

    user_id: str
    request_id: str
    served_by: str
    time_ms: int
    digests: Mapping[str, str]


def parse_line(message: object) -> ShadowRequest | Skip:
    """The request in a log event's message, which may be anything."""
    try:
        line = json.loads(message) if isinstance(message, str) else None
    except (ValueError, RecursionError):
        return Skip.MALFORMED
    if not isinstance(line, dict) or line.get("event") != LogToken.SHADOW_REQUEST:
        return Skip.MALFORMED
    version = line.get("canonicalVersion")
    if type(version) is not int:
        return Skip.MALFORMED
    # Before all else: another version may have other fields.
    if version != CANONICAL_VERSION:
        return Skip.OTHER_VERSION
    return _request(line) or Skip.MALFORMED


def _request(line: dict[str, Any]) -> ShadowRequest | None:
    user_id, request_id, time_ms = line.get("userId"), line.get("requestId"), line.get("time")
    served_by, digests = line.get("path"), line.get("digests")
    # A bool is an int to Python.
    if not is_user_id(user_id) or type(time_ms) is not int:
        return None
    if not isinstance(request_id, str) or not _REQUEST_ID.fullmatch(request_id):
        return None
    if served_by not in (PATH_MOCK, PATH_PRISMA) or not isinstance(digests, dict):
        return None
    if not all(path in DIGEST_PATHS and _is_digest(digest) for path, digest in digests.items()):
        return None
    return ShadowRequest(user_id=user_id, request_id=request_id, served_by=served_by, time_ms=time_ms, digests=digests)


def _is_digest(value: object) -> bool:
    return isinstance(value, str) and _DIGEST.fullmatch(value) is not None

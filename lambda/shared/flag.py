"""The migration's flag as the functions see it: one frozen value, checked once when it is read.

The agent answers a flag as one flat object, `{"enabled": true, "percent": 5, ...}`, and guarantees the
attributes only while the flag is enabled, so each has a default here, and the defaults expose nobody.
https://docs.aws.amazon.com/appconfig/latest/userguide/appconfig-integration-retrieving-feature-flags.html
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar


class InvalidFlagError(ValueError):
    """The document is no flag of ours. The message names the attribute, never its value."""


class SplitBy(StrEnum):
    """What one draw of the rollout decides for: a user for good, or a single request."""

    USER = "user"
    REQUEST = "request"


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """Percentages go from 0 to 100 and may be fractional; `allow_users` are in at any percentage."""

    OFF: ClassVar["Flag"]

    enabled: bool = False
    percent: float = 0.0
    split_by: SplitBy = SplitBy.USER
    allow_users: frozenset[str] = frozenset()
    shadow_percent: float = 0.0
    seed: str = ""

    @property
    def reaches_anybody(self) -> bool:
        """Whether any read may be sent to Prisma."""
        return self.enabled and (self.percent > 0 or bool(self.allow_users))


Flag.OFF = Flag()


def parse_flag(document: object) -> Flag:
    """The flag in the agent's JSON object; `Flag.OFF` unless enabled, whatever else it holds.

    Raises InvalidFlagError for anything else than an object with a boolean `enabled` and, if that is true,
    attributes of the right type and range.
    """
    attributes = _object(document)
    if not _enabled(attributes):
        return Flag.OFF
    return Flag(
        enabled=True,
        percent=_percent(attributes, "percent"),
        split_by=_split_by(attributes),
        allow_users=_user_ids(attributes),
        shadow_percent=_percent(attributes, "shadowPercent"),
        seed=_seed(attributes),
    )


def parse_switch(document: object) -> bool:
    """Whether a flag without attributes is on. Raises InvalidFlagError."""
    return _enabled(_object(document))


def _object(document: object) -> dict[str, object]:
    if not isinstance(document, dict):
        raise InvalidFlagError("the flag is not a JSON object")
    return document


def _enabled(attributes: dict[str, object]) -> bool:
    enabled = attributes.get("enabled")
    if not isinstance(enabled, bool):
        raise InvalidFlagError("enabled is not a boolean")
    return enabled


def _percent(attributes: dict[str, object], name: str) -> float:
    percent = attributes.get(name, 0.0)
    # A bool is an int to Python and NaN compares with nothing: neither is a percentage.
    if isinstance(percent, bool) or not isinstance(percent, int | float) or not 0 <= percent <= 100:  # noqa: PLR2004 — per cent
        raise InvalidFlagError(f"{name} is not a number from 0 to 100")
    return float(percent)


def _split_by(attributes: dict[str, object]) -> SplitBy:
    split_by = attributes.get("splitBy", SplitBy.USER)
    if not isinstance(split_by, str) or split_by not in list(SplitBy):
        raise InvalidFlagError(f"splitBy is none of {', '.join(SplitBy)}")
    return SplitBy(split_by)


def _user_ids(attributes: dict[str, object]) -> frozenset[str]:
    user_ids = attributes.get("allowUsers", [])
    if not isinstance(user_ids, list) or not all(isinstance(user_id, str) for user_id in user_ids):
        raise InvalidFlagError("allowUsers is not a list of strings")
    return frozenset(user_ids)


def _seed(attributes: dict[str, object]) -> str:
    seed = attributes.get("seed", "")
    if not isinstance(seed, str):
        raise InvalidFlagError("seed is not a string")
    return seed

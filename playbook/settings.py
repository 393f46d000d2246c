"""What the deployed stacks say of themselves: the environment's limits, times and holds.

The stacks write it into one SSM parameter, so that whoever runs the playbook goes by what is deployed, not by the
checkout that happens to lie on the operator's machine.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from pydantic import TypeAdapter, ValidationError

from playbook.thresholds import Thresholds


class InvalidSettingsError(ValueError):
    """The parameter holds something else; the message names what is wrong with it."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """One environment's own figures.

    `ramp_hold_minutes` is by percentage how long a step lasts at least before the next one may begin (the playbook,
    section 6: 5 % from H+3 to H+24). `flag_poll_interval_seconds` is how stale a read's flag may be.
    """

    error_rate_limit_percent: float
    latency_budget_ms: float
    candidate_timeout_ms: int
    flag_poll_interval_seconds: int
    flag_deployment_minutes: int
    flag_bake_minutes: int
    prisma_provisioned_concurrency: int
    prisma_reserved_concurrency: int
    shadow_reserved_concurrency: int
    ramp_hold_minutes: Mapping[int, int] = field(hash=False)

    @property
    def thresholds(self) -> Thresholds:
        """The judge's limits."""
        return Thresholds(latency_budget_ms=self.latency_budget_ms, error_rate_percent=self.error_rate_limit_percent)

    @property
    def ramp(self) -> tuple[int, ...]:
        """The ramp's percentages in their order; the last has no hold."""
        return (*sorted(self.ramp_hold_minutes), 100)


_SETTINGS: Final = TypeAdapter(Settings)


def parse_settings(text: str) -> Settings:
    """Settings from the parameter's JSON. Raises InvalidSettingsError."""
    try:
        return _SETTINGS.validate_json(text)
    except ValidationError as error:
        raise InvalidSettingsError(str(error)) from error

"""How much of a Lambda alias's traffic the new version has, as time goes by. Pure.

https://docs.aws.amazon.com/codedeploy/latest/userguide/deployment-configurations.html
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Document = Mapping[str, Any]


@dataclass(frozen=True)
class Shift:
    """A share of traffic, 0 to 1, and the seconds after the first shift at which the next one is due, if any."""

    weight: float
    next_s: float | None


def shift_at(routing: Document, elapsed_s: float) -> Shift:
    """Return the shift that a TrafficRoutingConfig asks for, `elapsed_s` seconds after the first."""
    match routing:
        case {"type": "TimeBasedCanary", "timeBasedCanary": canary}:
            return _steps(canary["canaryPercentage"], canary["canaryInterval"], 2, elapsed_s)
        case {"type": "TimeBasedLinear", "timeBasedLinear": linear}:
            percentage = linear["linearPercentage"]
            return _steps(percentage, linear["linearInterval"], math.ceil(100 / percentage), elapsed_s)
        case _:
            return Shift(1.0, None)


def _steps(percentage: int, interval_minutes: int, count: int, elapsed_s: float) -> Shift:
    """Return the shift of `count` steps of `percentage`, the last of which is to all that is left."""
    interval_s = interval_minutes * 60
    step = int(max(0.0, elapsed_s) // interval_s) + 1
    if step >= count:
        return Shift(1.0, None)
    return Shift(percentage * step / 100, float(step * interval_s))

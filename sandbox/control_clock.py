"""The clock and the metrics below `/_sandbox/`."""

import asyncio
import math
from collections.abc import Mapping
from typing import Any

from sandbox.clock import Clock
from sandbox.metric_ministack import Metrics


class ClockResource:
    """PUT `{"factor": 30}` or `{"jump_seconds": 600}`; a jump is answered when every minute of it has been seen to."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def get(self, _query: Mapping[str, str]) -> dict[str, Any]:
        return {
            "now": self._clock.now(),
            "factor": self._clock.factor,
            "behind_seconds": self._clock.behind_seconds(),
        }

    async def put(self, changes: dict[str, Any]) -> dict[str, Any]:
        # Neither may hold up the event loop: those who listen to the clock take their time.
        if changes.keys() == {"factor"}:
            await asyncio.to_thread(self._clock.run_at, _number(changes, "factor"))
        elif changes.keys() == {"jump_seconds"}:
            await asyncio.to_thread(self._clock.jump, _number(changes, "jump_seconds"))
        else:
            raise ValueError('the request\'s body is {"factor": …} or {"jump_seconds": …}')
        return await self.get({})


class MetricsResource:
    """PUT `{"delay_seconds": 120}` holds for what is recorded from then on."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    async def get(self, _query: Mapping[str, str]) -> dict[str, Any]:
        return {"delay_seconds": self._metrics.delay_seconds}

    async def put(self, changes: dict[str, Any]) -> dict[str, Any]:
        if changes.keys() != {"delay_seconds"}:
            raise ValueError('the request\'s body is {"delay_seconds": …}')
        self._metrics.delay_seconds = _number(changes, "delay_seconds")
        return await self.get({})


def _number(changes: dict[str, Any], name: str) -> float:
    value = changes[name]
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise ValueError(f"{name} takes a number")
    return float(value)

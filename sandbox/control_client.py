"""A client of the sandbox's own API, for tests and scripts. Standard library only.

control = ControlClient("http://127.0.0.1:4566")
control.set_log_subscriptions(drop_share=0.1)
control.drain_log_subscriptions(within_s=30)
control.set_postgres(running=False)
control.run_clock_at(30)
control.jump_clock(600)
"""

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any

from sandbox.control import PREFIX

_MARGIN_S = 30.0
_LONGEST_JUMP_S = 600.0


class ControlError(Exception):
    """What the sandbox finds wrong with a request."""


class NotDrainedError(Exception):
    """Log events are still under way. `counters` are the bus's."""

    def __init__(self, within_s: float, counters: dict[str, int]) -> None:
        super().__init__(f"{counters['pending']} log events are still under way after {within_s:g} s: {counters}")
        self.counters = counters


@dataclass(frozen=True)
class ControlClient:
    """Settings and counters are those of `log_subscriptions_settings.py`. Each method raises `ControlError`."""

    endpoint_url: str

    def log_subscriptions(self) -> dict[str, Any]:
        """Return `{"settings": …, "counters": …}`."""
        return self._request("GET", "log-subscriptions")

    def set_log_subscriptions(self, **settings: float) -> dict[str, Any]:
        """Change the settings named, for all that is written from now on."""
        return self._request("PUT", "log-subscriptions", settings)

    def drain_log_subscriptions(self, *, within_s: float) -> dict[str, int]:
        """Wait until all that was written so far is delivered or given up; return the counters.

        Raises `NotDrainedError`.
        """
        state = self._request("GET", f"log-subscriptions?drained_within_s={within_s}", wait_s=within_s)
        counters: dict[str, int] = state["counters"]
        if counters["pending"]:
            raise NotDrainedError(within_s, counters)
        return counters

    def postgres_is_running(self) -> bool:
        return bool(self._request("GET", "postgres")["running"])

    def set_postgres(self, *, running: bool) -> None:
        """Stop PostgreSQL as a loss of power would, or start it on the same port; return when that is done."""
        self._request("PUT", "postgres", {"running": running})

    def clock(self) -> dict[str, float]:
        """Return `{"now": epoch seconds, "factor": …, "behind_seconds": …}`."""
        return self._request("GET", "clock")

    def run_clock_at(self, factor: float) -> dict[str, float]:
        """Let so many seconds of playbook time pass in a second, until the clock has caught up with the machine's."""
        return self._request("PUT", "clock", {"factor": factor})

    def jump_clock(self, seconds: float) -> dict[str, float]:
        """Let idle time pass at once; return when every alarm has been evaluated in every minute of it."""
        return self._request("PUT", "clock", {"jump_seconds": seconds}, wait_s=_LONGEST_JUMP_S)

    def metric_delay_seconds(self) -> float:
        return float(self._request("GET", "metrics")["delay_seconds"])

    def set_metric_delay(self, seconds: float) -> None:
        """Of playbook time, from when a data point is recorded until it can be seen; for those recorded from now on."""
        self._request("PUT", "metrics", {"delay_seconds": seconds})

    def alarm_engine_is_running(self) -> bool:
        return bool(self._request("GET", "alarm-engine")["running"])

    def set_alarm_engine(self, *, running: bool) -> None:
        """End the evaluation of alarms, or begin it with nothing but what CloudWatch holds; return when it is so."""
        self._request("PUT", "alarm-engine", {"running": running})

    def _request(
        self, method: str, path: str, document: dict[str, Any] | None = None, *, wait_s: float = 0.0
    ) -> dict[str, Any]:
        request = urllib.request.Request(  # noqa: S310 - the endpoint is the caller's own sandbox
            f"{self.endpoint_url}{PREFIX}{path}",
            method=method,
            data=None if document is None else json.dumps(document).encode(),
            headers={"Content-Type": "application/json"},
        )
        # A proxy that the environment names is for elsewhere.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=wait_s + _MARGIN_S) as response:
                answer: dict[str, Any] = json.load(response)
        except urllib.error.HTTPError as error:
            with error:
                raise ControlError(json.load(error)["message"]) from error
        return answer

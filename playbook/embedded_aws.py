"""What a rehearsal turns that no account has: the clock, how late metrics arrive, the database's power switch.

The embedded AWS offers it below `/_sandbox/` on its endpoint (docs/SANDBOX.md).
"""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

_TIMEOUT_SECONDS: Final = 600


class EmbeddedAwsError(RuntimeError):
    """The endpoint is no embedded AWS, or refused what it was told."""


@dataclass(frozen=True)
class EmbeddedAws:
    """Every method raises EmbeddedAwsError."""

    endpoint_url: str

    def now(self) -> float:
        """Playbook time, epoch seconds."""
        return float(self._request("GET", "clock")["now"])

    def behind_seconds(self) -> float:
        """How much playbook time is left before the clock has caught up with the machine's."""
        return float(self._request("GET", "clock")["behind_seconds"])

    def run_at(self, factor: float) -> None:
        """Let `factor` seconds of playbook time pass in a second."""
        self._request("PUT", "clock", {"factor": factor})

    @contextmanager
    def hurried(self, factor: float) -> Iterator[None]:
        """Run at `factor` during the block, and then as before."""
        before = float(self._request("GET", "clock")["factor"])
        self.run_at(factor)
        try:
            yield
        finally:
            self.run_at(before)

    def jump(self, seconds: float) -> None:
        """Let idle time pass at once."""
        self._request("PUT", "clock", {"jump_seconds": seconds})

    def delay_metrics(self, seconds: float) -> None:
        """How much later than it is measured a figure can be seen."""
        self._request("PUT", "metrics", {"delay_seconds": seconds})

    def drain_log_subscriptions(self, within_seconds: float) -> None:
        """Wait until every line that was written so far is delivered."""
        self._request("GET", f"log-subscriptions?drained_within_s={within_seconds:g}")

    def drop_log_events(self, share: float) -> None:
        """Lose so much of what is written from now on, 0 to 1, on its way to the comparator."""
        self._request("PUT", "log-subscriptions", {"drop_share": share})

    def set_database(self, *, running: bool) -> None:
        self._request("PUT", "postgres", {"running": running})

    def set_alarm_evaluation(self, *, running: bool) -> None:
        """End the evaluation of alarms, or begin it with nothing but what CloudWatch holds."""
        self._request("PUT", "alarm-engine", {"running": running})

    def _request(self, method: str, path: str, document: dict[str, Any] | None = None) -> dict[str, Any]:
        request = urllib.request.Request(  # noqa: S310 - the caller has checked that it is this machine
            f"{self.endpoint_url}/_sandbox/{path}",
            method=method,
            data=None if document is None else json.dumps(document).encode(),
            headers={"Content-Type": "application/json"},
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=_TIMEOUT_SECONDS) as response:
                answer: dict[str, Any] = json.load(response)
        except (urllib.error.URLError, ValueError) as error:
            reason = error.read().decode(errors="replace") if isinstance(error, urllib.error.HTTPError) else str(error)
            raise EmbeddedAwsError(f"{method} /_sandbox/{path}: {reason}") from error
        return answer

"""Lambda's queue of asynchronous invocations: tried, tried again after Lambda's waits, and given up with a record.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async.html
"""

import logging
import threading
import uuid
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final, Protocol

from sandbox.async_invocation import Destination, Failure, GiveUp, Invocation, InvocationPolicy, Outcome, next_step
from sandbox.clock import Clock

_logger = logging.getLogger(__name__)
_MAX_THREADS: Final = 16
_MINUTE_SECONDS: Final = 60.0


@dataclass(frozen=True)
class Target:
    """A `Destination`."""

    account_id: str
    region: str
    destination_arn: str


class Functions(Protocol):
    """What the queue asks of Lambda, on several threads at once."""

    def invoke(self, target: Destination, event: Mapping[str, Any]) -> tuple[Outcome, InvocationPolicy, str]:
        """Run the function once; return what came of it, its settings, and the ARN with the qualifier it ran under.

        Raises `KeyError` if the function is gone.
        """

    def report(self, failure: Failure, policy: InvocationPolicy) -> None:
        """Send what was given up to where the policy says."""


class AsyncQueue:
    """An invocation that was accepted is carried to its end by a thread; waits are playbook time."""

    def __init__(self, functions: Functions, clock: Clock) -> None:
        self._functions = functions
        self._clock = clock
        self._pool = ThreadPoolExecutor(_MAX_THREADS, thread_name_prefix="async-invocation")
        self._closed = threading.Event()

    def start(self) -> None:
        """Nothing to do before the first invocation."""

    def close(self) -> None:
        """Abandon what waits; nothing new begins. Returns at once."""
        self._closed.set()

    def stop(self) -> None:
        """Close, and return when the invocations under way have ended: end the functions' processes before."""
        self.close()
        self._pool.shutdown(cancel_futures=True)

    def accept(self, target: Destination, event: Mapping[str, Any]) -> str:
        """Take an invocation and return its request id."""
        invocation = Invocation(str(uuid.uuid4()), accepted_at=self._clock.now())
        if not self._closed.is_set():
            self._pool.submit(self._carry, target, event, invocation)
        return invocation.request_id

    def _carry(self, target: Destination, event: Mapping[str, Any], invocation: Invocation) -> None:
        try:
            self._try_until_done(target, event, invocation)
        except Exception:
            _logger.exception("%s: an asynchronous invocation was lost", target.destination_arn)

    def _try_until_done(self, target: Destination, event: Mapping[str, Any], invocation: Invocation) -> None:
        while not self._closed.is_set():
            outcome, policy, function_arn = self._functions.invoke(target, event)
            if self._closed.is_set():
                return
            step = next_step(invocation, outcome, policy, now=self._clock.now(), minute_s=_MINUTE_SECONDS)
            if step is None:
                return
            if isinstance(step, GiveUp):
                self._functions.report(Failure(step.invocation, step.condition, function_arn, event, outcome), policy)
                return
            invocation = step.invocation
            self._clock.wait(step.wait_s, self._closed)

"""The bus from log groups to the Lambda functions that subscribe to them: batches, delays, repeats and retries.

CloudWatch Logs invokes a function asynchronously, some time after an event was written, with what it has gathered of
one log stream, and at least once (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Subscriptions.html,
https://docs.aws.amazon.com/lambda/latest/dg/services-cloudwatchlogs.html). Who writes an event never waits for any of
that: `receive` matches the events and puts them into a batch; everything else happens on the bus's own threads.
"""

import functools
import heapq
import itertools
import logging
import threading
import uuid
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final, Protocol

from sandbox.async_invocation import (
    Condition,
    Failure,
    GiveUp,
    Invocation,
    InvocationPolicy,
    Outcome,
    Retry,
    next_step,
)
from sandbox.clock import Clock
from sandbox.log_subscriptions_batch import Batch, Batches, LogEvent, Subscription
from sandbox.log_subscriptions_pattern import FilterPattern
from sandbox.log_subscriptions_settings import BusSettings, Counters

__all__ = ["Functions", "LogStream", "LogSubscriptions", "SubscriptionFilter"]

_logger = logging.getLogger(__name__)
_MAX_THREADS: Final = 32


@dataclass(frozen=True)
class LogStream:
    account_id: str
    region: str
    log_group: str
    name: str


@dataclass(frozen=True)
class SubscriptionFilter:
    name: str
    pattern: FilterPattern
    destination_arn: str


class Functions(Protocol):
    """What the bus asks of Lambda. It is asked on several threads at once."""

    def may_be_invoked_for(self, subscription: Subscription) -> bool:
        """Whether the function exists and its policy lets CloudWatch Logs invoke it for this log group."""

    def invoke(self, subscription: Subscription, event: Mapping[str, Any]) -> tuple[Outcome, InvocationPolicy, str]:
        """Run the function once; return what came of it, its settings, and the ARN with the qualifier it ran under."""

    def report(self, failure: Failure, policy: InvocationPolicy) -> None:
        """Send what was given up to where the policy says."""


@dataclass(frozen=True)
class _Delivery:
    batch: Batch
    invocation: Invocation


class LogSubscriptions:
    """The bus. `random` draws uniformly from [0, 1). It waits, and events age, by the clock.

    `start` it once, and `stop` it. A test may instead call `run_due` itself, with a `submit` that runs what it is given
    at once.
    """

    def __init__(
        self,
        functions: Functions,
        *,
        random: Callable[[], float],
        clock: Clock,
        submit: Callable[[Callable[[], None]], Any] | None = None,
    ) -> None:
        self._functions = functions
        self._random = random
        self._clock = clock
        self._pool = ThreadPoolExecutor(_MAX_THREADS, thread_name_prefix="log-subscription")
        self._submit = submit or self._pool.submit
        self._thread = threading.Thread(target=self._run, name="log-subscriptions", daemon=True)
        # Guards everything below; notified when something may be due earlier than was thought, or nothing is any more.
        self._changed = threading.Condition()
        self._settings = BusSettings()
        self._counters = Counters()
        self._batches = Batches()
        self._waiting: list[tuple[float, int, _Delivery]] = []
        self._ready: deque[_Delivery] = deque()
        self._running = 0
        self._sequence = itertools.count()
        self._awake = False
        self._closed = False
        self._ignore_clock: Callable[[], None] | None = None

    def start(self) -> None:
        self._ignore_clock = self._clock.on_change(self._wake_up)
        self._thread.start()

    def close(self) -> None:
        """Abandon what has not begun; nothing new begins. Returns at once."""
        with self._changed:
            self._closed = True
            self._wake()

    def stop(self) -> None:
        """Close, and return when the invocations under way have ended: end the functions' processes before."""
        self.close()
        if self._ignore_clock:
            self._ignore_clock()
            self._thread.join()
        self._pool.shutdown(cancel_futures=True)

    @property
    def settings(self) -> BusSettings:
        return self._settings

    @settings.setter
    def settings(self, settings: BusSettings) -> None:
        """Hold from now on; batches and deliveries that wait already are not changed."""
        with self._changed:
            self._settings = settings
            self._wake()

    def counters(self) -> Counters:
        with self._changed:
            return Counters(**self._counters.document())

    def wait_until_drained(self, within_s: float) -> bool:
        """Block until no event is under way, or as long as that; return whether none is."""
        with self._changed:
            self._changed.wait_for(lambda: not self._counters.pending or self._closed, within_s)
            return not self._counters.pending

    def receive(
        self, stream: LogStream, filters: Iterable[SubscriptionFilter], events: Sequence[tuple[int, str]]
    ) -> None:
        """Take what was written to a log stream, as pairs of timestamp in milliseconds and message."""
        for each in filters:
            matching = [event for event in events if each.pattern.matches(event[1])]
            if matching:
                self._gather(stream, each, matching)

    def _gather(self, stream: LogStream, by: SubscriptionFilter, events: Sequence[tuple[int, str]]) -> None:
        subscription = Subscription(
            stream.account_id, stream.region, stream.log_group, stream.name, by.name, by.destination_arn
        )
        with self._changed:
            if self._closed:
                return
            settings, now = self._settings, self._clock.now()
            for timestamp_ms, message in events:
                self._counters.matched += 1
                if settings.drop_share and self._random() < settings.drop_share:
                    self._counters.dropped += 1
                    continue
                self._counters.pending += 1
                # The ids are as long as AWS's, and in the order of writing.
                event = LogEvent(f"{timestamp_ms:016}{next(self._sequence):040}", timestamp_ms, message)
                for batch in self._batches.add(
                    subscription, event,
                    now=now, batch_s=settings.batch_ms / 1000, batch_events=settings.batch_events,
                ):  # fmt: skip
                    self._send(batch, now)
            self._wake()

    def _send(self, batch: Batch, now: float) -> None:
        """Decide when, and how often, a batch is delivered."""
        self._wait_for(_Delivery(batch, _new_invocation(now)), now + self._delay_s())
        if self._random() < self._settings.duplicate_share:
            self._counters.duplicated += len(batch.events)
            self._counters.pending += len(batch.events)
            self._wait_for(_Delivery(batch, _new_invocation(now)), now + self._delay_s())

    def _delay_s(self) -> float:
        least, most = self._settings.delay_min_ms, self._settings.delay_max_ms
        return (least + (most - least) * self._random()) / 1000

    def _wait_for(self, delivery: _Delivery, due: float) -> None:
        heapq.heappush(self._waiting, (due, next(self._sequence), delivery))

    def run_due(self) -> float | None:
        """Do what is due. Return the clock's time at which there is more to do, or None if that is not known."""
        with self._changed:
            now = self._clock.now()
            for batch in self._batches.take_due(now):
                self._send(batch, now)
            while self._waiting and self._waiting[0][0] <= now:
                self._ready.append(heapq.heappop(self._waiting)[2])
            begun = []
            while self._ready and self._running < self._settings.concurrency and not self._closed:
                self._running += 1
                begun.append(self._ready.popleft())
        for delivery in begun:
            self._submit(functools.partial(self._deliver, delivery))
        with self._changed:
            due = (self._batches.next_due(), self._waiting[0][0] if self._waiting else None)
            return min((moment for moment in due if moment is not None), default=None)

    def _run(self) -> None:
        while True:
            due = self.run_due()
            with self._changed:
                timeout = None if due is None else self._clock.wall_seconds_until(due)
                self._changed.wait_for(lambda: self._awake or self._closed, timeout)
                if self._closed:
                    return
                self._awake = False

    def _wake_up(self) -> None:
        with self._changed:
            self._wake()

    def _wake(self) -> None:
        self._awake = True
        self._changed.notify_all()

    def _deliver(self, delivery: _Delivery) -> None:
        try:
            step = self._attempt(delivery)
        except Exception:
            # The other deliveries must go on.
            _logger.exception("events of %s could not be delivered", delivery.batch.subscription.log_group)
            step = GiveUp(delivery.invocation, Condition.RETRIES_EXHAUSTED)
        size = len(delivery.batch.events)
        with self._changed:
            self._running -= 1
            if isinstance(step, Retry):
                self._counters.retried += size
                self._wait_for(_Delivery(delivery.batch, step.invocation), self._clock.now() + step.wait_s)
            else:
                self._counters.pending -= size
                if step is None:
                    self._counters.delivered += size
                else:
                    self._counters.failed += size
            self._wake()

    def _attempt(self, delivery: _Delivery) -> Retry | GiveUp | None:
        subscription = delivery.batch.subscription
        if not self._functions.may_be_invoked_for(subscription):
            # AWS does not try again on such an error; it skips the events.
            _logger.warning(
                "filter %s of %s: %s may not be invoked",
                subscription.filter_name, subscription.log_group, subscription.destination_arn,
            )  # fmt: skip
            return GiveUp(delivery.invocation, Condition.RETRIES_EXHAUSTED)
        event = delivery.batch.lambda_event()
        outcome, policy, function_arn = self._functions.invoke(subscription, event)
        if self._closed:
            return GiveUp(delivery.invocation, Condition.RETRIES_EXHAUSTED)
        step = next_step(
            delivery.invocation, outcome, policy, now=self._clock.now(), minute_s=self._settings.retry_minute_ms / 1000
        )
        if isinstance(step, GiveUp):
            self._functions.report(Failure(step.invocation, step.condition, function_arn, event, outcome), policy)
        return step


def _new_invocation(now: float) -> Invocation:
    return Invocation(str(uuid.uuid4()), accepted_at=now)

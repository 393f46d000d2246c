"""The bus alone, on a clock and with chance in the tests' hands."""

import base64
import gzip
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from sandbox.async_invocation import Failure, InvocationPolicy, Outcome, Result
from sandbox.clock import Clock
from sandbox.log_subscriptions import LogStream, LogSubscriptions, SubscriptionFilter
from sandbox.log_subscriptions_batch import Subscription
from sandbox.log_subscriptions_pattern import FilterPattern

STREAM = LogStream("000000000000", "us-east-1", "/reads", "stream")
TO_SHADOW = SubscriptionFilter("shadow", FilterPattern.parse('"SHADOW-REQUEST"'), "arn:aws:lambda:shadow")
TO_ALL = SubscriptionFilter("all", FilterPattern.parse(""), "arn:aws:lambda:all")
PROMPT = {"batch_ms": 0.0, "delay_max_ms": 0.0, "duplicate_share": 0.0}
"""Each event at once and once."""


def chance(seed: int) -> Callable[[], float]:
    return Random(seed).random  # noqa: S311 - a test's chance has to repeat


@dataclass
class FakeFunctions:
    """Functions that answer what a test says, and remember what they were given."""

    outcome: Callable[[], Outcome] = lambda: Outcome(Result.SUCCESS)
    policy: InvocationPolicy = field(default_factory=InvocationPolicy)
    forbidden: tuple[str, ...] = ()
    documents: list[dict[str, Any]] = field(default_factory=list)
    reported: list[tuple[Failure, InvocationPolicy]] = field(default_factory=list)

    def may_be_invoked_for(self, subscription: Subscription) -> bool:
        return subscription.destination_arn not in self.forbidden

    def invoke(self, subscription: Subscription, event: Mapping[str, Any]) -> tuple[Outcome, InvocationPolicy, str]:
        self.documents.append(json.loads(gzip.decompress(base64.b64decode(event["awslogs"]["data"]))))
        return self.outcome(), self.policy, f"{subscription.destination_arn}:$LATEST"

    def report(self, failure: Failure, policy: InvocationPolicy) -> None:
        self.reported.append((failure, policy))

    def messages(self) -> list[list[str]]:
        return [[event["message"] for event in document["logEvents"]] for document in self.documents]


class Driven:
    """A bus that does its work when the test lets time pass, in the test's own thread."""

    def __init__(self, functions: FakeFunctions, *, seed: int = 1, **settings: float) -> None:
        self.functions = functions
        self.now = 1000.0
        clock = Clock(wall=lambda: self.now, monotonic=lambda: self.now)
        self.bus = LogSubscriptions(functions, random=chance(seed), clock=clock, submit=lambda work: work())
        self.bus.settings = self.bus.settings.changed({**PROMPT, **settings})

    def write(self, *messages: str, by: SubscriptionFilter = TO_ALL) -> None:
        self.bus.receive(STREAM, [by], [(int(self.now * 1000), message) for message in messages])

    def pass_time(self, seconds: float) -> None:
        end = self.now + seconds
        while True:
            due = self.bus.run_due()
            if due is None or due > end:
                break
            self.now = max(self.now, due)
        self.now = end
        self.bus.run_due()

    def counted(self) -> dict[str, int]:
        counters = self.bus.counters().document()
        assert counters["matched"] + counters["duplicated"] == (
            counters["delivered"] + counters["failed"] + counters["dropped"] + counters["pending"]
        )
        return {name: count for name, count in counters.items() if count}


def test_what_matches_a_filter_is_delivered_to_its_function() -> None:
    driven = Driven(FakeFunctions())
    driven.write("[SHADOW-REQUEST] 1", "[MOCK-SUCCESS] 1", by=TO_SHADOW)
    driven.pass_time(0)
    (document,) = driven.functions.documents
    (event,) = document["logEvents"]
    assert (document["logGroup"], document["subscriptionFilters"]) == ("/reads", ["shadow"])
    assert (event["message"], event["timestamp"]) == ("[SHADOW-REQUEST] 1", 1_000_000)
    assert driven.counted() == {"matched": 1, "delivered": 1}


def test_events_are_gathered_and_sent_together() -> None:
    driven = Driven(FakeFunctions(), batch_ms=200)
    driven.write("one")
    driven.pass_time(0.15)
    driven.write("two")
    assert driven.functions.messages() == []
    driven.pass_time(0.06)
    assert driven.functions.messages() == [["one", "two"]]


def test_a_delay_lies_within_its_range_and_lets_batches_overtake_one_another() -> None:
    driven = Driven(FakeFunctions(), batch_events=1, delay_min_ms=100, delay_max_ms=900)
    for number in range(100):
        driven.write(str(number))
    driven.pass_time(0.0999)
    assert driven.functions.messages() == []
    driven.pass_time(0.4)
    assert 30 < len(driven.functions.messages()) < 70
    driven.pass_time(0.4001)
    order = [int(message) for (message,) in driven.functions.messages()]
    assert sorted(order) == list(range(100))
    assert order != sorted(order)


def test_a_share_of_batches_is_delivered_twice_with_the_same_ids() -> None:
    driven = Driven(FakeFunctions(), batch_events=1, duplicate_share=0.2, delay_max_ms=100)
    for number in range(500):
        driven.write(str(number))
    driven.pass_time(1)
    messages = [message for (message,) in driven.functions.messages()]
    ids = [document["logEvents"][0]["id"] for document in driven.functions.documents]
    assert set(messages) == {str(number) for number in range(500)}
    assert len(set(ids)) == 500
    counted = driven.counted()
    assert 70 < counted["duplicated"] < 130
    assert counted["delivered"] == len(messages) == 500 + counted["duplicated"]


def test_nothing_is_lost_unless_asked_for() -> None:
    driven = Driven(FakeFunctions(), drop_share=0.3)
    driven.write(*map(str, range(1000)))
    driven.pass_time(1)
    delivered = [message for batch in driven.functions.messages() for message in batch]
    counted = driven.counted()
    assert 240 < counted["dropped"] < 360
    assert len(delivered) == 1000 - counted["dropped"]

    driven.bus.settings = driven.bus.settings.changed({"drop_share": 0})
    driven.write(*map(str, range(1000)))
    driven.pass_time(1)
    assert driven.counted()["dropped"] == counted["dropped"]


def test_the_same_seed_does_the_same() -> None:
    def happens(seed: int) -> list[list[str]]:
        driven = Driven(
            FakeFunctions(), seed=seed, batch_events=2, duplicate_share=0.3, drop_share=0.2, delay_max_ms=99
        )
        driven.write(*map(str, range(50)))
        driven.pass_time(1)
        return driven.functions.messages()

    assert happens(7) == happens(7)
    assert happens(7) != happens(8)


def test_a_function_that_fails_is_tried_again_and_then_given_up_with_a_record() -> None:
    functions = FakeFunctions(lambda: Outcome(Result.FUNCTION_ERROR, {"errorMessage": "no"}))
    driven = Driven(functions, retry_minute_ms=1000)
    driven.write("one", "two")
    driven.pass_time(2.99)
    assert functions.messages() == [["one", "two"]] * 2
    assert driven.counted() == {"matched": 2, "retried": 4, "pending": 2}
    driven.pass_time(0.01)
    assert functions.messages() == [["one", "two"]] * 3
    assert driven.counted() == {"matched": 2, "retried": 4, "failed": 2}
    ((failure, _policy),) = functions.reported
    assert (failure.condition, failure.invocation.errors) == ("RetriesExhausted", 3)
    assert failure.event["awslogs"]["data"]


def test_a_function_that_recovers_has_delivered_all() -> None:
    outcomes = iter([Outcome(Result.THROTTLED), Outcome(Result.FUNCTION_ERROR), Outcome(Result.SUCCESS)])
    driven = Driven(FakeFunctions(lambda: next(outcomes)))
    driven.write("one")
    driven.pass_time(10)
    assert driven.counted() == {"matched": 1, "retried": 2, "delivered": 1}
    assert driven.functions.reported == []


def test_a_throttled_function_is_tried_until_the_event_is_too_old() -> None:
    functions = FakeFunctions(lambda: Outcome(Result.THROTTLED), InvocationPolicy(max_retries=0, max_age_s=300))
    driven = Driven(functions, retry_minute_ms=60_000)
    driven.write("one")
    driven.pass_time(254)
    assert driven.counted()["pending"] == 1
    driven.pass_time(46)
    assert driven.counted()["failed"] == 1
    assert [(failure.condition, policy) for failure, policy in functions.reported] == [
        ("EventAgeExceeded", functions.policy)
    ]


def test_a_function_that_may_not_be_invoked_loses_the_events() -> None:
    driven = Driven(FakeFunctions(forbidden=(TO_ALL.destination_arn,)))
    driven.write("one")
    driven.pass_time(1)
    assert driven.functions.documents == []
    assert driven.counted() == {"matched": 1, "failed": 1}


def test_an_error_of_the_sandbox_itself_is_counted_and_the_rest_goes_on() -> None:
    def broken() -> Outcome:
        raise KeyError("function")

    driven = Driven(FakeFunctions(broken))
    driven.write("one")
    driven.pass_time(1)
    driven.functions.outcome = lambda: Outcome(Result.SUCCESS)
    driven.write("two")
    driven.pass_time(1)
    assert driven.counted() == {"matched": 2, "failed": 1, "delivered": 1}


class _Gate(FakeFunctions):
    """Functions that are at work until the test opens the gate."""

    def __init__(self) -> None:
        super().__init__()
        self.begun = threading.Semaphore(0)
        self.gate = threading.Event()
        self.at_work = 0

    def invoke(self, subscription: Subscription, event: Mapping[str, Any]) -> tuple[Outcome, InvocationPolicy, str]:
        self.at_work += 1
        self.begun.release()
        self.gate.wait(30)
        return super().invoke(subscription, event)


def started(functions: FakeFunctions, *, clock: Clock | None = None, **settings: float) -> LogSubscriptions:
    bus = LogSubscriptions(functions, random=chance(1), clock=clock or Clock())
    bus.settings = bus.settings.changed({**PROMPT, "batch_events": 1, **settings})
    bus.start()
    return bus


def test_who_writes_does_not_wait_and_no_more_run_at_once_than_allowed() -> None:
    functions = _Gate()
    bus = started(functions, concurrency=2)
    bus.receive(STREAM, [TO_ALL], [(0, str(number)) for number in range(10)])
    assert functions.begun.acquire(timeout=30)
    assert functions.begun.acquire(timeout=30)
    assert bus.counters().pending == 10
    assert functions.at_work == 2
    functions.gate.set()
    assert bus.wait_until_drained(30)
    assert bus.counters().delivered == 10
    bus.stop()


def test_waiting_for_the_bus_ends_when_the_time_is_over() -> None:
    functions = _Gate()
    bus = started(functions)
    bus.receive(STREAM, [TO_ALL], [(0, "one")])
    assert not bus.wait_until_drained(0.01)
    functions.gate.set()
    bus.stop()


def test_a_stop_abandons_what_has_not_begun() -> None:
    functions = _Gate()
    bus = started(functions, concurrency=1)
    bus.receive(STREAM, [TO_ALL], [(0, str(number)) for number in range(5)])
    assert functions.begun.acquire(timeout=30)
    bus.close()
    functions.gate.set()
    bus.stop()
    assert functions.at_work == 1
    bus.receive(STREAM, [TO_ALL], [(0, "too late")])
    assert bus.counters().matched == 5


def test_a_bus_that_was_never_started_can_be_stopped() -> None:
    LogSubscriptions(FakeFunctions(), random=chance(1), clock=Clock()).stop()


def test_a_running_bus_waits_by_the_clock_and_notices_a_jump() -> None:
    functions, clock = FakeFunctions(), Clock(behind_seconds=86_400)
    bus = started(functions, clock=clock, delay_min_ms=3_600_000, delay_max_ms=3_600_000)
    bus.receive(STREAM, [TO_ALL], [(0, "one")])
    clock.jump(3500)
    assert not bus.wait_until_drained(0.2)
    clock.jump(200)
    assert bus.wait_until_drained(30)
    assert functions.messages() == [["one"]]
    bus.stop()


def test_a_running_bus_waits_no_longer_than_the_pace_makes_it() -> None:
    functions, clock = FakeFunctions(), Clock(behind_seconds=86_400)
    bus = started(functions, clock=clock, delay_min_ms=3_600_000, delay_max_ms=3_600_000)
    bus.receive(STREAM, [TO_ALL], [(0, "one")])
    clock.run_at(36_000)
    assert bus.wait_until_drained(30)
    bus.stop()

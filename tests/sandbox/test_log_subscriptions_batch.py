import base64
import gzip
import json

from sandbox.log_subscriptions_batch import MAX_BATCH_BYTES, Batch, Batches, LogEvent, Subscription

FILTER = Subscription("123456789012", "us-east-1", "/aws/lambda/echo", "2019/03/13/[$LATEST]94fa", "to-log", "arn")
OTHER_STREAM = Subscription(
    "123456789012", "us-east-1", "/aws/lambda/echo", "2019/03/13/[$LATEST]0000", "to-log", "arn"
)


def event(message: str) -> LogEvent:
    return LogEvent(f"id of {message[:10]}", 1552518348220, message)


class Gathered:
    """Batches of up to three events and one second, with the clock in the test's hands."""

    def __init__(self) -> None:
        self.batches = Batches()

    def add(self, message: str, *, now: float = 0.0, to: Subscription = FILTER) -> list[list[str]]:
        return _messages(self.batches.add(to, event(message), now=now, batch_s=1.0, batch_events=3))

    def due(self, now: float) -> list[list[str]]:
        return _messages(self.batches.take_due(now))


def _messages(batches: list[Batch]) -> list[list[str]]:
    return [[event.message for event in batch.events] for batch in batches]


def test_the_document_is_the_one_that_lambda_documents() -> None:
    # https://docs.aws.amazon.com/lambda/latest/dg/services-cloudwatchlogs.html
    sent = Batch(FILTER, (LogEvent("3462", 1552518348220, "REPORT é"),)).lambda_event()
    assert list(sent) == ["awslogs"]
    assert list(sent["awslogs"]) == ["data"]
    assert json.loads(gzip.decompress(base64.b64decode(sent["awslogs"]["data"]))) == {
        "messageType": "DATA_MESSAGE",
        "owner": "123456789012",
        "logGroup": "/aws/lambda/echo",
        "logStream": "2019/03/13/[$LATEST]94fa",
        "subscriptionFilters": ["to-log"],
        "logEvents": [{"id": "3462", "timestamp": 1552518348220, "message": "REPORT é"}],
    }


def test_events_of_a_stream_are_gathered_until_the_first_has_waited_long_enough() -> None:
    gathered = Gathered()
    assert gathered.add("one", now=5.0) == []
    assert gathered.add("two", now=5.9) == []
    assert gathered.batches.next_due() == 6.0
    assert gathered.due(5.99) == []
    assert gathered.due(6.0) == [["one", "two"]]
    assert gathered.batches.next_due() is None


def test_a_full_batch_does_not_wait() -> None:
    gathered = Gathered()
    assert [gathered.add(message) for message in ("one", "two", "three", "four")] == [
        [],
        [],
        [["one", "two", "three"]],
        [],
    ]
    assert gathered.due(1.0) == [["four"]]


def test_streams_are_not_mixed() -> None:
    gathered = Gathered()
    gathered.add("one")
    gathered.add("of another", to=OTHER_STREAM)
    assert gathered.due(1.0) == [["one"], ["of another"]]


def test_an_event_that_would_not_fit_begins_a_new_batch() -> None:
    gathered = Gathered()
    half = "é" * (MAX_BATCH_BYTES // 4)
    assert gathered.add(half) == []
    assert gathered.add(half) == []
    assert gathered.add("!") == [[half, half]]
    assert gathered.due(1.0) == [["!"]]

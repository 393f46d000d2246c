"""The comparator: each sampled read compared once, whatever CloudWatch Logs and the other path do."""

import copy
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prisma_read.shadow_comparator import (
    MAX_AGE_MS,
    MOST_WAITS,
    PASSING_CODES,
    RESERVE_MS,
    BatchFailedError,
    Comparator,
)
from prisma_read.shadow_composition import build_comparator
from prisma_read.shadow_telemetry import ShadowTelemetry
from shared.digests import Digester
from shared.environ import SettingsError
from shared.flag import Flag
from shared.mock_reader import MockReader
from shared.reader import CandidateError, Reader
from tests.lambda_support.documents import JSON_VALUES, TEXTS
from tests.lambda_support.fakes import (
    DIGEST_KEY,
    ENVIRONMENT,
    NOW_MS,
    VERSION,
    FakeCandidate,
    FakeReader,
    Log,
    read_service,
)
from tests.lambda_support.log_subscription import subscription_event

COMPARATOR_REQUEST_ID = "comparator-request"
IDS = [f"user-{number}" for number in range(1, 51)]
USERS: dict[str, Any] = {user_id: MockReader().read(user_id) for user_id in IDS}
MOCK_SERVES = Flag(enabled=True, shadow_percent=100)
PRISMA_SERVES = Flag(enabled=True, percent=100, shadow_percent=100)


def lines_of(user_ids: list[str], *, served: Any = None, read: int = 0) -> list[str]:
    """The shadow lines that mock-read writes for these reads: by the mock, or by Prisma where `served` is given."""
    log = Log()
    flag = MOCK_SERVES if served is None else PRISMA_SERVES
    service = read_service(log, flag=flag, candidate=FakeCandidate(served or {}))
    for user_id in user_ids:
        service.handle({"userId": user_id}, f"{user_id}-read-{read}")
    return [line for line in log.lines if '"SHADOW-REQUEST"' in line]


@dataclass
class FailingReader:
    """A Reader of the fixture that fails for some users."""

    codes: dict[str, str]
    asked: list[str] = field(default_factory=list)

    def read(self, user_id: str) -> Any:
        self.asked.append(user_id)
        if user_id in self.codes:
            raise CandidateError(self.codes[user_id])
        return copy.deepcopy(USERS.get(user_id))


@dataclass
class Bench:
    """A comparator with its log."""

    prisma: Reader = field(default_factory=lambda: FakeReader(USERS))
    mock: Reader = field(default_factory=MockReader)
    now_ms: int = NOW_MS
    remaining_ms: int = 60_000
    log: Log = field(default_factory=Log)

    def __post_init__(self) -> None:
        self.comparator = Comparator(
            mock=self.mock,
            prisma=self.prisma,
            digester=Digester(DIGEST_KEY),
            telemetry=ShadowTelemetry(
                environment=ENVIRONMENT,
                function="huntaze-prisma-shadow",
                version=VERSION,
                write=self.log.lines.append,
                now_ms=lambda: self.now_ms,
            ),
        )

    def deliver(self, messages: list[Any]) -> None:
        event = subscription_event(messages)
        self.comparator.handle(event, COMPARATOR_REQUEST_ID, lambda: self.remaining_ms)

    def sum(self, metric: str) -> float:
        return self.log.sums(environment=ENVIRONMENT).get(metric, 0)

    def of(self, token: str) -> list[dict[str, Any]]:
        return [event for event in self.log.events if event["event"] == token]

    def skipped(self) -> dict[str, int]:
        return {event["code"]: event["ShadowSkipped"] for event in self.of("SHADOW-SKIPPED")}


def defective(user_id: str, change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    users = copy.deepcopy(USERS)
    change(users[user_id])
    return users


def test_every_read_of_the_mock_is_compared_with_prisma_and_matches() -> None:
    prisma = FakeReader(USERS)
    bench = Bench(prisma=prisma)
    bench.deliver(lines_of(IDS))
    assert prisma.asked == IDS
    assert bench.sum("ShadowComparisons") == 50
    assert bench.sum("ShadowMismatches") == 0
    assert {event["event"] for event in bench.log.events} == {"SHADOW-DIFF"}


def test_a_comparison_is_one_line_that_says_who_and_whether() -> None:
    bench = Bench()
    bench.deliver(lines_of(["user-7"]))
    (event,) = bench.log.events
    duration = event["duration"]
    assert {key: event[key] for key in event if key != "_aws"} == {
        "message": "[SHADOW-DIFF] userId: 'user-7', match: true",
        "event": "SHADOW-DIFF",
        "requestId": "user-7-read-0",
        "userId": "user-7",
        "match": True,
        "diffs": [],
        "servedPath": "mock",
        "comparedPath": "prisma",
        "duration": duration,
        "environment": ENVIRONMENT,
        "function": "huntaze-prisma-shadow",
        "version": VERSION,
        "coldStart": True,
        "ShadowComparisons": 1,
        "ShadowMismatches": 0,
        "ShadowLatency": duration,
    }
    assert 0 <= duration < 10_000
    assert {(point.name, point.unit) for point in bench.log.points} == {
        ("ShadowComparisons", "Count"),
        ("ShadowMismatches", "Count"),
        ("ShadowLatency", "Milliseconds"),
    }


@pytest.mark.parametrize(
    ("change", "diff"),
    [
        (lambda user: user.update(balance="0.000000001"), {"path": "balance", "kind": "changed"}),
        (lambda user: user["subscriptions"].pop(), {"path": "subscriptions", "kind": "changed"}),
        (lambda user: user.update(createdAt="1999-12-31T23:59:59.002Z"), {"path": "createdAt", "kind": "changed"}),
        (lambda user: user.pop("points"), {"path": "points", "kind": "missing"}),
    ],
)
def test_a_defect_of_prisma_is_found_in_both_directions_by_one_name(
    change: Callable[[dict[str, Any]], object], diff: dict[str, str]
) -> None:
    users = defective("user-7", change)
    bench = Bench(prisma=FakeReader(users))
    bench.deliver(lines_of(IDS))
    bench.deliver(lines_of(IDS, served=users, read=1))
    assert (bench.sum("ShadowComparisons"), bench.sum("ShadowMismatches")) == (100, 2)
    mismatches = [event for event in bench.of("SHADOW-DIFF") if not event["match"]]
    assert [event["message"] for event in mismatches] == ["[SHADOW-DIFF] userId: 'user-7', match: false"] * 2
    assert [event["diffs"] for event in mismatches] == [[diff], [diff]]
    assert [(event["servedPath"], event["comparedPath"]) for event in mismatches] == [
        ("mock", "prisma"),
        ("prisma", "mock"),
    ]


def test_a_user_whom_only_one_side_knows_is_a_mismatch() -> None:
    bench = Bench(prisma=FakeReader({"user-99": {**USERS["user-1"], "id": "user-99"}}))
    bench.deliver(lines_of(["user-1", "user-99", "user-98"]))
    assert [event["diffs"] for event in bench.of("SHADOW-DIFF")] == [
        [{"path": "$", "kind": "missing"}],
        [{"path": "$", "kind": "extra"}],
        [],
    ]


def test_no_value_of_a_user_enters_a_line() -> None:
    users = {
        user_id: {**user, "balance": "9876543210.123", "displayName": "sentinel"} for user_id, user in USERS.items()
    }
    bench = Bench(prisma=FakeReader(users))
    bench.deliver(lines_of(IDS))
    assert bench.sum("ShadowMismatches") == 50
    text = "\n".join(bench.log.lines)
    assert "sentinel" not in text
    assert "9876543210" not in text
    assert not any(
        user["displayName"] in text or user["balance"] in text for user in USERS.values() if len(user["balance"]) > 6
    )


def test_lines_repeated_in_a_batch_or_later_and_reordered_change_no_number() -> None:
    lines = lines_of(IDS)
    once, often = Bench(), Bench()
    once.deliver(lines)
    often.deliver(lines[25:] + lines[:30] + lines[25:])
    often.deliver(list(reversed(lines)))
    often.deliver(lines)
    for metric in ("ShadowComparisons", "ShadowMismatches", "ShadowErrors"):
        assert once.sum(metric) == often.sum(metric)
    assert often.sum("ShadowComparisons") == 50
    assert often.sum("ShadowSkipped") == 30 + 50 + 50
    assert {event["code"] for event in often.of("SHADOW-SKIPPED")} == {"duplicate"}


def test_two_reads_of_one_user_are_two_comparisons() -> None:
    bench = Bench()
    bench.deliver(lines_of(["user-7"]) + lines_of(["user-7"], read=1))
    assert bench.sum("ShadowComparisons") == 2


def test_a_bad_line_is_counted_and_skipped_and_the_rest_compared() -> None:
    other_version = json.dumps({**json.loads(lines_of(["user-3"])[0]), "canonicalVersion": 99})
    bench = Bench()
    bench.deliver(["no JSON", None, *lines_of(["user-1"]), other_version, *lines_of(["user-2"])])
    assert bench.skipped() == {"malformed": 2, "other-version": 1}
    assert [event["userId"] for event in bench.of("SHADOW-DIFF")] == ["user-1", "user-2"]
    assert [event["requestId"] for event in bench.of("SHADOW-SKIPPED")] == [COMPARATOR_REQUEST_ID] * 2
    assert bench.of("SHADOW-SKIPPED")[0]["message"] == "[SHADOW-SKIPPED] code: 'malformed', count: 2"


def test_a_line_older_than_five_minutes_is_skipped_and_one_as_old_is_not() -> None:
    prisma = FakeReader(USERS)
    bench = Bench(prisma=prisma, now_ms=NOW_MS + MAX_AGE_MS)
    bench.deliver(lines_of(["user-1"]))
    bench.now_ms += 1
    bench.deliver(lines_of(["user-2"]))
    assert (bench.skipped(), prisma.asked) == ({"stale": 1}, ["user-1"])


@pytest.mark.parametrize("event", [None, {}, {"awslogs": {"data": "sentinel"}}])
def test_an_event_that_is_none_of_cloudwatch_logs_is_counted_and_raises_nothing(event: object) -> None:
    bench = Bench()
    bench.comparator.handle(event, COMPARATOR_REQUEST_ID, lambda: 60_000)
    assert bench.skipped() == {"malformed-event": 1}
    assert "sentinel" not in bench.log.lines[0]


def test_a_test_of_the_subscription_says_nothing() -> None:
    bench = Bench()
    event = subscription_event(["CWL CONTROL MESSAGE"], message_type="CONTROL_MESSAGE")
    bench.comparator.handle(event, COMPARATOR_REQUEST_ID, lambda: 60_000)
    assert bench.log.lines == []


def test_a_failure_of_the_other_path_is_one_error_and_the_rest_is_compared() -> None:
    bench = Bench(prisma=FailingReader({"user-2": "db-timeout"}))
    bench.deliver(lines_of(["user-1", "user-2", "user-3"]))
    (error,) = bench.of("SHADOW-ERROR")
    assert error["message"] == "[SHADOW-ERROR] userId: 'user-2', code: 'db-timeout'"
    assert (error["requestId"], error["servedPath"], error["comparedPath"]) == ("user-2-read-0", "mock", "prisma")
    assert (bench.sum("ShadowComparisons"), bench.sum("ShadowErrors")) == (2, 1)


@pytest.mark.parametrize("document", [{"preferences": {1, 2}}, {1: "a", "b": 2}])
def test_a_document_that_cannot_be_digested_is_an_error_of_its_line(document: dict[str, Any]) -> None:
    bench = Bench(prisma=FakeReader({**USERS, "user-2": document}))
    bench.deliver(lines_of(["user-1", "user-2"]))
    assert [event["code"] for event in bench.of("SHADOW-ERROR")] == ["unexpected"]
    assert bench.sum("ShadowComparisons") == 1


def test_whatever_a_reader_raises_stays_in_its_line_and_out_of_the_log() -> None:
    bench = Bench(prisma=FakeReader(error=KeyError("sentinel")))
    bench.deliver(lines_of(IDS))
    assert {event["code"] for event in bench.of("SHADOW-ERROR")} == {"unexpected"}
    assert bench.sum("ShadowErrors") == 50
    assert "sentinel" not in "".join(bench.log.lines)


@pytest.mark.parametrize("code", sorted(PASSING_CODES))
def test_a_batch_of_which_nothing_could_be_compared_is_handed_back_to_lambda(code: str) -> None:
    prisma = FailingReader(dict.fromkeys(IDS, code))
    bench = Bench(prisma=prisma)
    with pytest.raises(BatchFailedError, match=f"none of 10 reads was compared: {code}"):
        bench.deliver(["malformed", *lines_of(IDS[:10])])
    assert bench.sum("ShadowErrors") == 10
    assert len(prisma.asked) == MOST_WAITS


def test_a_batch_that_comes_again_after_a_failure_is_compared() -> None:
    prisma = FailingReader(dict.fromkeys(IDS, "db-unreachable"))
    bench = Bench(prisma=prisma)
    lines = lines_of(IDS)
    with pytest.raises(BatchFailedError):
        bench.deliver(lines)
    prisma.codes.clear()
    bench.deliver(lines)
    assert bench.sum("ShadowComparisons") == 50
    assert bench.skipped() == {}


def test_a_batch_of_which_a_part_was_compared_is_not_handed_back() -> None:
    """In another execution environment, that part would be compared, and count, a second time."""
    bench = Bench(prisma=FailingReader(dict.fromkeys(IDS[1:], "db-unreachable")))
    bench.deliver(lines_of(IDS))
    assert (bench.sum("ShadowComparisons"), bench.sum("ShadowErrors")) == (1, 49)


@pytest.mark.parametrize("code", ["db-error", "unexpected", "bad-request"])
def test_a_failure_that_a_second_try_would_not_mend_is_not_handed_back(code: str) -> None:
    bench = Bench(prisma=FailingReader(dict.fromkeys(IDS, code)))
    bench.deliver(lines_of(IDS))
    assert bench.sum("ShadowErrors") == 50


def test_a_dead_path_does_not_keep_the_other_direction_from_being_compared() -> None:
    prisma = FailingReader(dict.fromkeys(IDS, "db-unreachable"))
    bench = Bench(prisma=prisma)
    bench.deliver(lines_of(IDS[:10]) + lines_of(IDS[:10], served=USERS, read=1))
    assert (bench.sum("ShadowComparisons"), bench.sum("ShadowErrors")) == (10, 10)
    assert len(prisma.asked) == MOST_WAITS


def test_failures_with_successes_between_them_do_not_make_a_path_dead() -> None:
    prisma = FailingReader(dict.fromkeys(IDS[::2], "db-timeout"))
    bench = Bench(prisma=prisma)
    bench.deliver(lines_of(IDS))
    assert (bench.sum("ShadowComparisons"), bench.sum("ShadowErrors"), len(prisma.asked)) == (25, 25, 50)


def test_no_read_begins_when_the_invocation_is_about_to_end() -> None:
    prisma = FakeReader(USERS)
    bench = Bench(prisma=prisma, remaining_ms=RESERVE_MS - 1)
    with pytest.raises(BatchFailedError, match="out-of-time"):
        bench.deliver(lines_of(["user-1"]))
    bench.remaining_ms = RESERVE_MS
    bench.deliver(lines_of(["user-2"]))
    assert prisma.asked == ["user-2"]


def test_only_the_first_invocation_is_a_cold_start() -> None:
    bench = Bench()
    for read in range(2):
        bench.deliver(lines_of(["user-1"], read=read))
    assert [event["coldStart"] for event in bench.log.events] == [True, False]


GOOD_LINES = lines_of(IDS)
DAMAGED_LINES = st.builds(
    lambda line, field_name, junk: json.dumps({**json.loads(line), field_name: junk}),
    st.sampled_from(GOOD_LINES),
    st.sampled_from(sorted(json.loads(GOOD_LINES[0]))),
    JSON_VALUES,
)
CUT_LINES = st.builds(lambda line, end: line[:end], st.sampled_from(GOOD_LINES), st.integers(0, 200))


@given(
    batches=st.lists(
        st.lists(st.sampled_from(GOOD_LINES) | DAMAGED_LINES | CUT_LINES | JSON_VALUES | TEXTS, max_size=12), max_size=4
    )
)
@settings(max_examples=200)
def test_whatever_a_batch_holds_each_line_is_compared_or_counted_and_each_read_once(batches: list[list[Any]]) -> None:
    bench = Bench()
    for batch in batches:
        bench.deliver(batch)
    compared = [event["requestId"] for event in bench.of("SHADOW-DIFF")]
    assert len(compared) == len(set(compared)) == bench.sum("ShadowComparisons")
    assert bench.sum("ShadowComparisons") + bench.sum("ShadowSkipped") == sum(map(len, batches))
    assert bench.sum("ShadowErrors") == 0


def test_a_good_line_is_compared_whatever_stands_beside_it() -> None:
    bench = Bench()
    junk = ["", None, "{", '{"event": "SHADOW-REQUEST"}', 7]
    bench.deliver([message for line in GOOD_LINES for message in (*junk, line)])
    assert bench.sum("ShadowComparisons") == 50
    assert bench.sum("ShadowMismatches") == 0


ENVIRON = {
    "HUNTAZE_ENVIRONMENT": ENVIRONMENT,
    "AWS_LAMBDA_FUNCTION_VERSION": VERSION,
    "HUNTAZE_DIGEST_KEY": DIGEST_KEY,
}


def test_put_together_it_prints_what_it_finds(capsys: pytest.CaptureFixture[str]) -> None:
    comparator = build_comparator(ENVIRON, prisma=FakeReader(USERS))
    # The lines of these tests are of long ago.
    comparator.handle(subscription_event(lines_of(["user-1"])), COMPARATOR_REQUEST_ID, lambda: 60_000)
    assert "[SHADOW-SKIPPED] code: 'stale', count: 1" in capsys.readouterr().out


@pytest.mark.parametrize("name", sorted(ENVIRON))
def test_a_missing_variable_ends_the_cold_start_with_its_name(name: str) -> None:
    with pytest.raises(SettingsError, match=name):
        build_comparator({key: value for key, value in ENVIRON.items() if key != name}, prisma=FakeReader())

"""The shadow comparison on real parts: defects are put into the database, and found by the functions' own logs."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import pg8000.native
import pytest

from playbook.database import run_migrations
from playbook.flag_dial import FlagPosition
from playbook.read_log import ReadLog, ShadowLog, read_log, shadow_log
from playbook.traffic import beta_users, send_reads
from shared.comparison import compare_documents
from shared.mock_reader import MockReader
from shared.names import PATH_MOCK, PATH_PRISMA, LogToken
from tests.e2e.conftest import NAMES, Deployment

BUS_SECONDS = 60
MOST_TRACES_A_REQUEST = 5
# The breaker lets a read try the candidate again after ten.
BREAKER_SECONDS = 11
ROUNDS = 6
SHADOW_OF_MOCK = FlagPosition(percent=0, split_by="request", shadow_percent=100)
SHADOW_OF_PRISMA = FlagPosition(percent=100, split_by="request", shadow_percent=100)

ENUM_NAMES = {"ACTIVE", "INVITED", "SUSPENDED", "DELETED", "MONTHLY", "YEARLY", "LIFETIME"}
# A fault by user: what is done to the database, and the difference it makes.
DEFECTS = {
    "user-3": (
        "UPDATE users SET balance = balance + 0.01 WHERE id = 'user-3'",
        {("balance", "changed")},
        {("balance", "changed")},
    ),
    "user-7": (
        "DELETE FROM subscriptions WHERE id = 'subscription-7-1'",
        {("subscriptions", "changed")},
        {("subscriptions[subscription-7-1]", "missing")},
    ),
    "user-11": (
        "UPDATE users SET created_at = created_at + interval '1 millisecond' WHERE id = 'user-11'",
        {("createdAt", "changed")},
        {("createdAt", "changed")},
    ),
}
# The same facts, spelled differently.
RESPELLED = (
    "ALTER TABLE users ALTER COLUMN balance TYPE numeric",
    "UPDATE users SET balance = trim_scale(balance) WHERE id = 'user-13'",
    "SET timezone = 'Asia/Kathmandu'; UPDATE users SET created_at = created_at::text::timestamptz WHERE id = 'user-17'",
    "UPDATE users SET tags = (SELECT array_agg(tag ORDER BY tag DESC) FROM unnest(tags) AS tag) WHERE id = 'user-7'",
)


@contextmanager
def _database(deployment: Deployment) -> Iterator[pg8000.native.Connection]:
    url = urlsplit(str(deployment.sandbox.postgres_url))
    connection = pg8000.native.Connection(
        str(url.username), host=str(url.hostname), port=url.port or 0, password=url.password, database=url.path[1:]
    )
    try:
        yield connection
    finally:
        connection.close()


@pytest.fixture
def defects(deployment: Deployment) -> Iterator[None]:
    with _database(deployment) as database:
        for statement, _, _ in DEFECTS.values():
            database.run(statement)
        for statement in RESPELLED:
            database.run(statement)
    yield
    with _database(deployment) as database:
        database.run("ALTER TABLE users ALTER COLUMN balance TYPE numeric(65, 30)")
    run_migrations(deployment.client("lambda"), NAMES.prisma_migrate_function, "seed")


def _reads_and_their_comparisons(deployment: Deployment, path: str) -> tuple[ReadLog, ShadowLog]:
    """Users read again and again until `path` served each of them and every comparison is there.

    On a busy machine a flag or a candidate may be late, and the mock then serves that read without a comparison by
    `path`: that is right, and only asks for another round.
    """
    start_ms = time.time_ns() // 1_000_000
    missing = set(beta_users(50))
    for _ in range(ROUNDS):
        results = send_reads(
            deployment.client("lambda"),
            NAMES.mock_read_function,
            users=sorted(missing),
            reads=2 * len(missing),
            concurrency=2,
            on_read=lambda _: None,
        )
        assert [result.error for result in results if result.error] == []
        missing -= {
            line["userId"]
            for line in deployment.lines(NAMES.mock_read_function, start_ms)
            if line["event"] == LogToken.SHADOW_REQUEST and line["path"] == path
        }
        if not missing:
            break
        time.sleep(BREAKER_SECONDS)
    assert not missing, f"{path} never served {missing}"
    log = read_log(deployment.client("logs"), f"/aws/lambda/{NAMES.mock_read_function}", start_ms=start_ms)

    def comparisons() -> ShadowLog:
        group = f"/aws/lambda/{NAMES.prisma_shadow_function}"
        return shadow_log(deployment.client("logs"), group, start_ms=start_ms)

    deployment.seconds_until(lambda: comparisons().coverage(log.shadow_requests) == 1, BUS_SECONDS)
    return log, comparisons()


def _differences_by_user(deployment: Deployment, start_ms: int) -> dict[str, set[tuple[str, str]]]:
    found: dict[str, set[tuple[str, str]]] = {}
    for line in deployment.lines(NAMES.prisma_shadow_function, start_ms):
        if line["event"] == LogToken.SHADOW_DIFF and not line["match"]:
            found.setdefault(line["userId"], set()).update((diff["path"], diff["kind"]) for diff in line["diffs"])
    return found


def test_without_defects_every_comparison_matches(deployment: Deployment) -> None:
    deployment.set_flag(SHADOW_OF_MOCK)

    _, shadow = _reads_and_their_comparisons(deployment, PATH_MOCK)

    assert shadow.mismatching == frozenset()
    assert shadow.failures == {}


def test_lines_that_are_delivered_late_and_twice_change_no_number(deployment: Deployment) -> None:
    deployment.set_flag(SHADOW_OF_MOCK)
    control = deployment.sandbox.control
    before = control.log_subscriptions()["settings"]
    control.set_log_subscriptions(duplicate_share=1.0, delay_min_ms=200, delay_max_ms=1500)
    start_ms = time.time_ns() // 1_000_000
    try:
        log, _ = _reads_and_their_comparisons(deployment, PATH_MOCK)
        # By now every line was delivered once; the second deliveries may still come.
        control.drain_log_subscriptions(within_s=BUS_SECONDS)
        duplicated = control.log_subscriptions()["counters"]["duplicated"]
    finally:
        control.set_log_subscriptions(**before)

    assert duplicated > 0
    group = f"/aws/lambda/{NAMES.prisma_shadow_function}"
    shadow = shadow_log(deployment.client("logs"), group, start_ms=start_ms)
    assert log.shadow_requests <= shadow.compared
    assert shadow.mismatching == frozenset()
    assert shadow.failures == {}


def test_dropped_lines_show_as_coverage(deployment: Deployment) -> None:
    deployment.set_flag(SHADOW_OF_MOCK)
    control = deployment.sandbox.control
    before = control.log_subscriptions()["settings"]
    control.set_log_subscriptions(drop_share=0.5)
    start_ms = time.time_ns() // 1_000_000
    try:
        send_reads(
            deployment.client("lambda"),
            NAMES.mock_read_function,
            users=beta_users(50),
            reads=200,
            concurrency=2,
            on_read=lambda _: None,
        )
        control.drain_log_subscriptions(within_s=BUS_SECONDS)
    finally:
        control.set_log_subscriptions(**before)

    log = read_log(deployment.client("logs"), f"/aws/lambda/{NAMES.mock_read_function}", start_ms=start_ms)
    shadow = shadow_log(deployment.client("logs"), f"/aws/lambda/{NAMES.prisma_shadow_function}", start_ms=start_ms)
    assert 0 < shadow.coverage(log.shadow_requests) < 0.9


def test_equal_values_of_two_users_and_two_reads_have_different_digests(deployment: Deployment) -> None:
    deployment.set_flag(SHADOW_OF_MOCK)
    _reads_and_their_comparisons(deployment, PATH_MOCK)

    digests = [
        digest
        for line in deployment.lines(NAMES.mock_read_function, 0)
        if line["event"] == LogToken.SHADOW_REQUEST
        for digest in line["digests"].values()
    ]
    # Fifty users share few statuses and twice as many reads share each user's values.
    assert len(digests) > 500
    assert len(set(digests)) == len(digests)


@pytest.mark.parametrize(
    ("position", "path"), [(SHADOW_OF_MOCK, PATH_MOCK), (SHADOW_OF_PRISMA, PATH_PRISMA)], ids=["mock", "prisma"]
)
def test_defects_of_the_database_are_found_in_exactly_their_users_whichever_path_serves(
    deployment: Deployment, defects: None, position: FlagPosition, path: str
) -> None:
    deployment.warm_candidate()
    deployment.set_flag(position)
    start_ms = time.time_ns() // 1_000_000

    _, shadow = _reads_and_their_comparisons(deployment, path)

    assert shadow.failures == {}
    assert _differences_by_user(deployment, start_ms) == {user: diffs for user, (_, diffs, _) in DEFECTS.items()}
    assert len(shadow.mismatching) >= len(DEFECTS)


def test_a_re_read_shows_a_defect_down_to_the_leaf(deployment: Deployment, defects: None) -> None:
    mock = MockReader()
    for user, (_, _, leaves) in DEFECTS.items():
        candidate = deployment.read_candidate(user)["user"]

        assert {(leaf.path, leaf.kind.value) for leaf in compare_documents(mock.read(user), candidate)} == leaves


def test_no_value_of_a_user_but_the_id_is_in_any_line_metric_or_trace_of_any_function(deployment: Deployment) -> None:
    """Over everything that the functions wrote in this deployment, tracebacks and embedded metrics included."""
    deployment.set_flag(SHADOW_OF_PRISMA)
    since = time.time()
    _reads_and_their_comparisons(deployment, PATH_PRISMA)
    sentinels = set(_values_worth_hiding())

    lines = "\n".join(
        event["message"]
        for name in (
            NAMES.mock_read_function,
            NAMES.prisma_read_function,
            NAMES.prisma_shadow_function,
            NAMES.prisma_migrate_function,
        )
        for event in deployment.events(name, 0)
    )
    traced = "\n".join(_trace_documents(deployment, since))

    assert len(sentinels) > 200
    assert lines.count("SHADOW-DIFF") >= 100
    assert traced.count('"canary"') >= 50
    assert [sentinel for sentinel in sentinels if sentinel in lines or sentinel in traced] == []


def _trace_documents(deployment: Deployment, since: float) -> Iterator[str]:
    """Every segment of every trace that began since then, as X-Ray has it."""
    xray = deployment.client("xray")
    pages = xray.get_paginator("get_trace_summaries").paginate(StartTime=int(since), EndTime=int(time.time()) + 1)
    trace_ids = [summary["Id"] for page in pages for summary in page["TraceSummaries"]]
    for first in range(0, len(trace_ids), MOST_TRACES_A_REQUEST):
        found = xray.batch_get_traces(TraceIds=trace_ids[first : first + MOST_TRACES_A_REQUEST])
        for trace in found["Traces"]:
            yield from (segment["Document"] for segment in trace["Segments"])


def _values_worth_hiding() -> Iterator[str]:
    """Every text of the fixture that is long enough to be no accident, as it would stand in a JSON line."""

    def texts(value: Any) -> Iterator[str]:
        if isinstance(value, dict):
            for member in value.values():
                yield from texts(member)
        elif isinstance(value, list):
            for member in value:
                yield from texts(member)
        elif isinstance(value, str):
            yield value

    mock = MockReader()
    for user_id in beta_users(50):
        document = mock.read(user_id)
        assert document is not None
        for text in texts({name: value for name, value in document.items() if name != "id"}):
            if len(text) >= 6 and text not in {
                "ACTIVE",
                "INVITED",
                "SUSPENDED",
                "DELETED",
                "MONTHLY",
                "YEARLY",
                "LIFETIME",
            }:
                yield text
                yield json.dumps(text)[1:-1]

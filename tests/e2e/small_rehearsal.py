"""The first two hours of the playbook in two minutes: the shadow finds defects, and the canary sometimes fails."""

import json
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from playbook.database import run_migrations
from playbook.flag_dial import FlagPosition
from playbook.traffic import beta_users, send_reads
from prisma_read.admin_connection import admin_connection
from prisma_read.database_target import DatabaseTarget
from shared.names import LIVE_ALIAS, LogToken
from tests.e2e.canary_traffic import ReadsUnderWay
from tests.e2e.conftest import NAMES, Deployment
from tests.e2e.faults import locked_table, throttled_candidate
from tests.e2e.raw_events import RawEvent

FUNCTIONS: Final = (NAMES.mock_read_function, NAMES.prisma_read_function, NAMES.prisma_shadow_function)
_SHADOW: Final = FlagPosition(percent=0, split_by="request", shadow_percent=100)
_CANARY: Final = FlagPosition(percent=40, split_by="request", shadow_percent=50)
_USERS: Final = beta_users(50)
_BUS_S: Final = 90
_WARM_S: Final = 60
# Two fields of one user, one of another.
_DEFECTS: Final = (
    "UPDATE users SET balance = balance + 0.01 WHERE id IN ('user-3', 'user-7')",
    "UPDATE users SET created_at = created_at + interval '1 millisecond' WHERE id = 'user-7'",
)


@dataclass(frozen=True)
class Rehearsal:
    """What is over. Times are epoch seconds, and all of `end_s` belongs to it; `events` are of `FUNCTIONS`.

    It starts with reads of the candidate alone, which warm it; users read from `reads_start_s` on.
    """

    start_s: int
    reads_start_s: int
    end_s: int
    events: Sequence[RawEvent]

    def canary_codes(self) -> dict[str, str]:
        """Of each read that was sent to the candidate, by request id; empty for a success."""
        return {
            event.line["requestId"]: event.line.get("code", "")
            for event in self.events
            if event.line and event.line["event"] in (LogToken.CANARY_SUCCESS, LogToken.CANARY_ERROR)
        }


@contextmanager
def played(deployment: Deployment) -> Iterator[Rehearsal]:
    """The guardian sleeps, for it would end the canary at the first fault."""
    with deployment.guardian_asleep(), _defects(deployment), _repeating_bus(deployment):
        start_s = int(time.time())
        deployment.seconds_until(lambda: _candidate_is_warm(deployment), _WARM_S)
        deployment.set_flag(_SHADOW)
        reads_start_s = int(time.time())
        results = send_reads(
            deployment.client("lambda"),
            NAMES.mock_read_function,
            users=_USERS,
            reads=3 * len(_USERS),
            concurrency=3,
            on_read=lambda _: None,
        )
        assert [result.error for result in results if result.error] == []
        deployment.set_flag(_CANARY)
        _canary(deployment)
        deployment.sandbox.control.drain_log_subscriptions(within_s=_BUS_S)
        end_s = int(time.time())
        time.sleep(1.5)  # Its second is over, and what is logged from now on is no part of it.
        yield Rehearsal(start_s, reads_start_s, end_s, _events(deployment, start_s, end_s))
        # By the switch: while the alarm of these faults stands, a monitored environment takes no "off".
        deployment.deploy_kill_switch(enabled=True)


def _candidate_is_warm(deployment: Deployment) -> bool:
    """On a busy machine a cold one takes longer than a query may."""

    def status(user_id: str) -> int:
        answer = deployment.client("lambda").invoke(
            FunctionName=NAMES.prisma_read_function, Qualifier=LIVE_ALIAS, Payload=json.dumps({"userId": user_id})
        )
        return int(json.loads(answer["Payload"].read())["statusCode"])

    with ThreadPoolExecutor(4) as pool:
        return set(pool.map(status, _USERS[:20])) == {HTTPStatus.OK}


def _canary(deployment: Deployment) -> None:
    """Between its reads `ReadsUnderWay` sends requests that are refused."""
    with ReadsUnderWay(deployment) as reads:
        reads.wait_for_successes(40)
        with locked_table(deployment):
            reads.wait_until(lambda: reads.codes()["db-timeout"] >= 3 and reads.codes()["breaker-open"] > 0)
        reads.wait_for_recovery()
        with throttled_candidate(deployment):
            reads.wait_until(lambda: reads.codes()["throttled"] >= 3)
        reads.wait_for_recovery()
        reads.wait_for_successes(20)


def _events(deployment: Deployment, start_s: int, end_s: int) -> list[RawEvent]:
    return [
        RawEvent.read(function, event)
        for function in FUNCTIONS
        for event in deployment.events(function, start_s * 1000)
        if event["timestamp"] < (end_s + 1) * 1000
    ]


@contextmanager
def _defects(deployment: Deployment) -> Iterator[None]:
    with admin_connection(DatabaseTarget.from_secret(str(deployment.sandbox.postgres_url))) as database:
        for statement in _DEFECTS:
            database.run(statement)
    try:
        yield
    finally:
        run_migrations(deployment.client("lambda"), NAMES.prisma_migrate_function, "seed")


@contextmanager
def _repeating_bus(deployment: Deployment) -> Iterator[None]:
    """CloudWatch Logs may deliver a line twice: here it does so often enough to show."""
    control = deployment.sandbox.control
    before = control.log_subscriptions()["settings"]
    control.set_log_subscriptions(duplicate_share=0.5)
    try:
        yield
    finally:
        control.set_log_subscriptions(**before)

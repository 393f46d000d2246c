"""Reads of the beta's users, sent as a caller sends them: an invocation of `live`."""

import hashlib
import json
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from botocore.exceptions import BotoCoreError, ClientError

from shared.canonical import canonical_text
from shared.names import LIVE_ALIAS

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

HTTP_OK: Final = 200


@dataclass(frozen=True)
class ReadResult:
    """One read as its caller saw it. `version` is empty when no function ran; `error` is empty on success.

    `answer_digest` tells whether two answers are equal in canonical form; it is empty where there is no answer.
    """

    user_id: str
    version: str
    status_code: int
    round_trip_ms: float
    answer_digest: str
    error: str


def beta_users(count: int) -> tuple[str, ...]:
    """The ids of the closed beta's users: user-1, user-2, …"""
    return tuple(f"user-{number}" for number in range(1, count + 1))


def send_reads(
    client: "LambdaClient",
    function_name: str,
    *,
    users: Sequence[str],
    reads: int,
    concurrency: int,
    on_read: Callable[[ReadResult], None],
) -> list[ReadResult]:
    """Send `reads` reads, the users in turn, at most `concurrency` at a time.

    A failing read is a result, not an exception: what users see is what is measured.
    """

    def turns() -> Iterator[str]:
        for number in range(reads):
            yield users[number % len(users)]

    def one(user_id: str) -> ReadResult:
        result = read_once(client, function_name, user_id)
        on_read(result)
        return result

    with ThreadPoolExecutor(concurrency, thread_name_prefix="read") as pool:
        return list(pool.map(one, turns()))


def read_once(client: "LambdaClient", function_name: str, user_id: str) -> ReadResult:
    """One read. Never raises."""
    version, status_code, digest, error = "", 0, "", ""
    started = time.perf_counter()
    try:
        response = client.invoke(
            FunctionName=function_name, Qualifier=LIVE_ALIAS, Payload=json.dumps({"userId": user_id})
        )
        answer = json.loads(response["Payload"].read())
        round_trip_ms = (time.perf_counter() - started) * 1000
        version = response.get("ExecutedVersion", "")
        if response.get("FunctionError"):
            error = f"{response['FunctionError']}: {answer}"
        else:
            status_code = int(answer["statusCode"])
            error = _wrong(answer, user_id)
            if not error:
                digest = hashlib.sha256(canonical_text(answer["user"]).encode()).hexdigest()
    except (BotoCoreError, ClientError, ValueError, KeyError, TypeError) as failure:
        round_trip_ms = (time.perf_counter() - started) * 1000
        error = f"{type(failure).__name__}: {failure}"
    return ReadResult(user_id, version, status_code, round_trip_ms, digest, error)


def _wrong(answer: dict[str, object], user_id: str) -> str:
    if answer["statusCode"] != HTTP_OK:
        return f"status {answer['statusCode']} for a user of the beta"
    user = answer.get("user")
    if not isinstance(user, dict) or user.get("id") != user_id:
        return "the answer is not the user who was asked for"
    return ""

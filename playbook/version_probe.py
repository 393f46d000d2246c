"""Probes: what one path of one version of mock-read answers, whatever the flag says.

mock-read honours a probe only where a version is invoked by its number, so that no caller of the alias can ask for one.
It counts in no metric, is compared with nothing, and its log line holds neither the user nor a value.
"""

import base64
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

from shared.names import LIVE_ALIAS, LogToken
from shared.probe import PROBE
from shared.reader import Document

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

HTTP_OK: Final = 200
HTTP_NOT_FOUND: Final = 404


@dataclass(frozen=True, kw_only=True)
class ProbeAnswer:
    """`user` is None where the path knows no such user, and where it did not answer, which `code` then says why.

    `duration_ms` is what the path took as the function itself measured it, as it measures the reads of users: neither
    the operator's network nor Lambda is in it. None where the function did not tell. `cold_start` is of mock-read.
    """

    status_code: int
    user: Document | None
    code: str
    duration_ms: float | None
    cold_start: bool

    @property
    def answered(self) -> bool:
        """Whether the path told something, be it that it knows no such user."""
        return self.status_code in (HTTP_OK, HTTP_NOT_FOUND)


class Prober(Protocol):
    """`VersionProber` is the real one."""

    def probe(self, user_id: str, path: str) -> ProbeAnswer:
        """A failing path is an answer, not an exception."""


class VersionProber:
    """Probes one version of mock-read. Raises botocore's errors where Lambda does not take the invocation."""

    def __init__(self, client: "LambdaClient", function_name: str, version: str) -> None:
        self._client = client
        self._function_name = function_name
        self.version: Final = version

    def probe(self, user_id: str, path: str) -> ProbeAnswer:
        response = self._client.invoke(
            FunctionName=self._function_name,
            Qualifier=self.version,
            # The last 4 KB of the log: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
            LogType="Tail",
            Payload=json.dumps({"userId": user_id, PROBE: path}),
        )
        answer = json.loads(response["Payload"].read())
        line = _probe_line(base64.b64decode(response.get("LogResult", "")).decode(errors="replace"))
        if response.get("FunctionError") or not isinstance(answer, dict):
            answer = {"error": {"code": "function-error"}}
        return ProbeAnswer(
            status_code=answer.get("statusCode", 0),
            user=answer.get("user"),
            code=answer.get("error", {}).get("code", ""),
            duration_ms=line.get("duration"),
            cold_start=line.get("coldStart", False),
        )


def live_version(client: "LambdaClient", function_name: str) -> str:
    """The number of the version that `live` points to, of two the older. Raises botocore's errors."""
    return client.get_alias(FunctionName=function_name, Name=LIVE_ALIAS)["FunctionVersion"]


def _probe_line(tail: str) -> dict[str, Any]:
    """The function's own line on a probe in the tail of its log; empty where there is none."""
    for text in tail.splitlines():
        try:
            line = json.loads(text)
        except ValueError:
            continue
        if isinstance(line, dict) and line.get("event") == LogToken.PROBE:
            return line
    return {}

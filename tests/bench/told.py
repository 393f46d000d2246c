"""What every read tells, whoever serves it: the benchmark compares handlers that do the same, and so it checks it."""

from typing import Final

from shared.digests import DIGEST_PATHS
from shared.names import METRIC_NAMESPACE, LogToken
from tests.bench.account import NAMES
from tests.bench.observed import Said

_ENVIRONMENT: Final = ("environment", "beta")
_PATH: Final = frozenset({_ENVIRONMENT, ("path", "mock")})
_VERSION: Final = frozenset({_ENVIRONMENT, ("function", NAMES.mock_read_function), ("version", "7")})
# Name and dimensions; what a latency is depends on the read.
METRICS: Final = frozenset(
    {
        ("Requests", _PATH),
        ("Errors", _PATH),
        ("Latency", _PATH),
        ("Requests", _VERSION),
        ("Errors", _VERSION),
        ("ShadowRequests", frozenset({_ENVIRONMENT})),
    }
)
_VALUES: Final = {"Requests": 1, "Errors": 0, "ShadowRequests": 1}


def require_told(user_id: str, said: Said) -> None:
    """AssertionError unless a read of the mock's told all that mock-read tells of one in AWS."""
    by_event = {event["event"]: event for event in said.events()}
    assert set(by_event) == {LogToken.MOCK_SUCCESS, LogToken.SHADOW_REQUEST}, by_event
    answered, asked = by_event[LogToken.MOCK_SUCCESS], by_event[LogToken.SHADOW_REQUEST]
    assert answered["message"] == f"[MOCK-SUCCESS] userId: '{user_id}', duration: {answered['duration']}"
    assert (answered["userId"], answered["path"]) == (user_id, "mock")
    assert (asked["userId"], asked["path"], asked["canonicalVersion"]) == (user_id, "mock", 1)
    assert asked["digests"].keys() == DIGEST_PATHS

    emitted = {(point.name, point.dimensions): point for point in said.points()}
    assert emitted.keys() >= METRICS, emitted.keys()
    for name, dimensions in METRICS:
        point = emitted[name, dimensions]
        assert point.namespace == METRIC_NAMESPACE
        assert point.value == _VALUES.get(name, point.value)

    # A tracer that patches boto3 sends a segment for each of its calls, too.
    (segment,) = [
        segment for segment in said.segments() if "annotations" in segment and "canary" in segment["annotations"]
    ]
    assert {"canary": False, "path": "mock", "userId": user_id}.items() <= segment["annotations"].items()
    assert segment["metadata"]["huntaze"].keys() == {"timestamp", "version", "duration_ms", "canaryEnabled"}

import http.client
import json
from typing import Any

import pytest

from sandbox.control_client import ControlClient, ControlError
from tests.sandbox_process import RunningSandbox


def _status(sandbox: RunningSandbox, method: str, path: str, body: bytes | None = None) -> tuple[int, dict[str, Any]]:
    connection = http.client.HTTPConnection(sandbox.endpoint_url.removeprefix("http://"), timeout=30)
    try:
        connection.request(method, f"/_sandbox/{path}", body)
        response = connection.getresponse()
        return response.status, json.load(response)
    finally:
        connection.close()


def test_settings_and_counters_of_the_log_subscriptions_are_told(sandbox: RunningSandbox) -> None:
    state = sandbox.control.log_subscriptions()
    assert {"batch_ms", "delay_min_ms", "delay_max_ms", "duplicate_share", "drop_share"} <= state["settings"].keys()
    assert {"delivered", "duplicated", "dropped", "retried", "failed", "pending"} <= state["counters"].keys()


def test_a_setting_stays_as_it_was_set(sandbox: RunningSandbox) -> None:
    before = sandbox.control.log_subscriptions()["settings"]
    assert sandbox.control.set_log_subscriptions(batch_ms=before["batch_ms"] + 1) == sandbox.control.log_subscriptions()
    assert sandbox.control.log_subscriptions()["settings"] == {**before, "batch_ms": before["batch_ms"] + 1}
    sandbox.control.set_log_subscriptions(batch_ms=before["batch_ms"])


def test_a_setting_that_makes_no_sense_is_refused_and_nothing_is_changed(sandbox: RunningSandbox) -> None:
    before = sandbox.control.log_subscriptions()["settings"]
    with pytest.raises(ControlError, match="drop_share takes a number, 0 to 1"):
        sandbox.control.set_log_subscriptions(batch_ms=1, drop_share=2)
    assert sandbox.control.log_subscriptions()["settings"] == before


def test_an_idle_bus_is_drained_at_once(sandbox: RunningSandbox) -> None:
    assert sandbox.control.drain_log_subscriptions(within_s=30)["pending"] == 0


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "log-subscriptions?drained_within_s=soon", None, 400),
        ("GET", "log-subscriptions?drained_within_s=-1", None, 400),
        ("GET", "log-subscriptions?drained_within_s=nan", None, 400),
        ("PUT", "log-subscriptions", b"[]", 400),
        ("PUT", "log-subscriptions", b"{", 400),
        ("PUT", "log-subscriptions", b"", 400),
        ("DELETE", "log-subscriptions", None, 404),
        ("GET", "nothing", None, 404),
        ("GET", "postgres", None, 404),
    ],
)
def test_a_bad_request_is_answered_with_a_message(
    sandbox: RunningSandbox, method: str, path: str, body: bytes | None, status: int
) -> None:
    answered, document = _status(sandbox, method, path, body)
    assert answered == status
    assert document["message"]


def test_without_postgres_there_is_none_to_control(sandbox: RunningSandbox) -> None:
    assert sandbox.postgres_url is None
    with pytest.raises(ControlError, match="there is no PUT /_sandbox/postgres"):
        sandbox.control.set_postgres(running=True)


def test_a_proxy_of_the_environment_is_not_asked(sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    assert ControlClient(sandbox.endpoint_url).log_subscriptions()

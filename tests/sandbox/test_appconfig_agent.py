"""The agent against what AWS documents, with a real MiniStack and its real data plane.

https://docs.aws.amazon.com/appconfig/latest/userguide/appconfig-agent-how-to-use.html
https://docs.aws.amazon.com/appconfig/latest/userguide/appconfig-integration-lambda-extensions-how-it-works.html
"""

import contextlib
import http.client
import json
import socket
import struct
import threading
import time
from collections.abc import Iterator

import pytest

from sandbox.appconfig_agent import AppConfigAgent
from sandbox.clock import Clock
from tests.sandbox.appconfig_sandbox import (
    LAYER,
    REGION,
    Deployed,
    Sandbox,
    extension_variables,
    flags,
    get,
    running_agent,
    running_sandbox,
)

VALUES = {"ramp": {"enabled": True, "percent": 5}, "quiet": {"enabled": True}, "off": {"enabled": False}}


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with running_sandbox() as running:
        yield running


@pytest.fixture
def deployed(sandbox: Sandbox) -> Deployed:
    configuration = sandbox.create_configuration("shop")
    sandbox.deploy(configuration, flags(VALUES))
    return configuration


@pytest.fixture
def port(sandbox: Sandbox, deployed: Deployed) -> Iterator[int]:
    """An agent of one function that prefetches the configuration and polls every second."""
    sandbox.create_function("reader", PREFETCH_LIST=deployed.path, POLL_INTERVAL_SECONDS="1")
    with running_agent(sandbox) as agent_port:
        yield agent_port


def get_for(port: int, target: str, seconds: float) -> None:
    """GET again and again, until it raises or the time is over."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        get(port, target)


def test_one_flag_is_answered_as_a_bare_object(port: int, deployed: Deployed) -> None:
    status, content_type, body = get(port, f"{deployed.path}?flag=ramp")
    assert (status, content_type, json.loads(body)) == (200, "application/json", VALUES["ramp"])


def test_several_flags_are_answered_as_a_map(port: int, deployed: Deployed) -> None:
    status, _, body = get(port, f"{deployed.path}?flag=ramp&flag=off")
    assert (status, json.loads(body)) == (200, {"ramp": VALUES["ramp"], "off": VALUES["off"]})


def test_without_a_flag_the_whole_configuration_is_answered(port: int, deployed: Deployed) -> None:
    status, content_type, body = get(port, deployed.path)
    assert (status, content_type, json.loads(body)) == (200, "application/json", VALUES)


def test_ids_serve_as_well_as_names(port: int, deployed: Deployed) -> None:
    assert get(port, f"{deployed.path_by_id}?flag=ramp")[0] == 200


def test_a_freeform_configuration_is_answered_as_it_was_written(port: int, sandbox: Sandbox) -> None:
    freeform = sandbox.create_configuration("free", profile_type="AWS.Freeform")
    sandbox.deploy(freeform, b"[1, 2]")
    assert get(port, freeform.path)[2] == b"[1, 2]"
    assert get(port, f"{freeform.path}?flag=ramp")[0] == 400


@pytest.mark.parametrize(
    "target",
    [
        "/applications/shop/environments/live/configurations/flags?flag=missing",
        "/applications/shop/environments/live/configurations/flags?flag=ramp&flag=missing",
        "/applications/shop/environments/live/configurations/other?flag=ramp",
        "/applications/other/environments/live/configurations/flags?flag=ramp",
        "/applications/shop/environments/live",
        "/",
    ],
)
def test_what_does_not_exist_is_a_404_in_text(port: int, target: str) -> None:
    status, content_type, body = get(port, target)
    assert (status, content_type) == (404, "application/text")
    assert body.startswith(b"ResourceNotFoundException")


def test_a_ping_is_answered(port: int) -> None:
    assert get(port, "/ping")[0] == 200


def test_a_refusing_data_plane_is_a_502(sandbox: Sandbox, port: int) -> None:
    sandbox.gate.refuse_sessions = (500, "InternalServerException")
    status, _, body = get(port, "/applications/a/environments/b/configurations/c")
    assert status == 502
    assert body.startswith(b"BadGatewayException")


def test_a_request_the_data_plane_calls_bad_is_a_400(sandbox: Sandbox, port: int) -> None:
    sandbox.gate.refuse_sessions = (400, "BadRequestException")
    assert get(port, "/applications/a/environments/b/configurations/c")[0] == 400


def test_a_silent_data_plane_is_a_504_after_the_functions_poll_timeout(sandbox: Sandbox, deployed: Deployed) -> None:
    sandbox.gate.silent = True
    sandbox.create_function("hasty", POLL_TIMEOUT_MILLIS="100")
    with running_agent(sandbox) as port:
        began = time.monotonic()
        assert get(port, deployed.path)[0] == 504
        assert time.monotonic() - began < 2.5  # the default would be 3 s
        sandbox.gate.silent = False


def test_a_caller_that_hangs_up_before_the_answer_is_no_error(
    sandbox: Sandbox, deployed: Deployed, capfd: pytest.CaptureFixture[str]
) -> None:
    sandbox.gate.silent = True
    sandbox.create_function("hasty", POLL_TIMEOUT_MILLIS="300")
    with running_agent(sandbox) as port:
        with socket.create_connection(("127.0.0.1", port)) as caller:
            caller.sendall(f"GET {deployed.path} HTTP/1.1\r\nHost: agent\r\n\r\n".encode())
            # Zero lingering makes the close a reset, so that writing the answer fails.
            caller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        assert get(port, deployed.path)[0] == 504  # by now the first answer was written, too
        sandbox.gate.silent = False
    assert "Traceback" not in capfd.readouterr().err


def test_head_and_body_of_an_answer_leave_in_one_piece(sandbox: Sandbox, deployed: Deployed, port: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as caller:
        caller.sendall(f"GET {deployed.path} HTTP/1.1\r\nHost: agent\r\n\r\n".encode())
        head, _, body = caller.recv(65536).partition(b"\r\n\r\n")
    assert f"Content-Length: {len(body)}".encode() in head


def test_a_new_deployment_is_served_after_one_poll(sandbox: Sandbox, port: int, deployed: Deployed) -> None:
    get(port, deployed.path)
    sandbox.deploy(deployed, flags({"ramp": {"enabled": True, "percent": 25}}))
    sandbox.gate.wait_for_polls(2)  # the second begins after the first, which sees the deployment, has ended
    assert json.loads(get(port, f"{deployed.path}?flag=ramp")[2])["percent"] == 25


def test_a_prefetched_configuration_is_fetched_before_anybody_asks(sandbox: Sandbox, port: int) -> None:
    sandbox.gate.wait_for_sessions(1)
    assert port


def test_a_configuration_that_is_not_prefetched_is_fetched_on_request_and_polled_from_then_on(
    sandbox: Sandbox, deployed: Deployed
) -> None:
    sandbox.create_function("reader", POLL_INTERVAL_SECONDS="1")
    with running_agent(sandbox) as port:
        assert get(port, "/ping")[0] == 200
        assert sandbox.gate.session_requests == []
        assert get(port, deployed.path)[0] == 200
        sandbox.gate.wait_for_polls(1)


def test_a_configuration_deployed_after_a_failed_prefetch_is_served_at_once(sandbox: Sandbox) -> None:
    configuration = sandbox.create_configuration("late")
    sandbox.create_function("reader", PREFETCH_LIST=configuration.path)
    with running_agent(sandbox) as port:
        assert get(port, configuration.path)[0] == 404
        sandbox.deploy(configuration, flags(VALUES))
        assert get(port, configuration.path)[0] == 200


def test_the_poll_interval_of_the_function_is_required_of_the_session(sandbox: Sandbox, port: int) -> None:
    """45 s unless the function says otherwise, and nothing below the 15 s the API can express."""
    other = sandbox.create_configuration("other")
    sandbox.create_function("unhurried", PREFETCH_LIST=other.path)
    get(port, other.path)
    intervals = {
        request["ApplicationIdentifier"]: request.get("RequiredMinimumPollIntervalInSeconds")
        for request in sandbox.gate.session_requests
    }
    assert intervals == {"shop": None, "other": 45}


@pytest.mark.parametrize("target", ["/ping", "/applications/shop/environments/live/configurations/flags"])
def test_without_the_layer_nothing_is_answered(sandbox: Sandbox, deployed: Deployed, target: str) -> None:
    sandbox.create_function("bare", layers=(), PREFETCH_LIST=deployed.path)
    with running_agent(sandbox) as port, pytest.raises(http.client.RemoteDisconnected):
        get(port, target)


def test_a_function_made_while_the_agent_runs_is_served_at_once(sandbox: Sandbox, deployed: Deployed) -> None:
    with running_agent(sandbox) as port:
        with pytest.raises(http.client.RemoteDisconnected):
            get(port, deployed.path)
        sandbox.create_function("reader")
        assert get(port, deployed.path)[0] == 200


def test_a_prefetch_list_changed_later_is_noticed_though_nobody_asks(sandbox: Sandbox, deployed: Deployed) -> None:
    sandbox.create_function("reader")
    with running_agent(sandbox):
        sandbox.client("lambda").update_function_configuration(
            FunctionName="reader",
            Environment={"Variables": extension_variables({"PREFETCH_LIST": deployed.path})},
        )
        sandbox.gate.wait_for_sessions(1)


def test_the_poll_interval_passes_by_the_clock(sandbox: Sandbox, deployed: Deployed) -> None:
    sandbox.create_function("reader", POLL_INTERVAL_SECONDS="3600", PREFETCH_LIST=deployed.path)
    clock = Clock(behind_seconds=86_400)
    with running_agent(sandbox, clock) as port:
        get(port, deployed.path)
        sandbox.deploy(deployed, flags({"ramp": {"enabled": True, "percent": 25}}))
        clock.jump(3000)
        assert json.loads(get(port, f"{deployed.path}?flag=ramp")[2])["percent"] == 5
        clock.run_at(36_000)  # An hour is a tenth of a second.
        sandbox.gate.wait_for_polls(2)
        assert json.loads(get(port, f"{deployed.path}?flag=ramp")[2])["percent"] == 25


def test_a_jump_of_the_clock_is_noticed_before_the_functions_are_looked_for_again(
    sandbox: Sandbox, deployed: Deployed
) -> None:
    sandbox.create_function("reader", POLL_INTERVAL_SECONDS="60", PREFETCH_LIST=deployed.path)
    clock = Clock(behind_seconds=86_400)
    with running_agent(sandbox, clock) as port:
        get(port, deployed.path)
        began = time.monotonic()
        for polls in range(2, 10):
            threading.Event().wait(0.05)  # Nothing tells that the agent has begun to wait.
            clock.jump(60)
            sandbox.gate.wait_until_polled(polls)
        assert time.monotonic() - began < 4  # they are looked for once a second


def test_a_deleted_function_takes_its_agent_with_it(sandbox: Sandbox, port: int, deployed: Deployed) -> None:
    assert get(port, deployed.path)[0] == 200
    sandbox.client("lambda").delete_function(FunctionName="reader")
    with pytest.raises(http.client.RemoteDisconnected):
        get_for(port, deployed.path, seconds=10)


def test_a_function_with_another_role_gets_a_new_session(sandbox: Sandbox, port: int, deployed: Deployed) -> None:
    assert get(port, deployed.path)[0] == 200
    sandbox.client("lambda").update_function_configuration(
        FunctionName="reader", Role="arn:aws:iam::000000000000:role/other"
    )
    sandbox.gate.wait_for_sessions(2)


def test_a_taken_port_is_an_os_error(sandbox: Sandbox, port: int) -> None:
    with pytest.raises(OSError, match="in use"):
        AppConfigAgent(sandbox.endpoint_url, REGION, port, Clock()).start()


def test_stopping_ends_every_thread_and_every_open_connection(sandbox: Sandbox, deployed: Deployed) -> None:
    sandbox.create_function("reader", PREFETCH_LIST=deployed.path)
    before = set(threading.enumerate())
    agent = AppConfigAgent(sandbox.endpoint_url, REGION, 0, Clock())
    agent.start()
    stopper = threading.Thread(target=agent.stop)
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", agent.port, timeout=10)) as client:
        for _ in range(2):  # the connection is kept alive between requests
            client.request("GET", deployed.path)
            assert client.getresponse().read()
        stopper.start()
        assert client.sock.recv(1) == b""
    stopper.join()
    assert [thread for thread in threading.enumerate() if "agent" in thread.name] == []
    assert {thread for thread in threading.enumerate() if "process_request" in thread.name} <= before


def test_the_layer_is_known_by_its_name_in_either_architecture(sandbox: Sandbox, deployed: Deployed) -> None:
    arm64 = LAYER.replace("AWS-AppConfig-Extension:329", "AWS-AppConfig-Extension-Arm64:262")
    sandbox.create_function("arm", layers=(arm64,))
    with running_agent(sandbox) as port:
        assert get(port, deployed.path)[0] == 200

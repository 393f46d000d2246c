"""The sandbox as a person starts and stops it."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.sandbox.lambda_functions import create_function
from tests.sandbox_process import RunningSandbox, ready, serving

pytestmark = pytest.mark.slow


ROOT = Path(__file__).parents[2]
TIMEOUT_SECONDS = 30

RETURN_PROCESS_ID = """
import os, pathlib, time

def handler(event, context):
    print("at work")
    if "started" in event:
        pathlib.Path(event["started"]).touch()
    time.sleep(event.get("seconds", 0))
    return os.getpid()
"""


@contextmanager
def killed_at_the_end(process: subprocess.Popen[str]) -> Iterator[None]:
    """So that a test that fails does not wait for a sandbox that nobody stops."""
    try:
        yield
    finally:
        process.kill()


def sandbox_command(*arguments: str, environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "sandbox", *arguments],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False,
    )  # fmt: skip


def busy_port() -> socket.socket:
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen()
    return listening


def process_of_a_function(sandbox: RunningSandbox) -> int:
    create_function(sandbox, "process", RETURN_PROCESS_ID, Timeout=60)
    answer = sandbox.client("lambda").invoke(FunctionName="process", Payload=b"{}")
    process_id: int = json.loads(answer["Payload"].read())
    return process_id


def is_running(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    return True


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.02)


def test_how_far_behind_the_clock_begins_is_an_option_that_its_help_explains() -> None:
    assert "--clock-behind SECONDS" in sandbox_command("serve", "--help").stdout
    refused = sandbox_command("serve", "--clock-behind", "-1")
    assert refused.returncode == 2
    assert "-1" in refused.stderr


def test_help_teaches_both_ways_to_use_it() -> None:
    shown = sandbox_command("--help").stdout
    assert "\n  python -m sandbox serve\n" in shown.replace("    ", "  ")
    assert "\n  python -m sandbox run -- aws sts get-caller-identity\n" in shown.replace("    ", "  ")


@pytest.mark.parametrize("option", ["--port", "--agent-port"])
def test_a_named_port_that_is_taken_is_a_clear_error(option: str) -> None:
    other = {"--port": "--agent-port", "--agent-port": "--port"}[option]
    with busy_port() as taken:
        port = str(taken.getsockname()[1])
        ended = sandbox_command("serve", "--json", option, port, other, "0")
    assert ended.returncode == 1
    assert f"port {port} on 127.0.0.1 is in use" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert ended.stdout == ""


@contextmanager
def taken(port: int) -> Iterator[None]:
    """Hold a port while the block runs, unless somebody else holds it already."""
    with socket.socket() as holder:
        # As the sandbox binds it: otherwise a port's last connections would keep us out, and not it.
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with suppress(OSError):
            holder.bind(("127.0.0.1", port))
            holder.listen()
        yield


@pytest.mark.xdist_group("default-ports")
def test_default_ports_give_way_when_they_are_taken() -> None:
    with taken(4566), taken(2772), serving() as process:
        sandbox = ready(process)
        assert sandbox.endpoint_url != "http://127.0.0.1:4566"
        assert sandbox.agent_port != 2772
        assert sandbox.client("sts").get_caller_identity()["Account"] == "000000000000"


@pytest.mark.xdist_group("default-ports")
def test_another_port_that_is_taken_instead_is_said() -> None:
    with taken(4566):
        said = sandbox_command("run", "--agent-port", "0", "--", "true").stderr
    assert re.search(r"Port 4566 is in use; taking (\d+) instead\.", said)


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_stop_is_clean_and_leaves_no_process_and_no_file(stop: signal.Signals) -> None:
    with serving("--port", "0", "--agent-port", "0") as process:
        sandbox = ready(process)
        function = process_of_a_function(sandbox)
        assert is_running(function)
        process.send_signal(stop)
        assert process.wait(TIMEOUT_SECONDS) == 0
    assert not is_running(function)
    assert not sandbox.state_directory.exists()


def test_a_killed_sandbox_leaves_no_process_and_no_file_either() -> None:
    with serving("--port", "0", "--agent-port", "0") as process:
        sandbox = ready(process)
        function = process_of_a_function(sandbox)
        process.kill()
        process.wait(TIMEOUT_SECONDS)
        wait_until(lambda: not is_running(function) and not sandbox.state_directory.exists())


@pytest.mark.parametrize(("stop", "exit_code"), [(signal.SIGTERM, 0), (signal.SIGKILL, -signal.SIGKILL)])
def test_a_function_at_work_ends_with_its_sandbox(tmp_path: Path, stop: signal.Signals, exit_code: int) -> None:
    started = tmp_path / "started"
    with serving("--port", "0", "--agent-port", "0") as process:
        sandbox = ready(process)
        function = process_of_a_function(sandbox)
        event = json.dumps({"started": str(started), "seconds": 50}).encode()
        with ThreadPoolExecutor() as callers:
            call = callers.submit(sandbox.client("lambda").invoke, FunctionName="process", Payload=event)
            wait_until(started.exists)
            process.send_signal(stop)
            assert process.wait(TIMEOUT_SECONDS) == exit_code
            # A stop answers the caller with the function's error, a kill cuts the connection.
            call.exception(TIMEOUT_SECONDS)
        wait_until(lambda: not is_running(function) and not sandbox.state_directory.exists())


def test_files_are_written_nowhere_else(tmp_path: Path) -> None:
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    program = (
        "import boto3, os, sys; s3 = boto3.client('s3'); s3.create_bucket(Bucket='bucket');"
        "s3.put_object(Bucket='bucket', Key='key', Body=b'x'); print(os.listdir(sys.argv[1]))"
    )
    ended = sandbox_command(
        "run", "--port", "0", "--agent-port", "0", "--", sys.executable, "-c", program, str(tmp_path),
        environment=environment,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    assert re.fullmatch(r"\['sandbox-\w+'\]\n", ended.stdout)
    assert list(tmp_path.iterdir()) == []


def test_run_gives_the_command_the_sandbox_and_takes_its_exit_code() -> None:
    program = (
        "import boto3, os, socket; print(boto3.client('sts').get_caller_identity()['Arn']);"
        "socket.create_connection(('127.0.0.1', int(os.environ['AWS_APPCONFIG_EXTENSION_HTTP_PORT']))).close();"
        "raise SystemExit(7)"
    )
    ended = sandbox_command("run", "--port", "0", "--agent-port", "0", "--", sys.executable, "-c", program)
    assert ended.stdout.splitlines()[0] == "arn:aws:iam::000000000000:root"
    assert ended.returncode == 7, ended.stderr


def test_run_reports_a_signal_as_a_shell_does() -> None:
    ended = sandbox_command("run", "--port", "0", "--agent-port", "0", "--", "sh", "-c", "kill -TERM $$")
    assert ended.returncode == 128 + signal.SIGTERM


def test_run_says_that_a_command_cannot_be_run() -> None:
    ended = sandbox_command("run", "--port", "0", "--agent-port", "0", "--", "no-such-command")
    assert ended.returncode == 127
    # A folder of PATH that may not be looked into makes it "Permission denied".
    assert ended.stderr.startswith("Error: cannot run no-such-command: ")


def test_serve_prints_the_lines_to_paste_and_says_that_it_is_ready() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "sandbox", "serve", "--port", "0", "--agent-port", "0"],
        cwd=ROOT, stdout=subprocess.PIPE, text=True,
    ) as process, killed_at_the_end(process):  # fmt: skip
        assert process.stdout
        lines = []
        for line in process.stdout:
            lines.append(line.rstrip())
            if "Ctrl-C" in line:
                break
        exports = dict(line.strip().removeprefix("export ").split("=") for line in lines if "export " in line)
        pasted = subprocess.run(
            [sys.executable, "-m", "awscli", "sts", "get-caller-identity", "--query", "Account"],
            env={"PATH": os.environ["PATH"], **exports},
            capture_output=True, text=True, check=True, timeout=TIMEOUT_SECONDS,
        )  # fmt: skip
        process.send_signal(signal.SIGINT)
        assert process.wait(TIMEOUT_SECONDS) == 0
    assert lines[0] == f"The sandbox is ready at {exports['AWS_ENDPOINT_URL']}"
    assert pasted.stdout == '"000000000000"\n'
    assert "\x1b" not in "".join(lines)


def test_the_sandbox_listens_on_loopback_only(sandbox: RunningSandbox) -> None:
    listening = listening_addresses(sandbox.process_id)
    assert listening
    assert set(listening) == {"127.0.0.1"}


def listening_addresses(process_id: int) -> list[str]:
    """Return the addresses on which a process listens, as Linux tells them."""
    inodes = set()
    for descriptor in Path(f"/proc/{process_id}/fd").iterdir():
        # A connection may close meanwhile.
        with suppress(FileNotFoundError):
            if found := re.fullmatch(r"socket:\[(\d+)\]", str(descriptor.readlink())):
                inodes.add(found[1])
    addresses = []
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and fields[9] in inodes:
                packed = bytes.fromhex(fields[1].split(":")[0])
                addresses.append(socket.inet_ntop(socket.AF_INET, packed[::-1]) if table == "tcp" else table)
    return addresses

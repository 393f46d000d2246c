"""What goes wrong is one clear line and an exit code, from the installed command itself; never a traceback."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.sandbox_process import RunningSandbox, running_sandbox

PLAYBOOK = Path(sys.executable).with_name("playbook")
COMMANDS = [
    "status",
    "canary shadow --yes",
    "canary start --yes",
    "ramp 5 --yes",
    "rollback flag --yes",
    "rollback code --yes",
    "release --yes",
]


def said(command: str, environment: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [PLAYBOOK, *command.split()],
        env={"PATH": "", "HOME": "/nonexistent", "AWS_EC2_METADATA_DISABLED": "true", **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def failure_of(command: str, environment: Mapping[str, str]) -> str:
    """The line that the command ends with."""
    run = said(command, environment)
    assert run.returncode == 1, run.stderr
    assert run.stdout == ""
    assert "Traceback" not in run.stderr
    (line,) = (text for text in run.stderr.splitlines() if "error" in text.lower())
    assert line.startswith("error: ")
    return line


def credentials(endpoint_url: str, region: str = "us-east-1") -> dict[str, str]:
    return {
        "AWS_ENDPOINT_URL": endpoint_url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
    }


@contextmanager
def answering(code: str, message: str, status: int = 400) -> Iterator[str]:
    """An AWS that answers every request with this error; its URL."""

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            body = json.dumps({"__type": code, "message": message}).encode()
            self.send_response(status)
            self.send_header("x-amzn-errortype", code)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = answer  # noqa: N815 - the standard library's names

        def log_message(self, *_: object) -> None:
            """To nobody."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def test_without_credentials_it_says_how_to_sign_in() -> None:
    line = failure_of("status", {"AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-1"})
    assert line == "error: no AWS credentials found; sign in as for every AWS tool (aws sso login, AWS_PROFILE, …)"


def test_without_a_region_it_says_how_to_name_one() -> None:
    keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    assert "set AWS_PROFILE or AWS_REGION" in failure_of("status", keys)


def test_a_profile_that_is_not_there_is_named() -> None:
    assert "nobody" in failure_of("status", {"AWS_PROFILE": "nobody", "AWS_REGION": "us-east-1"})


def test_programs_get_a_failure_as_a_document_and_the_same_exit_code() -> None:
    run = said("status --json", {"AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-1"})
    assert run.returncode == 1
    told = json.loads(run.stdout)["error"]
    assert told["kind"] == "failed"
    assert run.stderr == f"error: {told['message']}\n"


@pytest.mark.parametrize("command", COMMANDS)
def test_in_the_wrong_region_it_says_that_nothing_is_deployed_there(sandbox: RunningSandbox, command: str) -> None:
    line = failure_of(command, credentials(sandbox.endpoint_url, region="eu-west-1"))
    assert "deploy the stacks first" in line or "beta is not deployed in eu-west-1" in line


@pytest.fixture(scope="module")
def nobodys_keys() -> Iterator[dict[str, str]]:
    """Of a user who may do nothing, where IAM is enforced."""
    with running_sandbox("--enforce-iam") as enforcing:
        iam = enforcing.client("iam")
        iam.create_user(UserName="nobody")
        key = iam.create_access_key(UserName="nobody")["AccessKey"]
        yield {
            **credentials(enforcing.endpoint_url),
            "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
        }


@pytest.mark.parametrize("command", COMMANDS)
def test_without_permission_it_says_which_is_missing(nobodys_keys: dict[str, str], command: str) -> None:
    line = failure_of(command, nobodys_keys)
    assert line.startswith("error: not allowed: ")
    assert "; ask for a role that may " in line


@pytest.mark.parametrize("code", ["ExpiredTokenException", "UnrecognizedClientException", "InvalidSignatureException"])
def test_credentials_that_are_not_accepted_are_to_be_renewed(code: str) -> None:
    with answering(code, "The security token included in the request is expired", status=403) as url:
        line = failure_of("release --yes", credentials(url))
    assert line == f"error: AWS does not accept these credentials ({code}); sign in again"


@pytest.mark.slow
def test_throttling_asks_for_patience() -> None:
    with answering("ThrottlingException", "Rate exceeded") as url:
        line = failure_of("ramp 5 --yes", credentials(url))
    assert line == "error: AWS is throttling GetParameter; wait a minute and say the same command again"


@pytest.mark.slow
def test_an_endpoint_that_nobody_listens_at_is_named() -> None:
    line = failure_of("rollback flag --yes", credentials("http://127.0.0.1:1"))
    assert line.startswith("error: AWS cannot be reached: ")
    assert "http://127.0.0.1:1" in line


def test_an_error_that_no_rule_knows_still_has_its_operation_and_its_message() -> None:
    with answering("ValidationException", "Name is too long") as url:
        assert failure_of("release --yes", credentials(url)) == "error: GetParameter: Name is too long"

"""`playbook status`, `watch` and `logs` as an operator types them, against the deployed stacks."""

import os
import pty
import re
import signal
import subprocess
import sysconfig
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import pytest

from playbook.journal import AccountJournal, Kind
from tests.e2e.conftest import NAMES, Deployment
from tests.playbook_command import document, say
from tests.sandbox_account import account_of

PLAYBOOK: Final = Path(sysconfig.get_path("scripts")) / "playbook"
TIMEOUT_SECONDS: Final = 90
INTERRUPTED_SECONDS: Final = 30
CONTROL: Final = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


@pytest.fixture(scope="module")
def canary(deployment: Deployment) -> Iterator[str]:
    """A canary of user-7 alone, deployed by hand: each of his reads goes to Prisma. Gives the flag's version."""
    deployment.warm_candidate()
    deployment.deploy_kill_switch(enabled=False)
    deployed: str = deployment.deploy_flag(
        enabled=True, percent=0, splitBy="user", allowUsers=["user-7"], shadowPercent=100
    )["ConfigurationVersion"]
    deployment.seconds_until(lambda: deployment.path_of_a_read() == "prisma", TIMEOUT_SECONDS)
    for number in range(20):
        deployment.read({"userId": f"user-{number}"})
    deployment.sandbox.control.drain_log_subscriptions(within_s=TIMEOUT_SECONDS)
    yield deployed
    deployment.deploy_flag(enabled=False)


def told(deployment: Deployment, *arguments: str) -> str:
    ended = say(deployment.sandbox, *arguments)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def told_as_json(deployment: Deployment, *arguments: str) -> Any:
    return document(say(deployment.sandbox, *arguments, "--json"))


@contextmanager
def typed(deployment: Deployment, *arguments: str, columns: int | None = None) -> Iterator["Typed"]:
    """The installed command, at work: in a terminal of so many columns, or into a pipe."""
    environment = {**deployment.sandbox.environment, "TERM": "xterm", "COLUMNS": str(columns), "LINES": "50"}
    if columns is None:
        output, theirs = os.pipe()
        del environment["COLUMNS"], environment["LINES"]
    else:
        output, theirs = pty.openpty()
    with subprocess.Popen(
        [PLAYBOOK, *arguments],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        os.close(theirs)
        os.set_blocking(output, False)
        try:
            yield Typed(process, output)
        finally:
            process.kill()
            os.close(output)


class Typed:
    def __init__(self, process: subprocess.Popen[str], output: int) -> None:
        self._process = process
        self._output = output
        self._seen = b""

    def wait_for(self, what: Callable[[str], bool]) -> str:
        """What it printed, as soon as that holds of it."""
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while not what(seen := self._printed()):
            assert self._process.poll() is None, self._process.communicate()[1]
            assert time.monotonic() < deadline, seen
            time.sleep(0.1)
        return seen

    def interrupt(self) -> tuple[int, str]:
        """Ctrl-C; its exit code, and what it says on standard error."""
        self._process.send_signal(signal.SIGINT)
        errors = self._process.communicate(timeout=INTERRUPTED_SECONDS)[1]
        return self._process.returncode, errors

    def _printed(self) -> str:
        with suppress(BlockingIOError):
            self._seen += os.read(self._output, 1_000_000)
        return self._seen.decode(errors="ignore")


# status.


def test_status_tells_the_phase_the_dials_and_that_nobody_recorded_the_flag(
    deployment: Deployment, canary: str
) -> None:
    text = told(deployment, "status")

    assert re.search(r"^phase +canary, for ", text, re.MULTILINE)
    assert f"0 % by user, and user-7, shadow 100 %; version {canary}" in text
    assert re.search(r"^kill switch +not set$", text, re.MULTILINE)
    assert f"{NAMES.mock_read_function}: version 1\n" in text
    assert f"Version {canary} of prismaAdapter is deployed, and the journal has no entry of it" in text
    assert (
        f"https://console.aws.amazon.com/cloudwatch/home?region=us-east-1#dashboards/dashboard/{NAMES.dashboard}"
        in text
    )
    assert "\x1b" not in text


def test_status_has_no_drift_once_the_journal_knows_the_flag(deployment: Deployment, canary: str) -> None:
    AccountJournal(account_of(deployment.sandbox)).write(Kind.FLAG, version=canary)

    deployment.seconds_until(lambda: told_as_json(deployment, "status")["drift"] == [], TIMEOUT_SECONDS)


def test_status_as_a_document_has_every_alarm_and_both_code_dials(deployment: Deployment, canary: str) -> None:
    status = told_as_json(deployment, "status")

    assert {alarm["name"] for alarm in status["alarms"]} == {*NAMES.rollback_alarms, *NAMES.investigate_alarms}
    assert [dial["function"] for dial in status["code_dials"]] == [NAMES.mock_read_function, NAMES.prisma_read_function]
    assert status["path_dial"]["version"] == canary
    assert status["next"]["commands"]


# watch.


def test_watch_in_a_pipe_is_a_line_a_look_and_ends_in_time(deployment: Deployment, canary: str) -> None:
    lines = told(deployment, "watch", "--for", "0.1", "--interval", "2").splitlines()

    assert len(lines) >= 2
    for line in lines:
        assert re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ [A-Z]+, canary, 0 % by user, and user-7", line)
        assert "| canary error rate 0 of " in line
        assert "| shadow coverage " in line


def test_watch_once_as_a_document_has_each_checks_figures(deployment: Deployment, canary: str) -> None:
    look = told_as_json(deployment, "watch", "--once")
    figures = {check["name"]: check["figures"] for check in look["checks"]}

    assert figures["canary error rate"]["attempts"] >= 1
    assert figures["shadow coverage"]["coverage_percent"] == 100
    assert look["status"]["phase"] == "canary"


@pytest.mark.parametrize("columns", [80, 120])
def test_watch_draws_a_terminal_anew_and_ctrl_c_ends_it_quietly(
    deployment: Deployment, canary: str, columns: int
) -> None:
    with typed(deployment, "watch", "--interval", "1", columns=columns) as watch:
        seen = watch.wait_for(lambda text: text.count("canary error rate") >= 3)
        exit_code, errors = watch.interrupt()

    assert (exit_code, errors) == (0, "")
    assert max(len(CONTROL.sub("", line)) for line in re.split("[\r\n]", seen)) <= columns
    assert ("●" in seen) is (columns == 120)


# logs.


def test_logs_are_merged_by_time_and_filtered_by_user_and_token(deployment: Deployment, canary: str) -> None:
    everything = told(deployment, "logs", "--since", "30").splitlines()
    of_user = told_as_json(deployment, "logs", "--since", "30", "--user", "user-7")["lines"]
    of_token = told_as_json(deployment, "logs", "--since", "30", "--token", "canary-success")["lines"]

    stamps = [line[:12] for line in everything if re.match(r"\d\d:\d\d:\d\d\.\d{3} ", line)]
    assert stamps == sorted(stamps)
    assert any("prisma-shadow [SHADOW-DIFF]" in line for line in everything)
    assert not any("REPORT RequestId" in line for line in everything)
    assert {line["user_id"] for line in of_user} == {"user-7"}
    assert {line["function"] for line in of_user} >= {NAMES.mock_read_function, NAMES.prisma_read_function}
    assert {line["token"] for line in of_token} == {"CANARY-SUCCESS"}


def test_logs_tail_tells_a_read_as_it_comes_and_ctrl_c_ends_it_quietly(deployment: Deployment, canary: str) -> None:
    with typed(deployment, "logs", "--tail", "--since", "5", "--user", "user-31") as tail:
        deployment.read({"userId": "user-31"})
        seen = tail.wait_for(lambda text: "[MOCK-SUCCESS] userId: 'user-31'" in text and "[SHADOW-DIFF]" in text)
        exit_code, errors = tail.interrupt()

    assert (exit_code, errors) == (0, "")
    assert seen.count("[MOCK-SUCCESS]") == 1


def test_a_token_that_no_function_writes_is_refused_rather_than_waited_for(deployment: Deployment) -> None:
    ended = say(deployment.sandbox, "logs", "--tail", "--token", "CANARY-ERR")

    assert ended.returncode == 2
    assert "canary-error" in ended.stderr.lower()

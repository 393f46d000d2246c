"""The rehearsal as a newcomer runs it, in a sandbox of its own that holds every role to its policies."""

import os
import shlex
import subprocess
import sys

import pytest

from tests.e2e.conftest import REPOSITORY

pytestmark = pytest.mark.rehearsal


def _rehearse(*options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            *(
                sys.executable,
                "-m",
                "sandbox",
                "run",
                "--port",
                "0",
                "--agent-port",
                "0",
                "--enforce-iam",
                "--postgres",
                "--",
            ),
            *(sys.executable, "-m", "playbook.rehearsal", *options),
        ],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )


def test_under_enforced_iam_the_roles_in_the_templates_are_enough() -> None:
    done = _rehearse("--reads", "500", "--shadow-reads", "200", "--canary-reads", "1000")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "500 reads by 50 users, 0 errors" in done.stdout
    assert "200 of 200 sampled reads compared, coverage 100.00%, 0 mismatches" in done.stdout
    assert "The rehearsal passed." in done.stdout


def test_under_enforced_iam_a_removed_statement_fails_the_rehearsal() -> None:
    done = _rehearse(
        "--reads",
        "200",
        # The phase that shows it is enough.
        *("--shadow-reads", "0", "--canary-reads", "0"),
        "--app",
        f"{shlex.quote(sys.executable)} -m tests.e2e.apps.without_statement ReadFlagAndKillSwitch",
    )

    assert done.returncode == 1, done.stdout + done.stderr
    assert "[FLAG-ERROR]" in done.stdout
    assert "200 reads by 50 users, 0 errors" in done.stdout, "users still get their answers"


def test_a_failing_step_is_named_with_its_reason() -> None:
    done = _rehearse("--app", "false")

    assert done.returncode == 1
    assert "cdk deploy" in done.stdout
    assert "Failed:" in done.stdout
    assert "The rehearsal passed." not in done.stdout


def test_a_rehearsal_never_touches_a_real_account() -> None:
    environment = {name: value for name, value in os.environ.items() if name != "AWS_ENDPOINT_URL"}
    command = [sys.executable, "-m", "playbook.rehearsal"]

    done = subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False)

    assert done.returncode != 0
    assert "AWS_ENDPOINT_URL is not an address of this machine" in done.stderr

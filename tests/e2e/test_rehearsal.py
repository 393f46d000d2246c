"""The rehearsal as a newcomer runs it, where something keeps it from passing.

That it passes, with every role held to its policies, is what `make rehearse` itself shows.
"""

import os
import shlex
import subprocess
import sys

import pytest

from tests.e2e.conftest import REPOSITORY

pytestmark = pytest.mark.rehearsal


def _rehearse(*options: str) -> subprocess.CompletedProcess[str]:
    sandbox = ("-m", "sandbox", "run", "--port", "0", "--agent-port", "0", "--enforce-iam", "--postgres")
    rehearsal = (sys.executable, "-m", "playbook.rehearsal", *options)
    return subprocess.run(
        [sys.executable, *sandbox, "--clock-behind", "14400", "--", *rehearsal],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )


def test_under_enforced_iam_a_removed_statement_fails_the_rehearsal() -> None:
    app = f"{shlex.quote(sys.executable)} -m tests.e2e.apps.without_statement ReadFlagAndKillSwitch"

    # The phase that shows it is enough.
    done = _rehearse("--shadow-reads", "200", "--until", "shadow", "--app", app)

    assert done.returncode == 1, done.stdout + done.stderr
    assert "FLAG-ERROR" in done.stdout
    assert "200 answered, 0 failed" in done.stdout, "users still get their answers"
    assert "`playbook shadow` ended with exit code 10, and 0 was to be shown" in done.stdout


def test_a_failing_step_is_named_with_its_reason() -> None:
    done = _rehearse("--app", "false")

    assert done.returncode == 1
    assert "cdk deploy" in done.stdout
    assert "Failed:" in done.stdout
    assert "The rehearsal passed" not in done.stdout


def test_a_rehearsal_never_touches_a_real_account() -> None:
    environment = {name: value for name, value in os.environ.items() if name != "AWS_ENDPOINT_URL"}
    command = [sys.executable, "-m", "playbook.rehearsal"]

    done = subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False)

    assert done.returncode != 0
    assert "AWS_ENDPOINT_URL is not an address of this machine" in done.stderr

"""The rollback rehearsal, when what it rehearses is broken: it must not pass."""

import shlex
import subprocess
import sys

import pytest

from tests.e2e.conftest import NAMES, REPOSITORY

pytestmark = pytest.mark.disasters


def _rehearse(*options: str) -> subprocess.CompletedProcess[str]:
    sandbox = ("-m", "sandbox", "run", "--port", "0", "--agent-port", "0", "--enforce-iam", "--postgres")
    rehearsal = (sys.executable, "-m", "playbook.rollback_rehearsal", *options)
    return subprocess.run(
        [sys.executable, *sandbox, "--clock-behind", "43200", "--", *rehearsal],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("sid", ["CloudWatchMayPublish", "CloudWatchMayEncrypt"])
def test_an_alarm_that_cannot_reach_its_topic_fails_the_rehearsal(sid: str) -> None:
    app = f"{shlex.quote(sys.executable)} -m tests.e2e.apps.without_statement {sid}"

    done = _rehearse("--only", "a", "--app", app)

    assert done.returncode == 1, done.stdout + done.stderr
    assert "the kill switch was not set" in done.stdout
    assert f"0 messages told of {NAMES.canary_error_rate_alarm}" in done.stdout
    assert "0 without the right answer" in done.stdout, "users still get their answers"

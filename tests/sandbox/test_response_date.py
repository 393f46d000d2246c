"""Clients tell the time by an answer's date, so it is the playbook clock's."""

from email.utils import parsedate_to_datetime

import pytest

from tests.sandbox_process import running_sandbox

BEHIND_SECONDS = 86_400


@pytest.mark.parametrize("service", ["sts", "logs"])
def test_the_date_of_an_answer_is_the_playbook_clocks(service: str) -> None:
    with running_sandbox("--clock-behind", str(BEHIND_SECONDS)) as sandbox:
        answers = {
            "sts": lambda: sandbox.client("sts").get_caller_identity(),
            "logs": lambda: sandbox.client("logs").describe_log_groups(),
        }
        headers = answers[service]()["ResponseMetadata"]["HTTPHeaders"]
        date = parsedate_to_datetime(headers["date"]).timestamp()
        assert abs(date - sandbox.control.clock()["now"]) < 5

"""The operator's policy under enforced IAM: each command works with it and nothing else, and it allows no more."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from playbook.clients import Clients
from playbook.failures import Refusal
from playbook.rehearsed_operator import operator_credentials
from playbook.rehearsed_tool import GO, HOLD, INVESTIGATE
from shared.names import LIVE_ALIAS
from tests.deployed_stacks import deploy_stacks
from tests.e2e.conftest import NAMES
from tests.playbook_command import say
from tests.sandbox_process import RunningSandbox, running_sandbox

pytestmark = pytest.mark.rehearsal

DONE = 0
FACTOR = 20


@dataclass(frozen=True)
class Operator:
    sandbox: RunningSandbox
    credentials: Mapping[str, str]
    desk: Path

    def say(self, command: str, *ends: int) -> None:
        """Require that it ends so, which it does with 1 where a permission is missing."""
        ended = say(self.sandbox, *command.format(desk=self.desk).split(), variables=self.credentials)
        assert ended.returncode in ends, f"{command}: {ended.returncode}\n{ended.stdout}{ended.stderr}"
        assert "not allowed" not in ended.stdout + ended.stderr, f"{command}\n{ended.stdout}{ended.stderr}"

    def client(self, service: str) -> Any:
        key, secret, token = self.credentials.values()
        return self.sandbox.client_as((key, secret, token), service)


@pytest.fixture(scope="module")
def operator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operator]:
    desk = tmp_path_factory.mktemp("desk")
    with running_sandbox("--enforce-iam", "--postgres", "--clock-behind", "14400") as sandbox:
        deploy_stacks(sandbox, desk / "cdk.out")
        with pytest.MonkeyPatch.context() as monkeypatch:
            for name, value in sandbox.environment.items():
                monkeypatch.setenv(name, value)
            credentials = operator_credentials(Clients.at(sandbox.endpoint_url), NAMES)
        # A flag takes a minute to reach everybody.
        sandbox.control.run_clock_at(FACTOR)
        yield Operator(sandbox, credentials, desk)


def test_every_command_works_with_it(operator: Operator) -> None:
    refused = Refusal.exit_code
    for command, *ends in (
        ("status", DONE),
        ("db migrate", DONE),
        ("db seed", DONE),
        ("canary shadow --yes", DONE),
        ("traffic --reads 40", DONE),
        ("shadow --wait 60", GO, HOLD, INVESTIGATE),
        # So soon after the deployment some of what it looks for is not there, which is a refusal.
        ("preflight", DONE, refused),
        ("canary start --percent 1 --yes --override rehearsed", DONE, refused),
        ("watch --once", GO, HOLD, INVESTIGATE),
        ("logs --since 10", DONE),
        ("explain user-7", DONE),
        ("decide --evidence-out {desk}/evidence.jsonl", GO, HOLD, INVESTIGATE),
        ("judge --evidence {desk}/evidence.jsonl", GO, HOLD, INVESTIGATE),
        ("ramp 5 --yes", refused),
        ("report --out {desk}/report", DONE),
        ("rollback flag --yes", DONE),
        ("release --yes", DONE, refused),
        ("rollback code --yes", DONE, refused),
        ("status", DONE),
    ):
        operator.say(command, *ends)


def test_what_takes_code_back_is_allowed(operator: Operator) -> None:
    """The calls alone: there is no earlier version here to go back to, and no canary to end."""
    functions, codedeploy = operator.client("lambda"), operator.client("codedeploy")
    for name in (NAMES.mock_read_function, NAMES.prisma_read_function):
        version = functions.get_alias(FunctionName=name, Name=LIVE_ALIAS)["FunctionVersion"]
        functions.update_alias(FunctionName=name, Name=LIVE_ALIAS, FunctionVersion=version)

    with pytest.raises(codedeploy.exceptions.DeploymentDoesNotExistException):
        codedeploy.stop_deployment(deploymentId="d-000000000")


def test_what_no_command_needs_is_denied(operator: Operator) -> None:
    mock_read = NAMES.mock_read_function
    with pytest.raises(ClientError, match="AccessDenied"):
        # Its variables hold the key of the digests.
        operator.client("lambda").get_function_configuration(FunctionName=mock_read)
    with pytest.raises(ClientError, match="AccessDenied"):
        operator.client("lambda").invoke(FunctionName=NAMES.prisma_read_function, Payload=json.dumps({}))
    with pytest.raises(ClientError, match="AccessDenied"):
        operator.client("secretsmanager").get_secret_value(SecretId=NAMES.database_reader_secret)
    with pytest.raises(ClientError, match="AccessDenied"):
        operator.client("logs").filter_log_events(logGroupName=f"/aws/lambda/{NAMES.prisma_migrate_function}")
    with pytest.raises(ClientError, match="AccessDenied"):
        operator.client("logs").delete_log_group(logGroupName=NAMES.journal_log_group)
    with pytest.raises(ClientError, match="AccessDenied"):
        operator.client("cloudwatch").get_dashboard(DashboardName="of-another-team")

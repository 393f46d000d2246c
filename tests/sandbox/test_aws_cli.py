"""The AWS CLI as a client: version 1 from the project's own packages, version 2 where the machine has it."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.lambda_functions import create_function, publish_versions
from tests.sandbox_process import RunningSandbox

VERSION_1 = Path(sys.executable).parent / "aws"
TIMEOUT_SECONDS = 60


def version_2() -> str | None:
    """Return the AWS CLI 2 of this machine, if it has one."""
    for candidate in (shutil.which("aws", path="/usr/local/bin:/usr/bin:/opt/homebrew/bin"),):
        if candidate:
            said = subprocess.run([candidate, "--version"], capture_output=True, text=True, check=False).stdout
            if said.startswith("aws-cli/2"):
                return candidate
    return None


def aws(sandbox: RunningSandbox, *arguments: str, command: str = str(VERSION_1)) -> Any:
    """Run the AWS CLI. The endpoint is given twice: an AWS CLI 2 before 2.13 does not read the environment."""
    ended = subprocess.run(
        [command, "--endpoint-url", sandbox.endpoint_url, "--output", "json", *arguments],
        env=sandbox.environment, capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout) if ended.stdout.strip() else None


@pytest.fixture(scope="module")
def function(sandbox: RunningSandbox) -> str:
    name = "by-command-line"
    create_function(sandbox, name)
    old, new = publish_versions(sandbox, name, 2)
    sandbox.client("lambda").create_alias(
        FunctionName=name, Name="live", FunctionVersion=old,
        RoutingConfig={"AdditionalVersionWeights": {new: 1.0}},
    )  # fmt: skip
    return name


def test_version_1_invokes_an_alias(sandbox: RunningSandbox, function: str, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    answer = aws(
        sandbox, "lambda", "invoke", "--function-name", function, "--qualifier", "live", "--payload", "{}", str(out)
    )  # fmt: skip
    assert answer == {"StatusCode": 200, "ExecutedVersion": "2"}
    assert json.loads(out.read_text())["context_version"] == "2"


@pytest.mark.skipif(version_2() is None, reason="no AWS CLI 2 on this machine")
def test_version_2_invokes_an_alias(sandbox: RunningSandbox, function: str, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    answer = aws(
        sandbox, "lambda", "invoke", "--function-name", f"{function}:live", "--payload", "{}",
        "--cli-binary-format", "raw-in-base64-out", str(out), command=version_2() or "",
    )  # fmt: skip
    assert answer == {"StatusCode": 200, "ExecutedVersion": "2"}
    assert json.loads(out.read_text())["context_version"] == "2"


def test_an_alias_is_read_and_set_back(sandbox: RunningSandbox, function: str) -> None:
    aws(
        sandbox, "lambda", "create-alias", "--function-name", function, "--name", "back", "--function-version", "1",
        "--routing-config", "AdditionalVersionWeights={2=0.03}",
    )  # fmt: skip
    alias = aws(sandbox, "lambda", "get-alias", "--function-name", function, "--name", "back")
    assert alias["RoutingConfig"] == {"AdditionalVersionWeights": {"2": 0.03}}
    # https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html
    alias = aws(
        sandbox, "lambda", "update-alias", "--function-name", function, "--name", "back", "--function-version", "1",
        "--routing-config", "AdditionalVersionWeights={}",
    )  # fmt: skip
    assert "RoutingConfig" not in alias


def test_codedeploy_answers_the_command_line(sandbox: RunningSandbox) -> None:
    config = aws(
        sandbox, "deploy", "get-deployment-config",
        "--deployment-config-name", "CodeDeployDefault.LambdaCanary10Percent5Minutes",
    )  # fmt: skip
    assert config["deploymentConfigInfo"]["trafficRoutingConfig"]["timeBasedCanary"]["canaryPercentage"] == 10


def test_an_unsupported_command_fails_with_a_readable_error(sandbox: RunningSandbox) -> None:
    ended = subprocess.run(
        [str(VERSION_1), "deploy", "list-deployments"],
        env=sandbox.environment, capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False,
    )  # fmt: skip
    assert ended.returncode != 0
    assert "An error occurred (UnknownOperationException) when calling the ListDeployments operation" in ended.stderr

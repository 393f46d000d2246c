"""The AWS CLI as a client: version 1 from the project's own packages, version 2 where the machine has it."""

import json
from pathlib import Path

import pytest

from tests.aws_cli import RELEASE_1, RELEASE_2
from tests.sandbox.lambda_functions import create_function, publish_versions
from tests.sandbox_process import RunningSandbox


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
    answer = RELEASE_1.run(
        sandbox, "lambda", "invoke", "--function-name", function, "--qualifier", "live", "--payload", "{}", str(out)
    )  # fmt: skip
    assert answer == {"StatusCode": 200, "ExecutedVersion": "2"}
    assert json.loads(out.read_text())["context_version"] == "2"


@pytest.mark.skipif(RELEASE_2 is None, reason="no AWS CLI 2 on this machine")
def test_version_2_invokes_an_alias(sandbox: RunningSandbox, function: str, tmp_path: Path) -> None:
    assert RELEASE_2 is not None
    out = tmp_path / "out.json"
    answer = RELEASE_2.run(
        sandbox, "lambda", "invoke", "--function-name", f"{function}:live", "--payload", "{}",
        *RELEASE_2.payload_options(), str(out),
    )  # fmt: skip
    assert answer == {"StatusCode": 200, "ExecutedVersion": "2"}
    assert json.loads(out.read_text())["context_version"] == "2"


def test_an_alias_is_read_and_set_back(sandbox: RunningSandbox, function: str) -> None:
    RELEASE_1.run(
        sandbox, "lambda", "create-alias", "--function-name", function, "--name", "back", "--function-version", "1",
        "--routing-config", "AdditionalVersionWeights={2=0.03}",
    )  # fmt: skip
    alias = RELEASE_1.run(sandbox, "lambda", "get-alias", "--function-name", function, "--name", "back")
    assert alias["RoutingConfig"] == {"AdditionalVersionWeights": {"2": 0.03}}
    # https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html
    alias = RELEASE_1.run(
        sandbox, "lambda", "update-alias", "--function-name", function, "--name", "back", "--function-version", "1",
        "--routing-config", "AdditionalVersionWeights={}",
    )  # fmt: skip
    assert "RoutingConfig" not in alias


def test_codedeploy_answers_the_command_line(sandbox: RunningSandbox) -> None:
    config = RELEASE_1.run(
        sandbox, "deploy", "get-deployment-config",
        "--deployment-config-name", "CodeDeployDefault.LambdaCanary10Percent5Minutes",
    )  # fmt: skip
    assert config["deploymentConfigInfo"]["trafficRoutingConfig"]["timeBasedCanary"]["canaryPercentage"] == 10


def test_an_unsupported_command_fails_with_a_readable_error(sandbox: RunningSandbox) -> None:
    ended = RELEASE_1.attempt(sandbox, "deploy", "list-on-premises-instances")
    assert ended.returncode != 0
    assert (
        "An error occurred (UnknownOperationException) when calling the ListOnPremisesInstances operation"
        in ended.stderr
    )

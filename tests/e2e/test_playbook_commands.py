"""The playbook's own commands, typed into both AWS CLIs with our ids."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from shared.names import PROFILE_FEATURE_FLAGS
from tests.aws_cli import RELEASE_1, RELEASE_2, AwsCli
from tests.e2e.conftest import NAMES, Deployment


@pytest.fixture(
    params=[
        pytest.param(RELEASE_1, id="v1"),
        pytest.param(
            RELEASE_2, id="v2", marks=pytest.mark.skipif(RELEASE_2 is None, reason="no AWS CLI 2 on this machine")
        ),
    ]
)
def aws(request: pytest.FixtureRequest, deployment: Deployment) -> Callable[..., Any]:
    """Types a command into an AWS CLI and gives what it printed, parsed."""
    cli: AwsCli = request.param

    def typed(*arguments: str) -> Any:
        if arguments[:2] == ("lambda", "invoke"):
            arguments = (*arguments[:2], *cli.payload_options(), *arguments[2:])
        return cli.run(deployment.sandbox, *arguments, "--region", "us-east-1")

    return typed


def test_section_1_test_reads(deployment: Deployment, aws: Callable[..., Any], tmp_path: Path) -> None:
    for number in range(1, 4):
        answer = tmp_path / f"response-{number}.json"
        result = aws(
            "lambda", "invoke", "--function-name", "huntaze-mock-read",
            "--payload", json.dumps({"userId": f"user-{number}"}), str(answer),
        )  # fmt: skip

        assert result["StatusCode"] == 200
        assert json.loads(answer.read_text())["user"]["id"] == f"user-{number}"


def test_section_2_the_alarm_before_activation(deployment: Deployment, aws: Callable[..., Any]) -> None:
    state = aws(
        "cloudwatch", "describe-alarms", "--alarm-names", "huntaze-lambda-error-rate-gt-2pct",
        "--query", "MetricAlarms[0].StateValue",
    )  # fmt: skip

    assert state == "OK"


def test_section_2_the_weighted_alias(deployment: Deployment, aws: Callable[..., Any]) -> None:
    alias = aws("lambda", "get-alias", "--function-name", "huntaze-mock-read", "--name", "live")

    assert alias["Name"] == "live"
    assert alias["FunctionVersion"].isdigit()


def test_section_2_the_appconfig_deployment(deployment: Deployment, aws: Callable[..., Any]) -> None:
    application, environment, _ = deployment.appconfig_ids(NAMES.appconfig_environment, PROFILE_FEATURE_FLAGS)

    state = aws(
        "appconfig", "get-deployment", "--application-id", application, "--environment-id", environment,
        "--deployment-number", "1", "--query", "[State,PercentageComplete]",
    )  # fmt: skip

    assert state == ["COMPLETE", 100.0]


@pytest.mark.parametrize("metric", ["Errors", "Invocations"])
def test_section_4_metrics_of_the_last_30_minutes(deployment: Deployment, aws: Callable[..., Any], metric: str) -> None:
    deployment.read({"userId": "user-1"})
    end = datetime.now(UTC) + timedelta(seconds=1)

    statistics = aws(
        "cloudwatch", "get-metric-statistics", "--namespace", "AWS/Lambda", "--metric-name", metric,
        "--dimensions", "Name=FunctionName,Value=huntaze-mock-read",
        "--start-time", (end - timedelta(minutes=30)).strftime("%Y-%m-%dT%H:%M:%S"),
        "--end-time", (end + timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M:%S"),
        "--period", "300", "--statistics", "Sum",
    )  # fmt: skip

    total = sum(point["Sum"] for point in statistics["Datapoints"])
    assert total == 0 if metric == "Errors" else total >= 1


def test_section_5_the_lambda_rollback(deployment: Deployment, aws: Callable[..., Any]) -> None:
    before = deployment.client("lambda").get_alias(FunctionName="huntaze-mock-read", Name="live")

    alias = aws(
        "lambda", "update-alias", "--function-name", "huntaze-mock-read", "--name", "live",
        "--function-version", before["FunctionVersion"],
    )  # fmt: skip

    assert alias["FunctionVersion"] == before["FunctionVersion"]
    assert alias["RevisionId"] != before["RevisionId"]


def test_sections_5_and_6_a_new_version_of_the_flag_is_deployed_and_stopped(
    deployment: Deployment, aws: Callable[..., Any], tmp_path: Path
) -> None:
    application, environment, profile = deployment.appconfig_ids(NAMES.appconfig_environment, PROFILE_FEATURE_FLAGS)
    seed = deployment.client("appconfig").get_hosted_configuration_version(
        ApplicationId=application, ConfigurationProfileId=profile, VersionNumber=1
    )
    content = tmp_path / "feature-flags-5pct.json"
    content.write_bytes(seed["Content"].read())

    version = aws(
        "appconfig", "create-hosted-configuration-version", "--application-id", application,
        "--configuration-profile-id", profile, "--content", f"fileb://{content}",
        "--content-type", "application/json", str(tmp_path / "version-5pct.json"),
    )["VersionNumber"]  # fmt: skip
    started = aws(
        "appconfig", "start-deployment", "--application-id", application, "--environment-id", environment,
        "--deployment-strategy-id", "AppConfig.Linear50PercentEvery30Seconds",
        "--configuration-profile-id", profile, "--configuration-version", str(version),
        "--description", "Ramp-up to 5%",
    )  # fmt: skip
    stopped = aws(
        "appconfig", "stop-deployment", "--application-id", application, "--environment-id", environment,
        "--deployment-number", str(started["DeploymentNumber"]),
    )  # fmt: skip

    assert started["State"] == "DEPLOYING"
    assert started["DeploymentDurationInMinutes"] == 1
    assert started["FinalBakeTimeInMinutes"] == 1
    assert stopped["State"] in {"ROLLING_BACK", "ROLLED_BACK"}

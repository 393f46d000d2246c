"""The data plane under IAM enforcement.

Actions and ARN: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsappconfig.html
"""

import json
from collections.abc import Iterator

import pytest
from botocore.exceptions import ClientError
from mypy_boto3_appconfigdata.client import AppConfigDataClient

from tests.sandbox.appconfig_sandbox import (
    Deployed,
    Sandbox,
    flags,
    get,
    iam_enforced,
    running_agent,
    running_sandbox,
)

START = "appconfig:StartConfigurationSession"
GET = "appconfig:GetLatestConfiguration"
BOTH = (START, GET)


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with running_sandbox() as running, iam_enforced():
        yield running


@pytest.fixture
def deployed(sandbox: Sandbox) -> Deployed:
    configuration = sandbox.create_configuration("shop")
    sandbox.deploy(configuration, flags({"ramp": {"enabled": True}}))
    return configuration


def configuration_arn(deployed: Deployed) -> str:
    return (
        f"arn:aws:appconfig:us-east-1:000000000000:application/{deployed.application_id}"
        f"/environment/{deployed.environment_id}/configuration/{deployed.profile_id}"
    )


def create_role(sandbox: Sandbox, actions: tuple[str, ...], resource: str) -> str:
    iam = sandbox.client("iam")
    trust = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    arn: str = iam.create_role(
        RoleName="reader",
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
    )["Role"]["Arn"]
    allow = {"Effect": "Allow", "Action": list(actions), "Resource": resource}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    iam.put_role_policy(RoleName="reader", PolicyName="read", PolicyDocument=policy)
    return arn


def reader(sandbox: Sandbox, actions: tuple[str, ...], resource: str) -> AppConfigDataClient:
    """A data-plane client with a role that is allowed this and nothing else."""
    role = create_role(sandbox, actions, resource)
    issued = sandbox.client("sts").assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
    client: AppConfigDataClient = sandbox.client(
        "appconfigdata",
        aws_access_key_id=issued["AccessKeyId"],
        aws_secret_access_key=issued["SecretAccessKey"],
        aws_session_token=issued["SessionToken"],
    )
    return client


def start(client: AppConfigDataClient, deployed: Deployed) -> str:
    return client.start_configuration_session(
        ApplicationIdentifier=deployed.application,
        EnvironmentIdentifier="live",
        ConfigurationProfileIdentifier="flags",
    )["InitialConfigurationToken"]


def test_a_role_that_is_allowed_the_configuration_reads_it_by_name(sandbox: Sandbox, deployed: Deployed) -> None:
    client = reader(sandbox, BOTH, configuration_arn(deployed))
    answer = client.get_latest_configuration(ConfigurationToken=start(client, deployed))
    assert json.loads(answer["Configuration"].read()) == {"ramp": {"enabled": True}}


def test_a_role_that_is_allowed_another_configuration_is_denied(sandbox: Sandbox, deployed: Deployed) -> None:
    other = sandbox.create_configuration("other")
    client = reader(sandbox, BOTH, configuration_arn(other))
    with pytest.raises(ClientError, match="AccessDenied"):
        start(client, deployed)


def test_reading_is_checked_against_the_configuration_of_the_token(sandbox: Sandbox, deployed: Deployed) -> None:
    other = sandbox.create_configuration("other")
    client = reader(sandbox, BOTH, configuration_arn(other))
    with pytest.raises(ClientError, match="AccessDenied"):
        client.get_latest_configuration(ConfigurationToken=start(sandbox.data_plane, deployed))


@pytest.mark.parametrize("action", BOTH)
def test_either_action_alone_does_not_read(sandbox: Sandbox, deployed: Deployed, action: str) -> None:
    client = reader(sandbox, (action,), "*")
    with pytest.raises(ClientError, match="AccessDenied"):
        client.get_latest_configuration(ConfigurationToken=start(client, deployed))


def test_a_spent_token_is_a_bad_request_and_no_denial(sandbox: Sandbox, deployed: Deployed) -> None:
    client = reader(sandbox, BOTH, configuration_arn(deployed))
    token = start(client, deployed)
    client.get_latest_configuration(ConfigurationToken=token)
    with pytest.raises(ClientError, match="BadRequest"):
        client.get_latest_configuration(ConfigurationToken=token)


def test_an_unknown_name_is_denied_to_a_role_of_one_configuration(sandbox: Sandbox, deployed: Deployed) -> None:
    client = reader(sandbox, BOTH, configuration_arn(deployed))
    with pytest.raises(ClientError, match="AccessDenied"):
        client.start_configuration_session(
            ApplicationIdentifier="unknown",
            EnvironmentIdentifier="live",
            ConfigurationProfileIdentifier="flags",
        )


def test_the_control_plane_is_authorized_as_before(sandbox: Sandbox, deployed: Deployed) -> None:
    role = create_role(sandbox, ("appconfig:GetApplication",), "*")
    issued = sandbox.client("sts").assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
    client = sandbox.client(
        "appconfig",
        aws_access_key_id=issued["AccessKeyId"],
        aws_secret_access_key=issued["SecretAccessKey"],
        aws_session_token=issued["SessionToken"],
    )
    assert client.get_application(ApplicationId=deployed.application_id)["Name"] == "shop"
    with pytest.raises(ClientError, match="AccessDenied"):
        client.list_environments(ApplicationId=deployed.application_id)


def test_the_agent_polls_with_the_role_of_the_function(sandbox: Sandbox, deployed: Deployed) -> None:
    create_role(sandbox, BOTH, configuration_arn(deployed))
    sandbox.create_function("reader", PREFETCH_LIST=deployed.path)
    with running_agent(sandbox) as port:
        assert get(port, deployed.path)[0] == 200


@pytest.mark.parametrize("actions", [(START,), (GET,)])
def test_a_statement_missing_from_the_functions_role_is_a_502_of_the_agent(
    sandbox: Sandbox, deployed: Deployed, actions: tuple[str, ...]
) -> None:
    create_role(sandbox, actions, configuration_arn(deployed))
    sandbox.create_function("reader", PREFETCH_LIST=deployed.path)
    with running_agent(sandbox) as port:
        status, _, body = get(port, deployed.path)
    assert status == 502
    assert body.startswith(b"BadGatewayException")
    assert b"not authorized" in body

"""Weighted aliases as boto3 sees them.

https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html
https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
"""

import base64
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.lambda_functions import create_function, create_role, publish_versions
from tests.sandbox.templates import refusal
from tests.sandbox_process import RunningSandbox

READS = 2000
CONCURRENCY = 8


@dataclass(frozen=True)
class Weighted:
    """A function with versions 1 and 2, and aliases: `live` at 10 %, `new` with everything on version 2."""

    name: str
    arn: str
    client: Any

    def invoke(self, **arguments: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        answer = self.client.invoke(LogType="Tail", **arguments)
        return answer, json.loads(answer["Payload"].read())


@pytest.fixture(scope="module")
def weighted(sandbox: RunningSandbox) -> Iterator[Weighted]:
    name = "weighted"
    arn = create_function(sandbox, name)
    old, new = publish_versions(sandbox, name, 2)
    client = sandbox.client("lambda", max_connections=CONCURRENCY)
    for alias, weight in (("live", 0.1), ("new", 1.0)):
        client.create_alias(
            FunctionName=name, Name=alias, FunctionVersion=old,
            RoutingConfig={"AdditionalVersionWeights": {new: weight}},
        )  # fmt: skip
    client.create_alias(FunctionName=name, Name="plain", FunctionVersion=new)
    yield Weighted(name, arn, client)
    client.delete_function(FunctionName=name)


def error_of(caught: pytest.ExceptionInfo[ClientError]) -> tuple[str, int]:
    response: Any = caught.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]


def test_a_version_weighted_at_ten_percent_gets_seven_to_thirteen_percent_of_reads(weighted: Weighted) -> None:
    def read(_: int) -> str:
        version: str = weighted.client.invoke(FunctionName=weighted.name, Qualifier="live")["ExecutedVersion"]
        return version

    with ThreadPoolExecutor(CONCURRENCY) as readers:
        versions = list(readers.map(read, range(READS)))
    assert set(versions) == {"1", "2"}
    # Five standard deviations to either side.
    assert 0.07 <= versions.count("2") / READS <= 0.13


@pytest.mark.parametrize("naming", ["qualifier", "name", "arn"])
def test_an_alias_is_invoked_by_qualifier_by_name_and_by_arn(weighted: Weighted, naming: str) -> None:
    arguments = {
        "qualifier": {"FunctionName": weighted.name, "Qualifier": "new"},
        "name": {"FunctionName": f"{weighted.name}:new"},
        "arn": {"FunctionName": f"{weighted.arn}:new"},
    }[naming]
    answer, payload = weighted.invoke(**arguments)
    assert answer["ExecutedVersion"] == "2"
    assert payload["environment_version"] == "2"
    assert payload["context_version"] == "2"


def test_the_handler_sees_the_arn_that_was_invoked(weighted: Weighted) -> None:
    # https://docs.aws.amazon.com/lambda/latest/dg/python-context.html: the ARN used to invoke the function,
    # which says whether the caller named a version or an alias.
    _, by_alias = weighted.invoke(FunctionName=weighted.name, Qualifier="new")
    _, by_version = weighted.invoke(FunctionName=weighted.name, Qualifier="2")
    assert by_alias["invoked_function_arn"] == f"{weighted.arn}:new"
    assert by_version["invoked_function_arn"] == f"{weighted.arn}:2"


@pytest.mark.parametrize("qualifier", ["", ":2", ":plain", ":live"])
@pytest.mark.parametrize("naming", ["qualifier", "name", "arn"])
def test_the_handler_can_tell_an_alias_from_a_version_from_neither(
    weighted: Weighted, naming: str, qualifier: str
) -> None:
    # A warm execution environment serves them all, so each invocation must bring its own.
    arguments = {
        "qualifier": {"FunctionName": weighted.name, **({"Qualifier": qualifier[1:]} if qualifier else {})},
        "name": {"FunctionName": f"{weighted.name}{qualifier}"},
        "arn": {"FunctionName": f"{weighted.arn}{qualifier}"},
    }[naming]
    _, payload = weighted.invoke(**arguments)
    assert payload["invoked_function_arn"] == f"{weighted.arn}{qualifier}"


def test_the_log_stream_names_the_version_that_ran(weighted: Weighted, sandbox: RunningSandbox) -> None:
    # https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html
    for qualifier in ("1", "new"):
        answer, _ = weighted.invoke(FunctionName=weighted.name, Qualifier=qualifier)
        assert "read" in base64.b64decode(answer["LogResult"]).decode()
    logs = sandbox.client("logs")
    events = logs.filter_log_events(logGroupName="/aws/lambda/weighted", filterPattern='"START RequestId"')
    versions = {event["message"].split("Version: ")[1] for event in events["events"]}
    assert versions - {"$LATEST"} == {"1", "2"}
    assert all(f"[{event['message'].split('Version: ')[1]}]" in event["logStreamName"] for event in events["events"])


def test_a_version_is_invoked_past_the_alias(weighted: Weighted) -> None:
    answer, _ = weighted.invoke(FunctionName=weighted.name, Qualifier="1")
    assert answer["ExecutedVersion"] == "1"


def test_an_asynchronous_invocation_follows_the_weights(weighted: Weighted) -> None:
    answer = weighted.client.invoke(FunctionName=weighted.name, Qualifier="new", InvocationType="Event")
    assert (answer["StatusCode"], answer["ExecutedVersion"]) == (202, "2")


def test_an_alias_shows_its_routing(weighted: Weighted) -> None:
    alias = weighted.client.get_alias(FunctionName=weighted.name, Name="live")
    assert alias["FunctionVersion"] == "1"
    assert alias["RoutingConfig"] == {"AdditionalVersionWeights": {"2": 0.1}}


def test_an_update_without_weights_ends_the_split(weighted: Weighted) -> None:
    client = weighted.client
    weights = {"AdditionalVersionWeights": {"2": 1.0}}
    client.create_alias(FunctionName=weighted.name, Name="ended", FunctionVersion="1", RoutingConfig=weights)
    client.update_alias(FunctionName=weighted.name, Name="ended", RoutingConfig={"AdditionalVersionWeights": {}})
    assert "RoutingConfig" not in client.get_alias(FunctionName=weighted.name, Name="ended")
    assert client.invoke(FunctionName=weighted.name, Qualifier="ended")["ExecutedVersion"] == "1"


@pytest.mark.parametrize(
    ("weights", "code", "status"),
    [
        ({"2": 0.1, "3": 0.1}, "InvalidParameterValueException", 400),
        ({"2": 1.5}, "ValidationException", 400),
        ({"1": 0.1}, "InvalidParameterValueException", 400),
        ({"9": 0.1}, "ResourceNotFoundException", 404),
        ({"$LATEST": 0.1}, "ValidationException", 400),
    ],
)
def test_a_routing_that_lambda_refuses_changes_nothing(
    weighted: Weighted, weights: dict[str, float], code: str, status: int
) -> None:
    routing = {"AdditionalVersionWeights": weights}
    with pytest.raises(ClientError) as creating:
        weighted.client.create_alias(
            FunctionName=weighted.name, Name="refused", FunctionVersion="1", RoutingConfig=routing
        )
    assert error_of(creating) == (code, status)
    with pytest.raises(ClientError) as updating:
        weighted.client.update_alias(FunctionName=weighted.name, Name="live", RoutingConfig=routing)
    assert error_of(updating) == (code, status)
    alias = weighted.client.get_alias(FunctionName=weighted.name, Name="live")
    assert alias["RoutingConfig"] == {"AdditionalVersionWeights": {"2": 0.1}}


def test_versions_with_different_roles_share_no_alias(sandbox: RunningSandbox) -> None:
    name = "two-roles"
    create_function(sandbox, name)
    client = sandbox.client("lambda")
    client.publish_version(FunctionName=name)
    client.update_function_configuration(FunctionName=name, Role=create_role(sandbox, "another-role"))
    client.publish_version(FunctionName=name)
    with pytest.raises(ClientError) as caught:
        client.create_alias(
            FunctionName=name, Name="live", FunctionVersion="1",
            RoutingConfig={"AdditionalVersionWeights": {"2": 0.1}},
        )  # fmt: skip
    assert error_of(caught) == ("InvalidParameterValueException", 400)


def test_cloudformation_refuses_a_routing_that_lambda_refuses(weighted: Weighted, sandbox: RunningSandbox) -> None:
    alias = {
        "Type": "AWS::Lambda::Alias",
        "Properties": {
            "FunctionName": weighted.name,
            "Name": "templated",
            "FunctionVersion": "$LATEST",
            "RoutingConfig": {"AdditionalVersionWeights": [{"FunctionVersion": "2", "FunctionWeight": 0.1}]},
        },
    }
    reason = refusal(sandbox, "refused-alias", {"Alias": alias})
    assert "$LATEST is not supported for an alias pointing to more than 1 version" in reason

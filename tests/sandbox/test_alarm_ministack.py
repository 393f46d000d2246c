"""What clients get over JSON and over the query protocol, what templates can hold, and what MiniStack's inside is."""

import inspect
import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError
from ministack.core import responses
from ministack.services import cloudwatch, sns
from ministack.services.cloudformation import provisioners

from sandbox import alarm_ministack
from sandbox.alarm_engine import AlarmEngine, install
from tests.sandbox.alarm_sandbox import (
    CLOCK,
    NAMESPACE,
    REGION,
    TIMEOUT_SECONDS,
    Sandbox,
    query,
    running_sandbox,
    wait_until,
)

MINUTE = 60
BOTH_PROTOCOLS = pytest.mark.parametrize("protocol", ["json", "query"])
RULE: dict[str, Any] = {
    "EvaluationPeriods": 3,
    "DatapointsToAlarm": 2,
    "Threshold": 2.5,
    "ComparisonOperator": "GreaterThanThreshold",
    "TreatMissingData": "notBreaching",
}
OF_AN_EXPRESSION: dict[str, Any] = {
    "Metrics": [
        query("errors", "Errors", period=300, path="new"),
        {**query("p95", "Latency", period=300, stat="p95"), "Label": "p95 <ms> & more"},
        {
            "Id": "rate",
            "Expression": "IF(FILL(errors, 0) >= 3 && p95 > 0, errors, 0)",
            "Label": "rate",
            "ReturnData": True,
        },
    ]
}
OF_ONE_METRIC: dict[str, Any] = {
    "Namespace": NAMESPACE,
    "MetricName": "Latency",
    "Dimensions": [{"Name": "path", "Value": "new"}],
    "ExtendedStatistic": "p99.9",
    "Period": 60,
    "Unit": "Milliseconds",
}


@pytest.fixture(scope="module")
def server() -> Iterator[Sandbox]:
    with running_sandbox() as running:
        yield running


@pytest.fixture
def sandbox(server: Sandbox) -> Sandbox:
    server.reset()
    return server


@pytest.fixture
def minute() -> int:
    """The start of a full minute that has passed, in epoch seconds."""
    return int(time.time() // 300) * 300 - 600


# PutMetricAlarm and DescribeAlarms.


@BOTH_PROTOCOLS
@pytest.mark.parametrize("watched", [OF_AN_EXPRESSION, OF_ONE_METRIC], ids=["expression", "one metric"])
def test_an_alarm_is_described_as_it_was_put(sandbox: Sandbox, protocol: str, watched: dict[str, Any]) -> None:
    put = {
        "AlarmName": "a & b",
        "AlarmDescription": "above <2 %>",
        "ActionsEnabled": False,
        "AlarmActions": [f"arn:aws:sns:{REGION}:000000000000:x"],
        "OKActions": [],
        "InsufficientDataActions": [f"arn:aws:sns:{REGION}:000000000000:y"],
        "EvaluateLowSampleCountPercentile": "evaluate",
        **RULE,
        **watched,
    }
    client = sandbox.cloudwatch_by(protocol)
    client.put_metric_alarm(**put)
    (described,) = client.describe_alarms(AlarmNames=["a & b"])["MetricAlarms"]
    assert {name: value for name, value in described.items() if name in put} == put
    assert described["AlarmArn"] == f"arn:aws:cloudwatch:{REGION}:000000000000:alarm:a & b"
    assert described["StateValue"] == "INSUFFICIENT_DATA"
    assert described["StateReason"] == "Unchecked: Initial alarm creation"
    assert abs(described["StateUpdatedTimestamp"].timestamp() - CLOCK.now()) < MINUTE
    assert abs(described["AlarmConfigurationUpdatedTimestamp"].timestamp() - CLOCK.now()) < MINUTE
    only_described = described.keys() - put.keys()
    assert only_described == {
        "AlarmArn",
        "AlarmConfigurationUpdatedTimestamp",
        "StateValue",
        "StateReason",
        "StateUpdatedTimestamp",
    }


@BOTH_PROTOCOLS
def test_an_alarm_in_a_state_is_described_with_its_reason(sandbox: Sandbox, protocol: str) -> None:
    client = sandbox.cloudwatch_by(protocol)
    client.put_metric_alarm(AlarmName="a", **RULE, **OF_AN_EXPRESSION)
    AlarmEngine(CLOCK).evaluate_all()
    (described,) = client.describe_alarms(StateValue="OK")["MetricAlarms"]
    assert described["StateReason"].startswith("Threshold Crossed: 3 out of the last 3 datapoints [0.0 (")
    assert json.loads(described["StateReasonData"])["recentDatapoints"] == [0.0, 0.0, 0.0]
    assert described["StateTransitionedTimestamp"] == described["StateUpdatedTimestamp"]
    (item, _) = client.describe_alarm_history(AlarmName="a")["AlarmHistoryItems"]
    assert json.loads(item["HistoryData"])["newState"]["stateValue"] == "OK"


@BOTH_PROTOCOLS
def test_the_alarms_of_a_metric_are_described_whole(sandbox: Sandbox, protocol: str) -> None:
    client = sandbox.cloudwatch_by(protocol)
    client.put_metric_alarm(AlarmName="a", **RULE, **OF_ONE_METRIC)
    (described,) = client.describe_alarms_for_metric(Namespace=NAMESPACE, MetricName="Latency")["MetricAlarms"]
    assert described == client.describe_alarms()["MetricAlarms"][0]


@BOTH_PROTOCOLS
def test_a_long_list_of_alarms_comes_in_pages(sandbox: Sandbox, protocol: str) -> None:
    client = sandbox.cloudwatch_by(protocol)
    for number in range(3):
        client.put_metric_alarm(AlarmName=f"a{number}", **RULE, **OF_AN_EXPRESSION)
    first = client.describe_alarms(MaxRecords=2)
    second = client.describe_alarms(MaxRecords=2, NextToken=first["NextToken"])
    names = [[alarm["AlarmName"] for alarm in page["MetricAlarms"]] for page in (first, second)]
    assert names == [["a0", "a1"], ["a2"]]


@BOTH_PROTOCOLS
def test_tags_are_set_when_an_alarm_is_created_and_left_when_it_is_updated(sandbox: Sandbox, protocol: str) -> None:
    client = sandbox.cloudwatch_by(protocol)
    for owner in ("first", "second"):
        client.put_metric_alarm(AlarmName="a", Tags=[{"Key": "owner", "Value": owner}], **RULE, **OF_AN_EXPRESSION)
    arn = f"arn:aws:cloudwatch:{REGION}:000000000000:alarm:a"
    assert client.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "owner", "Value": "first"}]


@BOTH_PROTOCOLS
def test_tags_that_aws_refuses_are_refused(sandbox: Sandbox, protocol: str) -> None:
    client = sandbox.cloudwatch_by(protocol)
    with pytest.raises(ClientError) as caught:
        client.put_metric_alarm(AlarmName="a", Tags=[{"Key": "aws:x", "Value": ""}], **RULE, **OF_AN_EXPRESSION)
    assert caught.value.response["Error"]["Code"] == "AccessDenied"
    assert client.describe_alarms()["MetricAlarms"] == []


@BOTH_PROTOCOLS
def test_an_unsupported_function_is_a_validation_error_with_its_position(sandbox: Sandbox, protocol: str) -> None:
    metrics = [query("m1", "Errors"), {"Id": "e1", "Expression": "1 + RATE(m1)"}]
    client = sandbox.cloudwatch_by(protocol)
    with pytest.raises(ClientError) as caught:
        client.put_metric_alarm(AlarmName="a", **RULE, Metrics=metrics)
    error = caught.value.response["Error"]
    assert (error["Code"], error["Message"]) == (
        "ValidationError",
        "Error in expression 'e1' [Unsupported function 'RATE' at char 4]",
    )
    assert client.describe_alarms()["MetricAlarms"] == []


def test_a_request_in_cbor_is_refused(sandbox: Sandbox) -> None:
    """Without a CBOR library MiniStack would read an empty request."""
    request = urllib.request.Request(  # noqa: S310  # http, loopback
        f"{sandbox.endpoint_url}/service/GraniteServiceVersion20100801/operation/DescribeAlarms",
        data=b"\xa0",
        headers={"Content-Type": "application/cbor", "Smithy-Protocol": "rpc-v2-cbor"},
    )
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS)  # noqa: S310  # as above
    with caught.value as refused:
        assert refused.code == 400
        assert b"CBOR is not supported here" in refused.read()


def aws_cloudwatch(sandbox: Sandbox, *arguments: str) -> Any:
    """What the AWS CLI answers to a command of CloudWatch's."""
    shown = subprocess.run(
        [sys.executable, "-m", "awscli", "cloudwatch", *arguments, "--output", "json"],
        env={
            **os.environ,
            "AWS_ENDPOINT_URL": sandbox.endpoint_url,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
        },
        capture_output=True,
        check=True,
    )
    return json.loads(shown.stdout or b"null")


def test_the_aws_command_line_shows_the_alarm(sandbox: Sandbox) -> None:
    sandbox.cloudwatch.put_metric_alarm(AlarmName="a", **RULE, **OF_AN_EXPRESSION)
    (alarm,) = aws_cloudwatch(sandbox, "describe-alarms")["MetricAlarms"]
    assert alarm["Metrics"] == OF_AN_EXPRESSION["Metrics"]


def test_the_aws_command_line_shows_an_alarms_history_with_the_clocks_times(sandbox: Sandbox) -> None:
    CLOCK.jump(60 - CLOCK.now() % 60)
    created = CLOCK.now()
    sandbox.cloudwatch.put_metric_alarm(AlarmName="a", **RULE, **OF_AN_EXPRESSION)
    AlarmEngine(CLOCK).evaluate_all()
    CLOCK.jump(MINUTE)
    aws_cloudwatch(
        sandbox, "set-alarm-state", "--alarm-name", "a", "--state-value", "ALARM", "--state-reason", "drill"
    )  # fmt: skip
    items = aws_cloudwatch(
        sandbox, "describe-alarm-history", "--alarm-name", "a", "--history-item-type", "StateUpdate",
        "--scan-by", "TimestampAscending",
    )["AlarmHistoryItems"]  # fmt: skip
    told = [(float(item["Timestamp"]), item["HistorySummary"]) for item in items]
    assert told[1:] == [
        (created, "Alarm updated from INSUFFICIENT_DATA to OK"),
        (created + MINUTE, "Alarm updated from OK to ALARM"),
    ]
    assert json.loads(items[-1]["HistoryData"])["newState"]["stateReason"] == "drill"
    since = datetime.fromtimestamp(created + 1, UTC).isoformat()
    later = aws_cloudwatch(sandbox, "describe-alarm-history", "--alarm-name", "a", "--start-date", since)
    assert [item["HistorySummary"] for item in later["AlarmHistoryItems"]] == ["Alarm updated from OK to ALARM"]


# Metrics.


@BOTH_PROTOCOLS
def test_metric_data_may_be_an_expression(sandbox: Sandbox, protocol: str, minute: int) -> None:
    for offset, requests, errors in ((0, 50, 1), (MINUTE, 0, 0), (2 * MINUTE, 10, 2)):
        if requests:
            sandbox.put("Requests", requests, minute + offset, path="new")
            sandbox.put("Errors", errors, minute + offset + 59, path="new")
    result = sandbox.cloudwatch_by(protocol).get_metric_data(
        MetricDataQueries=[
            query("errors", "Errors", path="new"),
            {**query("requests", "Requests", path="new"), "ReturnData": True},
            {"Id": "rate", "Expression": "100 * errors / FILL(requests, 1)", "Label": "errors, %"},
        ],
        StartTime=minute,
        EndTime=minute + 3 * MINUTE,
    )["MetricDataResults"]
    assert [(each["Id"], each["Label"], each["StatusCode"]) for each in result] == [
        ("requests", "Requests", "Complete"),
        ("rate", "errors, %", "Complete"),
    ]
    of_requests, rate = result
    assert of_requests["Values"] == [10, 50]
    assert rate["Values"] == [20, 0, 2]
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html: newest first.
    times = [moment.timestamp() for moment in rate["Timestamps"]]
    assert times == [minute + 2 * MINUTE, minute + MINUTE, minute]


def test_metric_data_can_be_asked_for_oldest_first(sandbox: Sandbox, minute: int) -> None:
    for offset in (0, MINUTE):
        sandbox.put("Errors", offset, minute + offset)
    (result,) = sandbox.cloudwatch.get_metric_data(
        MetricDataQueries=[{**query("m1", "Errors"), "ReturnData": True}],
        StartTime=minute,
        EndTime=minute + 300,
        ScanBy="TimestampAscending",
    )["MetricDataResults"]
    assert result["Values"] == [0, MINUTE]


def test_an_array_of_time_series_is_a_result_each(sandbox: Sandbox, minute: int) -> None:
    sandbox.put("Errors", 1, minute, path="old")
    sandbox.put("Errors", 2, minute, path="new")
    result = sandbox.cloudwatch.get_metric_data(
        MetricDataQueries=[
            query("m1", "Errors", path="old"),
            query("m2", "Errors", path="new"),
            {"Id": "all", "Expression": "METRICS() * 10"},
        ],
        StartTime=minute,
        EndTime=minute + MINUTE,
    )["MetricDataResults"]
    assert [(each["Id"], each["Values"]) for each in result] == [("all", [10]), ("all", [20])]


@BOTH_PROTOCOLS
@pytest.mark.parametrize(
    "expression",
    ["SEARCH('{Shop} Errors', 'Sum')", "SELECT SUM(Errors) FROM Shop", "m1 + m9", "AVG(m1)", "RATE(m1)"],
)
def test_an_expression_that_has_no_value_here_is_refused(sandbox: Sandbox, protocol: str, expression: str) -> None:
    with pytest.raises(ClientError) as caught:
        sandbox.cloudwatch_by(protocol).get_metric_data(
            MetricDataQueries=[query("m1", "Errors"), {"Id": "e1", "Expression": expression}],
            StartTime=0,
            EndTime=MINUTE,
        )
    error = caught.value.response["Error"]
    assert error["Code"] == "ValidationError"
    assert "Error in expression 'e1'" in error["Message"]


@BOTH_PROTOCOLS
def test_metric_statistics_are_those_of_the_dimensions_asked_for(sandbox: Sandbox, protocol: str, minute: int) -> None:
    sandbox.put("Latency", 1000, minute)
    sandbox.put("Latency", 500, minute, path="old")
    for value in (10, 20, 30):
        sandbox.put("Latency", value, minute + 30, path="new")
    client = sandbox.cloudwatch_by(protocol)

    def ask(**changes: Any) -> list[Any]:
        members = {
            "Namespace": NAMESPACE,
            "MetricName": "Latency",
            "StartTime": minute,
            "EndTime": minute + 300,
            "Period": 60,
            **changes,
        }
        return list(client.get_metric_statistics(**members)["Datapoints"])

    of_new = [{"Name": "path", "Value": "new"}]
    (datapoint,) = ask(Dimensions=of_new, Statistics=["Sum", "Maximum"])
    assert (datapoint["Sum"], datapoint["Maximum"], datapoint["Unit"]) == (60, 30, "None")
    assert datapoint["Timestamp"].timestamp() == minute
    (datapoint,) = ask(Dimensions=of_new, ExtendedStatistics=["p50"])
    assert datapoint["ExtendedStatistics"] == {"p50": 20}
    (datapoint,) = ask(Statistics=["Sum"])
    assert datapoint["Sum"] == 1000
    assert ask(Dimensions=of_new, Statistics=["Sum"], Unit="Seconds") == []


# Templates.


def template(**properties: Any) -> str:
    return json.dumps({"Resources": {"Alarm": {"Type": "AWS::CloudWatch::Alarm", "Properties": properties}}})


def settled(sandbox: Sandbox, stack: str) -> str:
    client = sandbox.client("cloudformation")
    statuses: list[str] = []

    def has_settled() -> bool:
        statuses.append(client.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"])
        return not statuses[-1].endswith("_IN_PROGRESS")

    wait_until(has_settled)
    return statuses[-1]


def test_a_template_may_hold_an_alarm_on_an_expression(sandbox: Sandbox) -> None:
    client = sandbox.client("cloudformation")
    as_text = {**RULE, "Threshold": "2.5", "EvaluationPeriods": "3"}
    client.create_stack(StackName="s", TemplateBody=template(AlarmName="a", **as_text, **OF_AN_EXPRESSION))
    assert settled(sandbox, "s") == "CREATE_COMPLETE"
    (described,) = sandbox.cloudwatch.describe_alarms(AlarmNames=["a"])["MetricAlarms"]
    assert described["Metrics"] == OF_AN_EXPRESSION["Metrics"]
    assert {name: described[name] for name in RULE} == RULE

    AlarmEngine(CLOCK).evaluate_all()
    client.update_stack(StackName="s", TemplateBody=template(AlarmName="a", **RULE, **OF_ONE_METRIC))
    assert settled(sandbox, "s") == "UPDATE_COMPLETE"
    (described,) = sandbox.cloudwatch.describe_alarms(AlarmNames=["a"])["MetricAlarms"]
    assert "Metrics" not in described
    assert described["ExtendedStatistic"] == "p99.9"
    assert described["StateValue"] == "OK"

    client.delete_stack(StackName="s")
    wait_until(lambda: not sandbox.cloudwatch.describe_alarms()["MetricAlarms"])


def test_a_template_whose_expression_is_wrong_fails_and_says_why(sandbox: Sandbox) -> None:
    metrics = [query("m1", "Errors"), {"Id": "e1", "Expression": "m1 +"}]
    client = sandbox.client("cloudformation")
    client.create_stack(StackName="s", TemplateBody=template(**RULE, Metrics=metrics), OnFailure="DO_NOTHING")
    assert settled(sandbox, "s") == "CREATE_FAILED"
    events = client.describe_stack_events(StackName="s")["StackEvents"]
    reasons = " ".join(event.get("ResourceStatusReason", "") for event in events)
    assert "Error in expression 'e1' [Unexpected end of expression at char 4]" in reasons


# MiniStack's inside. A failure here means that a release of MiniStack has moved what the alarms use.


@pytest.mark.parametrize(
    ("function", "parameters"),
    [
        (
            cloudwatch._record_history,
            ["alarm_name", "old_state", "new_state", "reason", "alarm_type", "reason_data"],
        ),
        (cloudwatch._history_entries, []),
        (cloudwatch._ts_iso, ["epoch"]),
        (cloudwatch._parse_ts, ["value"]),
        (cloudwatch._evaluate_parent_alarms, ["child", "seen"]),
        (cloudwatch._is_sns_action_arn, ["action"]),
        (cloudwatch._error, ["code", "message", "status", "use_json", "use_cbor"]),
        (cloudwatch._json_ok, ["data"]),
        (cloudwatch._xml, ["status", "root_tag", "inner"]),
        (
            cloudwatch._alarm_tags_refusal,
            ["tags", "datapoints", "is_new", "is_cbor", "is_json", "composite"],
        ),
        (cloudwatch.cloudformation_put_metric_alarm, ["alarm"]),
        (cloudwatch.cloudformation_set_metric_alarm_tags, ["name", "tags"]),
        (responses.request_scope, ["account_id", "region"]),
        (responses.get_account_id, []),
        (responses.get_region, []),
        (responses.new_uuid, []),
    ],
)
def test_ministacks_functions_have_the_parameters_they_are_given(
    function: Callable[..., Any], parameters: list[str]
) -> None:
    assert list(inspect.signature(function).parameters) == parameters


def test_a_topic_takes_a_message_as_it_is_published() -> None:
    assert list(inspect.signature(sns._fanout).parameters)[:4] == ["topic_arn", "msg_id", "message", "subject"]


def test_the_stores_are_scoped_by_account_and_region() -> None:
    for store in (cloudwatch._alarms, cloudwatch._metrics):
        assert isinstance(store, responses.AccountRegionScopedDict)


def test_what_is_replaced_is_called_by_ministack_by_these_names() -> None:
    """By name, as a module global, or a replacement is in vain."""
    for caller, names in {
        cloudwatch.handle_request: {
            "_put_metric_alarm",
            "_describe_alarms",
            "_describe_alarms_for_metric",
            "_describe_alarm_history",
            "_get_metric_data",
            "_get_metric_statistics",
            "_set_alarm_state",
        },
        cloudwatch._put_metric_data: {"_evaluate_all_alarms"},
        cloudwatch.cloudformation_put_metric_alarm: {"_evaluate_alarm"},
        inspect.unwrap(cloudwatch._set_alarm_state): {"_dispatch_alarm_actions"},
        inspect.unwrap(provisioners._cw_metric_alarm_put): {"_cw_metric_alarm_record"},
        provisioners._cw_metric_alarm_create: {"_cw_metric_alarm_put"},
        provisioners._cw_metric_alarm_update: {"_cw_metric_alarm_put"},
    }.items():
        assert names <= set(caller.__code__.co_names), caller


def test_requests_that_change_an_alarm_and_evaluations_exclude_one_another() -> None:
    for function in (cloudwatch._set_alarm_state, provisioners._cw_metric_alarm_put):
        assert function.__code__ is alarm_ministack._locked(function).__code__
    assert alarm_ministack._locked(alarm_ministack._lock._is_owned)() is True  # type: ignore[attr-defined]  # CPython's own


def test_installing_twice_is_installing_once() -> None:
    install()
    replaced = cloudwatch._set_alarm_state
    install()
    assert cloudwatch._set_alarm_state is replaced
    assert inspect.unwrap(replaced).__module__ == "ministack.services.cloudwatch"

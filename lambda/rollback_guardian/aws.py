"""Alarms and reports in AWS, and clients whose limits fit one invocation."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from botocore.config import Config

from rollback_guardian.report import Report

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_sns import SNSClient

CLIENT_CONFIG: Final = Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 3, "mode": "standard"})


class CloudWatchAlarms:
    def __init__(self, client: "CloudWatchClient", names: Sequence[str]) -> None:
        self._client = client
        self._names = list(names)

    def states(self) -> dict[str, str]:
        alarms = self._client.describe_alarms(AlarmNames=self._names, AlarmTypes=["MetricAlarm"])["MetricAlarms"]
        return {alarm["AlarmName"]: alarm["StateValue"] for alarm in alarms}


class TopicReports:
    def __init__(self, client: "SNSClient", topic_arn: str) -> None:
        self._client = client
        self._topic_arn = topic_arn

    def publish(self, text: Report) -> None:
        self._client.publish(TopicArn=self._topic_arn, Subject=text.subject, Message=text.text)

"""MiniStack on a free loopback port with the sandbox's alarms, and clients of each protocol."""

from __future__ import annotations

import contextlib
import json
import threading
import time
import urllib.request
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import boto3
import botocore.session
import ministack.app
from botocore.config import Config as BotoConfig

from sandbox import alarm_engine, metric_ministack, ministack_time
from sandbox.alarm_engine import AlarmEngine
from sandbox.clock import Clock
from sandbox.metric_ministack import Metrics
from tests.sandbox.served_app import served

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

REGION: Final = "us-east-1"
TIMEOUT_SECONDS: Final = 20
_STARTED: Final = time.time()
NAMESPACE: Final = "Shop"

_KEYS: Final[dict[str, Any]] = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}


CLOCK: Final = Clock(behind_seconds=3 * 86_400, wall=lambda: _STARTED, monotonic=lambda: 0.0)
"""The clock of this process's sandbox. It stands still until a test lets it jump.

It is not further behind than a queue keeps what a topic puts into it, four days.
"""

METRICS: Final = Metrics(CLOCK)


def jump_into_a_minute() -> None:
    """Some seconds into the next full minute, where tests begin."""
    CLOCK.jump(65 - CLOCK.now() % 60)


class _OneProtocol:
    """A loader of service models that leaves one protocol in them, as older and other clients have it."""

    def __init__(self, loader: Any, protocol: str) -> None:
        self._loader = loader
        self._protocol = protocol

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)

    def load_service_model(self, *arguments: Any, **keywords: Any) -> Any:
        model = self._loader.load_service_model(*arguments, **keywords)
        if "protocols" not in model.get("metadata", {}):
            return model
        metadata = {**model["metadata"], "protocol": self._protocol, "protocols": [self._protocol]}
        return {**model, "metadata": metadata}


@dataclass(frozen=True)
class Sandbox:
    endpoint_url: str

    def reset(self) -> None:
        request = urllib.request.Request(f"{self.endpoint_url}/_ministack/reset", method="POST")  # noqa: S310  # http, loopback
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS):  # noqa: S310  # as above
            pass

    def client(self, service: Any, *, region: str = REGION, account_id: str = "test") -> Any:
        keys = {**_KEYS, "aws_access_key_id": account_id}
        return boto3.client(service, endpoint_url=self.endpoint_url, region_name=region, config=_ONE_ATTEMPT, **keys)

    @property
    def cloudwatch(self) -> Any:
        return self.client("cloudwatch")

    def cloudwatch_by(self, protocol: str) -> Any:
        session = botocore.session.Session()
        loader = session.get_component("data_loader")
        session.register_component("data_loader", _OneProtocol(loader, protocol))
        client = boto3.Session(botocore_session=session).client(
            "cloudwatch", endpoint_url=self.endpoint_url, region_name=REGION, config=_ONE_ATTEMPT, **_KEYS
        )
        assert client.meta.service_model.resolved_protocol == protocol
        return client

    def put(self, metric: str, value: float, at: float, **dimensions: str) -> None:
        """One point of a metric in `NAMESPACE`, at `at` (epoch seconds)."""
        self.cloudwatch.put_metric_data(
            Namespace=NAMESPACE,
            MetricData=[
                {
                    "MetricName": metric,
                    "Value": value,
                    "Timestamp": at,
                    "Dimensions": [{"Name": name, "Value": text} for name, text in dimensions.items()],
                }
            ],
        )

    def state(self, alarm: str) -> str:
        (described,) = self.cloudwatch.describe_alarms(AlarmNames=[alarm])["MetricAlarms"]
        return str(described["StateValue"])

    def queue_of_topic(self, name: str) -> tuple[str, Callable[[], list[dict[str, Any]]]]:
        """A topic's ARN, and a function that takes what has arrived at a queue that is subscribed to it."""
        sqs, sns = self.client("sqs"), self.client("sns")
        topic: str = sns.create_topic(Name=name, Attributes={"Policy": _ADMITS_CLOUDWATCH})["TopicArn"]
        url = sqs.create_queue(QueueName=name)["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)

        def take() -> list[dict[str, Any]]:
            taken: list[dict[str, Any]] = []
            while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
                for message in messages:
                    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                    taken.append(message)
            return taken

        return topic, take


_ADMITS_CLOUDWATCH: Final = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "cloudwatch.amazonaws.com"},
                "Action": "sns:Publish",
                "Resource": "*",
            }
        ],
    }
)
_ONE_ATTEMPT: Final = BotoConfig(retries={"total_max_attempts": 1})


def query(name: str, metric: str, *, period: int = 60, stat: str = "Sum", **dimensions: str) -> dict[str, Any]:
    """A metric of `NAMESPACE` as an entry of a `Metrics` list."""
    return {
        "Id": name,
        "MetricStat": {
            "Metric": {
                "Namespace": NAMESPACE,
                "MetricName": metric,
                "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()],
            },
            "Period": period,
            "Stat": stat,
        },
        "ReturnData": False,
    }


def put_rate_alarm(sandbox: Sandbox, name: str = "rate", **changes: Any) -> None:
    """Above 2 % errors of path `new`, in one of one periods."""
    sandbox.cloudwatch.put_metric_alarm(
        **{
            "AlarmName": name,
            "EvaluationPeriods": 1,
            "Threshold": 2,
            "ComparisonOperator": "GreaterThanThreshold",
            "TreatMissingData": "notBreaching",
            "Metrics": [
                query("errors", "Errors", path="new"),
                query("requests", "Requests", path="new"),
                {"Id": "rate", "Expression": "100 * errors / FILL(requests, 1)"},
            ],
            **changes,
        }
    )


def put_count_alarm(sandbox: Sandbox, name: str, **changes: Any) -> None:
    """At least one error of path `new` in a minute. A change to None leaves a member out."""
    members: dict[str, Any] = {
        "AlarmName": name,
        "EvaluationPeriods": 1,
        "Threshold": 1,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "TreatMissingData": "notBreaching",
        "Namespace": NAMESPACE,
        "MetricName": "Errors",
        "Dimensions": [{"Name": "path", "Value": "new"}],
        "Statistic": "Sum",
        "Period": 60,
        **changes,
    }
    sandbox.cloudwatch.put_metric_alarm(**{name: value for name, value in members.items() if value is not None})


def read(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [json.loads(json.loads(message["Body"])["Message"]) for message in messages]


def wait_until(condition: Callable[[], bool]) -> None:
    """Asks again until `condition` holds: what a client of AWS does, too."""
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        threading.Event().wait(0.02)


@contextlib.contextmanager
def running_engine() -> Iterator[AlarmEngine]:
    """In a jump of the clock it has evaluated every alarm in every minute when the jump is over."""
    engine = AlarmEngine(CLOCK)
    engine.start()
    try:
        yield engine
    finally:
        engine.stop()


@contextlib.contextmanager
def _time_of_the_clock() -> Iterator[None]:
    """For as long as the sandbox runs: other tests of this process use the same modules of MiniStack."""
    before = [module.__dict__["time"] for module in ministack_time.MODULES]
    ministack_time.install(CLOCK)
    try:
        yield
    finally:
        for module, time_ in zip(ministack_time.MODULES, before, strict=True):
            module.__dict__["time"] = time_


@contextlib.contextmanager
def running_sandbox() -> Iterator[Sandbox]:
    """MiniStack with the sandbox's alarms and metrics, empty before and after; no engine."""
    alarm_engine.install()
    metric_ministack.install(METRICS)
    with served(ministack.app.app) as url:
        sandbox = Sandbox(url)
        sandbox.reset()
        with _time_of_the_clock():
            yield sandbox
        sandbox.reset()

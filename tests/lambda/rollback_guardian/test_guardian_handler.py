"""The function as Lambda starts it: a fresh interpreter, with the embedded AWS's AppConfig, alarms and topics."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from stacks.flag_documents import FEATURE_FLAGS_SEED, KILL_SWITCH_SEED
from tests.appconfig_profile import deploy_profile
from tests.sandbox_process import RunningSandbox

LAMBDA_ROOT = Path(__file__).parents[3] / "lambda"
ALARM = "huntaze-canary-error-rate-gt-2pct"

# As Lambda's runtime: imports the handler and answers one event. Its log is its stdout.
RUNTIME = """
import json, sys, types
from rollback_guardian.handler import lambda_handler
answer = lambda_handler(json.loads(sys.argv[1]), types.SimpleNamespace(aws_request_id=sys.argv[2]))
print(json.dumps({"answer": answer}))
"""


@dataclass(frozen=True)
class Deployed:
    """What the stacks would have deployed, with the flag at 25 %."""

    sandbox: RunningSandbox
    variables: dict[str, str]
    reports: str

    def handle(self, event: Any, request_id: str = "request-1") -> list[dict[str, Any]]:
        done = subprocess.run(
            [sys.executable, "-c", RUNTIME, json.dumps(event), request_id],
            env={
                **self.sandbox.environment,
                **self.variables,
                "PYTHONPATH": str(LAMBDA_ROOT),
                "PATH": os.environ["PATH"],
            },
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    def value(self, dial: str) -> Any:
        """What the newest deployment of `FLAG` or `KILL_SWITCH` serves."""
        client = self.sandbox.client("appconfig")
        application = self.variables["HUNTAZE_APPLICATION_ID"]
        listed = client.list_deployments(
            ApplicationId=application, EnvironmentId=self.variables[f"HUNTAZE_{dial}_ENVIRONMENT_ID"]
        )
        newest = max(listed["Items"], key=lambda item: item["DeploymentNumber"])
        hosted = client.get_hosted_configuration_version(
            ApplicationId=application,
            ConfigurationProfileId=self.variables[f"HUNTAZE_{dial}_PROFILE_ID"],
            VersionNumber=int(newest["ConfigurationVersion"]),
        )
        (value,) = json.loads(hosted["Content"].read())["values"].values()
        return value

    def messages(self) -> list[str]:
        received = self.sandbox.client("sqs").receive_message(QueueUrl=self.reports, MaxNumberOfMessages=10)
        return [json.loads(message["Body"])["Message"] for message in received.get("Messages", [])]


@pytest.fixture
def deployed(sandbox: RunningSandbox) -> Deployed:
    appconfig, sns, sqs = (sandbox.client(service) for service in ("appconfig", "sns", "sqs"))
    cloudwatch = sandbox.client("cloudwatch")
    application = appconfig.create_application(Name="guarded")["Id"]
    strategy = appconfig.create_deployment_strategy(
        Name="at once", DeploymentDurationInMinutes=0, GrowthFactor=100, FinalBakeTimeInMinutes=0, ReplicateTo="NONE"
    )["Id"]
    variables = {
        "HUNTAZE_ENVIRONMENT": "beta",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "HUNTAZE_APPLICATION_ID": application,
        "HUNTAZE_IMMEDIATE_STRATEGY_ID": strategy,
    }
    ramped = json.loads(json.dumps(FEATURE_FLAGS_SEED))
    ramped["values"]["prismaAdapter"] |= {"enabled": True, "percent": 25}
    for dial, document in (("FLAG", ramped), ("KILL_SWITCH", KILL_SWITCH_SEED)):
        environment = appconfig.create_environment(ApplicationId=application, Name=dial)["Id"]
        profile = deploy_profile(
            appconfig, dial, document, application_id=application, environment_id=environment, strategy_id=strategy
        )
        variables |= {f"HUNTAZE_{dial}_ENVIRONMENT_ID": environment, f"HUNTAZE_{dial}_PROFILE_ID": profile}
    topic = sns.create_topic(Name="rollbacks")["TopicArn"]
    queue = sqs.create_queue(QueueName="rollbacks")["QueueUrl"]
    queue_arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue_arn)
    cloudwatch.put_metric_alarm(
        AlarmName=ALARM,
        Namespace="Nothing",
        MetricName="Nothing",
        Statistic="Sum",
        Period=300,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="ignore",
    )
    return Deployed(sandbox, {**variables, "HUNTAZE_ROLLBACK_TOPIC_ARN": topic}, queue)


def message(state: str) -> str:
    return json.dumps({"AlarmName": ALARM, "NewStateValue": state, "StateChangeTime": "2099-01-01T00:00:00.000+0000"})


def test_from_alarm_to_recovery_through_the_real_clients(deployed: Deployed) -> None:
    cloudwatch = deployed.sandbox.client("cloudwatch")
    cloudwatch.set_alarm_state(AlarmName=ALARM, StateValue="ALARM", StateReason="a test")
    of_topic = {"Records": [{"EventSource": "aws:sns", "Sns": {"MessageId": "m-1", "Message": message("ALARM")}}]}

    line, answer = deployed.handle(of_topic)
    assert line["outcome"] == "AWAIT_RECOVERY"
    assert answer == {"answer": {"batchItemFailures": []}}
    assert deployed.value("KILL_SWITCH")["enabled"]
    assert deployed.value("FLAG")["percent"] == 25

    line, _ = deployed.handle(of_topic, "request-2")
    assert line["steps"] == [], "a repeat finds nothing to do"

    cloudwatch.set_alarm_state(AlarmName=ALARM, StateValue="OK", StateReason="a test")
    of_queue = {"Records": [{"eventSource": "aws:sqs", "messageId": "q-1", "body": message("OK")}]}
    line, answer = deployed.handle(of_queue, "request-3")
    assert line["outcome"] == "SAFE"
    assert answer == {"answer": {"batchItemFailures": []}}
    assert (deployed.value("FLAG")["enabled"], deployed.value("FLAG")["percent"]) == (False, 0)

    at_once, in_the_end = sorted(deployed.messages(), key=lambda text: "the flag is off" in text)
    assert ALARM in at_once
    assert "still says 25 %" in at_once
    assert "the flag is off" in in_the_end

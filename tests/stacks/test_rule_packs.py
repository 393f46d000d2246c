"""What checks the templates is itself checked: a violation must fail the build."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App, Stack, Validations
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from cdk_nag import AwsSolutionsChecks

from stacks.environments import BETA, ENVIRONMENTS, PROD, Environment, SlackChannel
from stacks.extension_layers import Architecture
from tests.stacks.conftest import REPOSITORY, STACKS, Synthesis, cdk_context, synthesise
from tests.stacks.template_linter import lint_findings

NOBODY_ON_CALL = "Annotation::huntaze:nobody-on-call"


def test_three_rule_packs_and_cdks_own_validation_find_nothing_that_is_not_acknowledged(synthesis: Synthesis) -> None:
    report = json.loads((synthesis.folder / "validation-report.json").read_text())
    packs = {pack["pluginName"]: pack for pack in report["pluginReports"]}

    # The one finding that is a warning, and that nobody may acknowledge.
    warnings = packs.pop("Construct Annotations", {"violations": []})["violations"]
    assert [warning["ruleName"] for warning in warnings] == [NOBODY_ON_CALL]
    assert packs.keys() >= {"AwsSolutions", "Serverless", "NIST.800.53.R5"}
    for pack in packs.values():
        assert pack["violations"] == []
        assert pack["conclusion"] == "success"


def test_where_someone_must_be_on_call_it_is_said_that_no_alarm_reaches_anybody_until_one_does() -> None:
    def warnings(environment: Environment) -> list[str]:
        report = synthesise({"prod": environment}).folder / "validation-report.json"
        packs = json.loads(report.read_text())["pluginReports"]
        found = [pack["violations"] for pack in packs if pack["pluginName"] == "Construct Annotations"]
        return [warning["description"] for violations in found for warning in violations]

    (warning,) = warnings(PROD)
    assert "No alarm of prod reaches anybody" in warning
    assert "stacks/environments.py" in warning
    assert warnings(replace(PROD, alarm_emails=("on-call@example.com",))) == []


def test_a_wildcard_nobody_acknowledged_fails_the_synthesis(tmp_path: Path) -> None:
    app = App(outdir=str(tmp_path), context=cdk_context())
    Validations.of(app).add_plugins(AwsSolutionsChecks())
    stack = Stack(app, "Careless")
    iam.ManagedPolicy(stack, "Policy", statements=[iam.PolicyStatement(actions=["s3:GetObject"], resources=["*"])])

    with pytest.raises(RuntimeError, match="ValidationFailed"):
        app.synth()


def test_cdks_own_template_validation_is_an_error_because_cdk_json_says_so(tmp_path: Path) -> None:
    def bucket_with_an_unknown_access_control(context: dict[str, Any], folder: Path) -> App:
        app = App(outdir=str(folder), context=context)
        s3.CfnBucket(Stack(app, "Careless"), "Bucket", access_control="Everybody")
        return app

    rule_switch = "@aws-cdk/core:validateAgainstDefaultRules"
    context = cdk_context()

    bucket_with_an_unknown_access_control({**context, rule_switch: False}, tmp_path / "lax").synth()
    with pytest.raises(RuntimeError, match=r"ValidationFailed.*CloudFormation Validate"):
        bucket_with_an_unknown_access_control(context, tmp_path / "strict").synth()


@pytest.mark.parametrize("stack", STACKS)
@pytest.mark.parametrize("stage", ENVIRONMENTS)
def test_cfn_lint_finds_nothing(stage: str, stack: str, synthesis: Synthesis) -> None:
    assert lint_findings(synthesis.templates[stage, stack], ENVIRONMENTS[stage].region) == []


def test_an_environment_in_another_region_on_the_other_architecture_with_people_to_tell_passes_too() -> None:
    elsewhere = replace(
        BETA,
        name="elsewhere",
        region="eu-west-3",
        architecture=Architecture.X86_64,
        alarm_emails=("on-call@example.com", "founders@example.com"),
        slack=SlackChannel(workspace_id="T0123ABCD", channel_id="C0123ABCD"),
    )

    result = synthesise({"elsewhere": elsewhere})

    subscriptions = [item["Properties"] for item in result.resources("elsewhere", "AWS::SNS::Subscription").values()]
    topics = result.resources("elsewhere", "AWS::SNS::Topic")
    mail = [(item["Endpoint"], item["TopicArn"]["Ref"]) for item in subscriptions if item["Protocol"] == "email"]
    people = ("founders@example.com", "on-call@example.com")
    assert sorted(mail) == sorted((person, topic_id) for person in people for topic_id in topics)
    functions = [function["Properties"] for function in result.resources("elsewhere", "AWS::Lambda::Function").values()]
    assert {tuple(function["Architectures"]) for function in functions} == {("x86_64",)}
    assert [function["Layers"] for function in functions if "Layers" in function] == [
        ["arn:aws:lambda:eu-west-3:493207061005:layer:AWS-AppConfig-Extension:276"]
    ]
    slack = result.only("elsewhere", "AWS::Chatbot::SlackChannelConfiguration")
    (slack_topic,) = slack["SnsTopicArns"]
    assert topics[slack_topic["Ref"]]["Properties"]["TopicName"] == "huntaze-elsewhere-alarms"
    for template in result.templates.values():
        assert lint_findings(template, "eu-west-3") == []


def test_an_invalid_environment_ends_the_synthesis_with_the_fields_name(tmp_path: Path) -> None:
    program = (
        "from dataclasses import replace\n"
        "import app\n"
        "from stacks.environments import BETA\n"
        "app.build_app({'beta': replace(BETA, code_canary_percent=0)}, caller_account=None)\n"
    )

    done = subprocess.run([sys.executable, "-c", program], cwd=REPOSITORY, capture_output=True, text=True, check=False)

    assert done.returncode != 0
    assert (
        done.stderr.strip()
        .splitlines()[-1]
        .endswith("environment 'beta': code_canary_percent is 0; accepted: an integer from 1 to 99")
    )

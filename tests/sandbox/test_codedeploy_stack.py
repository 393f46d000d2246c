"""Stacks whose alias goes to another version through CodeDeploy, as its update policy says.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-updatepolicy.html
"""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.deployable import (
    Deployable,
    create_deployer,
    create_hook,
    eventually,
    group_resources,
    set_alarm,
)
from tests.sandbox.templates import stack
from tests.sandbox_process import RunningSandbox, running_sandbox

pytestmark = pytest.mark.slow


ROLE = "arn:aws:iam::000000000000:role/deployer"
UPDATE_OVER = frozenset({"UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_FAILED", "UPDATE_FAILED"})


@pytest.fixture(scope="module")
def playbook() -> Iterator[RunningSandbox]:
    with running_sandbox("--clock-behind", "4000000") as running:
        running.control.run_clock_at(10)
        create_deployer(running, "deployer")
        for outcome in ("Succeeded", "Failed"):
            create_hook(running, f"CodeDeployHook_{outcome}", outcome)
        yield running


def alias(name: str, version: str, *, hook: str | None = None) -> dict[str, Any]:
    policy: dict[str, Any] = {
        "ApplicationName": {"Ref": "Application"},
        "DeploymentGroupName": {"Ref": "Group"},
    }
    if hook:
        policy["BeforeAllowTrafficHook"] = hook
    return {
        "Type": "AWS::Lambda::Alias",
        "Properties": {"FunctionName": name, "Name": "live", "FunctionVersion": version},
        "UpdatePolicy": {"CodeDeployLambdaAliasUpdate": policy},
    }


def resources(name: str, version: str, *, hook: str | None = None, **group: Any) -> dict[str, Any]:
    # The alias comes first by name, so that only its update policy can put it after the group.
    return {"Alias": alias(name, version, hook=hook), **group_resources(name, ROLE, **group)}


def begin_update(sandbox: RunningSandbox, name: str, changed: dict[str, Any]) -> None:
    template = json.dumps({"Resources": changed})
    sandbox.client("cloudformation").update_stack(StackName=name, TemplateBody=template)


def status(sandbox: RunningSandbox, name: str) -> str:
    (described,) = sandbox.client("cloudformation").describe_stacks(StackName=name)["Stacks"]
    found: str = described["StackStatus"]
    return found


def end_of_update(sandbox: RunningSandbox, name: str) -> str:
    eventually(lambda: status(sandbox, name) in UPDATE_OVER)
    return status(sandbox, name)


def failures(sandbox: RunningSandbox, name: str) -> dict[str, str]:
    """The resources whose update failed, and the reasons."""
    events = sandbox.client("cloudformation").describe_stack_events(StackName=name)["StackEvents"]
    return {
        event["LogicalResourceId"]: event["ResourceStatusReason"]
        for event in events
        if event["ResourceStatus"] == "UPDATE_FAILED"
    }


def deployments(sandbox: RunningSandbox, name: str) -> list[dict[str, Any]]:
    """The group's, the newest first."""
    client = sandbox.client("codedeploy")
    ids = client.list_deployments(applicationName=name, deploymentGroupName=name)["deployments"]
    return [client.get_deployment(deploymentId=each)["deploymentInfo"] for each in ids]


def test_an_alias_is_created_without_a_deployment_and_updated_by_one(playbook: RunningSandbox) -> None:
    function = Deployable.create(playbook, "updated")
    with stack(playbook, "updated", resources("updated", "1", hook="CodeDeployHook_Succeeded")):
        assert function.alias == ("1", {})
        assert deployments(playbook, "updated") == []
        begin_update(playbook, "updated", resources("updated", "2", hook="CodeDeployHook_Succeeded"))
        function.wait_for_canary()
        # The update waits, and all the while reads go on.
        assert status(playbook, "updated") == "UPDATE_IN_PROGRESS"
        assert playbook.client("lambda").invoke(FunctionName="updated", Qualifier="live")["StatusCode"] == 200
        playbook.control.jump_clock(300)
        assert end_of_update(playbook, "updated") == "UPDATE_COMPLETE"
        assert function.alias == ("2", {})
        (deployment,) = deployments(playbook, "updated")
        # As on AWS, where CloudFormation creates it with the credentials of whoever updates the stack.
        assert (deployment["status"], deployment["creator"]) == ("Succeeded", "user")


def test_an_update_that_keeps_the_version_is_no_deployment(playbook: RunningSandbox) -> None:
    Deployable.create(playbook, "described")
    with stack(playbook, "described", resources("described", "1")):
        changed = resources("described", "1")
        changed["Alias"]["Properties"]["Description"] = "changed"
        begin_update(playbook, "described", changed)
        assert end_of_update(playbook, "described") == "UPDATE_COMPLETE"
        assert deployments(playbook, "described") == []


def test_without_an_update_policy_an_alias_moves_at_once(playbook: RunningSandbox) -> None:
    function = Deployable.create(playbook, "unmanaged")
    with stack(playbook, "unmanaged", resources("unmanaged", "1")):
        changed = resources("unmanaged", "2")
        del changed["Alias"]["UpdatePolicy"]
        begin_update(playbook, "unmanaged", changed)
        assert end_of_update(playbook, "unmanaged") == "UPDATE_COMPLETE"
        assert function.alias == ("2", {})
        assert deployments(playbook, "unmanaged") == []


def test_a_rejected_version_fails_the_update_and_the_stack_rolls_back(playbook: RunningSandbox) -> None:
    function = Deployable.create(playbook, "refused")
    with stack(playbook, "refused", resources("refused", "1", hook="CodeDeployHook_Failed")):
        begin_update(playbook, "refused", resources("refused", "2", hook="CodeDeployHook_Failed"))
        assert end_of_update(playbook, "refused") == "UPDATE_ROLLBACK_COMPLETE"
        assert function.alias == ("1", {})
        rollback, failed = deployments(playbook, "refused")
        reason = failures(playbook, "refused")["Alias"]
        assert f'"{failed["deploymentId"]} failed. {failed["errorInformation"]["message"]}"' in reason
        assert rollback["creator"] == "codeDeployRollback"
        # And it can be updated again.
        begin_update(playbook, "refused", resources("refused", "3"))
        function.wait_for_canary()
        playbook.control.jump_clock(300)
        assert end_of_update(playbook, "refused") == "UPDATE_COMPLETE"
        assert function.alias == ("3", {})


def test_an_alarm_fails_the_update_and_the_alias_is_back_before_the_stack_is(playbook: RunningSandbox) -> None:
    set_alarm(playbook, "stack-errors", in_alarm=False)
    function = Deployable.create(playbook, "alarmed")
    with stack(playbook, "alarmed", resources("alarmed", "1", alarms=("stack-errors",), minutes=2000)):
        begin_update(playbook, "alarmed", resources("alarmed", "2", alarms=("stack-errors",), minutes=2000))
        function.wait_for_canary()
        set_alarm(playbook, "stack-errors", in_alarm=True)
        assert end_of_update(playbook, "alarmed") == "UPDATE_ROLLBACK_COMPLETE"
        assert function.alias == ("1", {})
        assert "Activated alarms: <stack-errors>" in failures(playbook, "alarmed")["Alias"]


def test_a_deployment_follows_the_group_that_the_same_update_brings(playbook: RunningSandbox) -> None:
    # The alias refers to the group in its update policy alone, so nothing else puts it after the group.
    set_alarm(playbook, "new-alarm", in_alarm=True)
    function = Deployable.create(playbook, "reordered")
    with stack(playbook, "reordered", resources("reordered", "1", minutes=2000)):
        begin_update(playbook, "reordered", resources("reordered", "2", alarms=("new-alarm",), minutes=2000))
        assert end_of_update(playbook, "reordered") == "UPDATE_ROLLBACK_COMPLETE"
        assert "<new-alarm>" in failures(playbook, "reordered")["Alias"]
        assert function.alias == ("1", {})


def test_a_stopped_deployment_fails_the_update(playbook: RunningSandbox) -> None:
    function = Deployable.create(playbook, "halted")
    with stack(playbook, "halted", resources("halted", "1", minutes=2000)):
        begin_update(playbook, "halted", resources("halted", "2", minutes=2000))
        function.wait_for_canary()
        (deployment,) = deployments(playbook, "halted")
        playbook.client("codedeploy").stop_deployment(deploymentId=deployment["deploymentId"])
        assert end_of_update(playbook, "halted") == "UPDATE_ROLLBACK_COMPLETE"
        assert function.alias == ("1", {})


def test_an_update_while_the_group_deploys_fails(playbook: RunningSandbox) -> None:
    function = Deployable.create(playbook, "conflicting")
    with stack(playbook, "conflicting", resources("conflicting", "1", minutes=2000)):
        function.deploy()
        function.wait_for_canary()
        begin_update(playbook, "conflicting", resources("conflicting", "3", minutes=2000))
        assert end_of_update(playbook, "conflicting") == "UPDATE_ROLLBACK_COMPLETE"
        assert "already has an active Deployment" in failures(playbook, "conflicting")["Alias"]
        assert function.alias == ("1", {"2": 0.1})


def code_stack(name: str, answer: str, *, hook: str | None = None, broken: bool = False) -> dict[str, Any]:
    """A function of the stack's own, a version for each answer, and `live`, as CDK writes them."""
    source = f"def handler(event, context):\n    print('read')\n    return {answer!r}\n"
    version = f"Version{answer}"
    found = {
        "Alias": alias(name, "", hook=hook),
        "Function": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "FunctionName": name,
                "Runtime": "python3.13",
                "Handler": "index.handler",
                "Role": ROLE,
                "Code": {"ZipFile": source},
                "Description": answer,
            },
        },
        version: {"Type": "AWS::Lambda::Version", "Properties": {"FunctionName": {"Ref": "Function"}}},
        **group_resources(name, ROLE),
    }
    found["Alias"]["Properties"].update(
        FunctionName={"Ref": "Function"}, FunctionVersion={"Fn::GetAtt": [version, "Version"]}
    )
    if broken:
        # CodeDeploy in the sandbox refuses it.
        refused = {"ComputePlatform": "ECS"}
        found["Broken"] = {"Type": "AWS::CodeDeploy::Application", "Properties": refused, "DependsOn": "Alias"}
    return found


def answer(sandbox: RunningSandbox, name: str, qualifier: str | None = None) -> Any:
    arguments = {"Qualifier": qualifier} if qualifier else {}
    return json.loads(sandbox.client("lambda").invoke(FunctionName=name, **arguments)["Payload"].read())


def test_a_stack_that_rolls_back_restores_the_functions_code_too(playbook: RunningSandbox) -> None:
    with stack(playbook, "restored", code_stack("restored", "One")):
        assert answer(playbook, "restored", "live") == "One"
        begin_update(playbook, "restored", code_stack("restored", "Two", hook="CodeDeployHook_Failed"))
        assert end_of_update(playbook, "restored") == "UPDATE_ROLLBACK_COMPLETE"
        assert answer(playbook, "restored", "live") == "One"
        assert answer(playbook, "restored") == "One"
        configuration = playbook.client("lambda").get_function_configuration(FunctionName="restored")
        assert configuration["Description"] == "One"
        # The next version is not mistaken for the one that was rejected.
        begin_update(playbook, "restored", code_stack("restored", "Three"))
        eventually(lambda: deployments(playbook, "restored")[0]["status"] == "InProgress")
        playbook.control.jump_clock(300)
        assert end_of_update(playbook, "restored") == "UPDATE_COMPLETE"
        assert answer(playbook, "restored", "live") == "Three"


def test_an_alias_that_has_arrived_goes_back_at_once_when_another_resource_fails(playbook: RunningSandbox) -> None:
    with stack(playbook, "undone", code_stack("undone", "One")):
        begin_update(playbook, "undone", code_stack("undone", "Two", broken=True))
        eventually(lambda: deployments(playbook, "undone")[:1])
        eventually(lambda: deployments(playbook, "undone")[0]["status"] == "InProgress")
        playbook.control.jump_clock(300)
        assert end_of_update(playbook, "undone") == "UPDATE_ROLLBACK_COMPLETE"
        assert answer(playbook, "undone", "live") == "One"
        (deployment,) = deployments(playbook, "undone")
        assert deployment["status"] == "Succeeded"


def test_other_stacks_deploy_while_one_waits(playbook: RunningSandbox) -> None:
    function = Deployable.create(playbook, "waiting")
    with stack(playbook, "waiting", resources("waiting", "1", minutes=2000)):
        begin_update(playbook, "waiting", resources("waiting", "2", minutes=2000))
        function.wait_for_canary()
        with stack(playbook, "meanwhile", {"Topic": {"Type": "AWS::SNS::Topic"}}):
            assert status(playbook, "waiting") == "UPDATE_IN_PROGRESS"
        (deployment,) = deployments(playbook, "waiting")
        playbook.client("codedeploy").stop_deployment(deploymentId=deployment["deploymentId"])
        end_of_update(playbook, "waiting")


def test_a_sandbox_ends_while_a_stack_waits_for_a_deployment() -> None:
    with running_sandbox() as running:
        create_deployer(running, "deployer")
        function = Deployable.create(running, "unended")
        template = json.dumps({"Resources": resources("unended", "1")})
        running.client("cloudformation").create_stack(StackName="unended", TemplateBody=template)
        eventually(lambda: status(running, "unended") == "CREATE_COMPLETE")
        begin_update(running, "unended", resources("unended", "2"))
        function.wait_for_canary()


CDK_APP = """
import os
from aws_cdk import App, LegacyStackSynthesizer, Stack
from aws_cdk import aws_codedeploy as codedeploy, aws_lambda as lambda_

app = App()
stack = Stack(app, "by-cdk", synthesizer=LegacyStackSynthesizer())
answer = os.environ["ANSWER"]
function = lambda_.Function(
    stack, "Function", function_name="by-cdk", runtime=lambda_.Runtime.PYTHON_3_13, handler="index.handler",
    code=lambda_.Code.from_inline(f"def handler(event, context):\\n    print('read')\\n    return {answer!r}\\n"),
)
alias = lambda_.Alias(stack, "Alias", alias_name="live", version=function.current_version)
codedeploy.LambdaDeploymentGroup(
    stack, "Group", alias=alias, deployment_config=codedeploy.LambdaDeploymentConfig.ALL_AT_ONCE,
    pre_hook=lambda_.Function.from_function_name(stack, "Hook", os.environ["HOOK"]),
)
app.synth()
"""


def cdk_deploy(sandbox: RunningSandbox, folder: Path, deployed: str, hook: str) -> subprocess.CompletedProcess[str]:
    root = Path(__file__).parents[2]
    environment = {**sandbox.environment, "ANSWER": deployed, "HOOK": hook, "CDK_OUTDIR": str(folder / "cdk.out")}
    return subprocess.run(
        [
            "node", str(root / "node_modules" / "aws-cdk" / "bin" / "cdk"), "deploy", "--require-approval", "never",
            "--app", f"{os.fspath(root / '.venv' / 'bin' / 'python')} {folder / 'app.py'}",
            "--output", str(folder / "cdk.out"), "--progress", "events",
        ],
        cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


def test_cdk_deploy_waits_and_fails_with_cloudformations_rollback(playbook: RunningSandbox, tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(CDK_APP)
    first = cdk_deploy(playbook, tmp_path, "One", "CodeDeployHook_Succeeded")
    assert first.returncode == 0, first.stderr
    second = cdk_deploy(playbook, tmp_path, "Two", "CodeDeployHook_Failed")
    assert second.returncode != 0
    assert "by-cdk failed to deploy" in second.stderr
    assert "AWS::Lambda::Alias" in second.stderr
    assert "CodeDeployHook_Failed of BeforeAllowTraffic" in second.stderr
    assert status(playbook, "by-cdk") == "UPDATE_ROLLBACK_COMPLETE"
    assert answer(playbook, "by-cdk", "live") == "One"

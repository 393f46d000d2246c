"""What is said of a difference, under which heading, and for which environments."""

import copy
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from review.assembly import Assembly, Finding
from review.comparison import Comparison
from review.concerns import Concern
from review.remarks import Kind
from tests.review.templates import (
    ENVIRONMENTS,
    assembly,
    changed,
    changed_everywhere,
    comparisons,
    prefix,
    template,
)

REAL = ("dev", "beta", "prod")
BASE = assembly()


def _wider_policy(environment: str) -> dict[str, Any]:
    document = copy.deepcopy(template(environment))
    document["Resources"]["Policy"]["Properties"]["PolicyDocument"]["Statement"][0]["Resource"] = "*"
    return document


def _renamed(environment: str) -> dict[str, Any]:
    return changed(template(environment), "Reader", FunctionName=f"{prefix(environment)}-user-reader")


def _without_alarm(environment: str) -> dict[str, Any]:
    document = template(environment)
    del document["Resources"]["ErrorRate"]
    return document


def _deleted_with_its_stack(policy: str) -> Assembly:
    document = template("prod")
    document["Resources"]["Settings"]["DeletionPolicy"] = policy
    return assembly(prod=document)


def _with_version(digit: str) -> Assembly:
    document = template("beta")
    logical_id = f"ReaderCurrentVersion0A1B2C3D{digit * 32}"
    document["Resources"][logical_id] = {
        "Type": "AWS::Lambda::Version",
        "Properties": {"FunctionName": {"Ref": "Reader"}},
        "Metadata": {"aws:cdk:path": "beta/ReadPath/Reader/Function/CurrentVersion/Resource"},
    }
    output = f"PublishOutputFnGetAtt{logical_id}Version{digit.upper() * 8}"
    document["Outputs"] = {output: {"Value": {"Fn::GetAtt": [logical_id, "Version"]}}}
    return assembly(beta=document)


def _with_settings(environment: str, **settings: Any) -> Assembly:
    stacks = {
        key: replace(stack, settings={**stack.settings, **settings}) if key.environment == environment else stack
        for key, stack in BASE.stacks.items()
    }
    return replace(BASE, stacks=stacks)


def _without(environment: str) -> Assembly:
    return replace(BASE, stacks={key: stack for key, stack in BASE.stacks.items() if key.environment != environment})


OLD_FINDING = Finding("beta", "ReadPath/Old", "AwsSolutions-SQS3")
NEW_FINDINGS = [Finding(name, "ReadPath/New", "AwsSolutions-SQS3") for name in ENVIRONMENTS]
CASES: Mapping[str, tuple[Assembly, Assembly]] = {
    "the same": (BASE, assembly()),
    "lowered everywhere": (BASE, changed_everywhere("ErrorRate", Threshold=1)),
    "lowered in the sandbox": (BASE, assembly(sandbox=changed(template("sandbox"), "ErrorRate", Threshold=1))),
    "raised in prod": (BASE, assembly(prod=changed(template("prod"), "ErrorRate", Threshold=5))),
    "window and actions": (
        BASE,
        changed_everywhere(
            "ErrorRate", Metrics=[{"Id": "e", "MetricStat": {"Period": 60, "Stat": "Sum"}}], AlarmActions=[]
        ),
    ),
    "description": (BASE, changed_everywhere("ErrorRate", AlarmDescription="Far too many errors")),
    "wider policy": (BASE, assembly(**{name: _wider_policy(name) for name in ENVIRONMENTS})),
    "no rollback": (BASE, changed_everywhere("Group", AutoRollbackConfiguration={"Enabled": False})),
    "settings": (BASE, changed_everywhere("Settings", Value='{"error_rate_limit_percent": 1.0}')),
    "timeout": (
        BASE,
        assembly(
            beta=changed(
                template("beta"),
                "Reader",
                Environment={"Variables": {"HUNTAZE_QUERY_TIMEOUT_MS": "400", "HUNTAZE_ENVIRONMENT": "beta"}},
            )
        ),
    ),
    "renamed": (BASE, assembly(**{name: _renamed(name) for name in ENVIRONMENTS})),
    "no alarm": (BASE, assembly(prod=_without_alarm("prod"))),
    "deleted": (_deleted_with_its_stack("Retain"), _deleted_with_its_stack("Delete")),
    "code": (BASE, changed_everywhere("Reader", Code={"S3Key": "b" * 64})),
    "version": (_with_version("a"), _with_version("b")),
    "stack renamed": (BASE, _with_settings("prod", stackName="huntaze-production", terminationProtection=True)),
    "stack gone": (BASE, _without("dev")),
    "findings": (
        replace(BASE, open_findings=frozenset({OLD_FINDING}), acknowledged={}),
        replace(
            BASE,
            open_findings=frozenset({OLD_FINDING, *NEW_FINDINGS}),
            acknowledged={NEW_FINDINGS[0]: "Because.", NEW_FINDINGS[1]: "Because."},
        ),
    ),
}


@pytest.fixture(scope="module")
def found() -> dict[str, Comparison]:
    return comparisons(CASES)


def _said(comparison: Comparison, heading: Concern | Kind) -> list[tuple[str, tuple[str, ...]]]:
    return [(shared.item.text, shared.environments) for shared in comparison.remarks if shared.item.heading is heading]


def test_assemblies_that_are_alike_do_not_differ(found: dict[str, Comparison]) -> None:
    assert found["the same"].nothing_differs


def test_a_lowered_threshold_is_said_once_for_all_environments_but_the_sandbox(found: dict[str, Comparison]) -> None:
    assert _said(found["lowered everywhere"], Concern.ALARMS) == [("Threshold **lowered** `2` → `1`", REAL)]
    (stack,) = found["lowered everywhere"].stacks
    assert stack.environments == REAL
    assert "[-] 2" in stack.item.text


def test_the_sandbox_is_shown_where_it_does_not_change_as_beta_does(found: dict[str, Comparison]) -> None:
    assert _said(found["lowered in the sandbox"], Concern.ALARMS) == [("Threshold **lowered** `2` → `1`", ("sandbox",))]


def test_a_change_of_one_environment_names_it_alone(found: dict[str, Comparison]) -> None:
    assert _said(found["raised in prod"], Concern.ALARMS) == [("Threshold **raised** `2` → `5`", ("prod",))]


def test_windows_and_actions_of_an_alarm_are_said(found: dict[str, Comparison]) -> None:
    assert _said(found["window and actions"], Concern.ALARMS) == [
        ("AlarmActions[0] **removed** (was `${Topic}`)", REAL),
        ("Metrics[0].MetricStat.Period **lowered** `300` → `60`", REAL),
    ]


def test_an_alarms_description_is_no_concern(found: dict[str, Comparison]) -> None:
    assert found["description"].remarks == ()
    assert found["description"].stacks != ()


def test_a_wider_managed_policy_is_said_which_the_cdks_own_table_leaves_out(found: dict[str, Comparison]) -> None:
    ((text, environments),) = _said(found["wider policy"], Concern.PERMISSIONS)
    assert text.startswith("statement `ReadOneSecret` **wider**: Resource + `*`; Resource − `arn:aws:secretsmanager:")
    assert environments == REAL


def test_a_rollback_that_no_longer_happens_is_said(found: dict[str, Comparison]) -> None:
    texts = [text for text, _ in _said(found["no rollback"], Concern.ROLLBACK)]
    assert "AutoRollbackConfiguration.Enabled `true` → `false`" in texts
    assert any(text.startswith("AutoRollbackConfiguration.Events **removed**") for text in texts)


def test_figures_that_the_operators_tool_or_a_function_goes_by_are_limits(found: dict[str, Comparison]) -> None:
    assert _said(found["settings"], Concern.THRESHOLDS) == [
        ("Value.error_rate_limit_percent **lowered** `2.0` → `1.0`", REAL)
    ]
    assert _said(found["timeout"], Concern.THRESHOLDS) == [
        ("HUNTAZE_QUERY_TIMEOUT_MS **lowered** `800` → `400`", ("beta",))
    ]


def test_a_new_name_replaces_the_resource(found: dict[str, Comparison]) -> None:
    assert _said(found["renamed"], Kind.REPLACED) == [
        ("AWS::Lambda::Function `huntaze-dev-reader` **will be replaced**, because `FunctionName` differs", REAL)
    ]


def test_a_removed_alarm_is_an_alarm_and_a_removal(found: dict[str, Comparison]) -> None:
    assert _said(found["no alarm"], Concern.ALARMS) == [
        ("AWS::CloudWatch::Alarm `huntaze-prod-error-rate` **removed**", ("prod",))
    ]
    assert _said(found["no alarm"], Kind.REMOVED) == [
        ("AWS::CloudWatch::Alarm `huntaze-prod-error-rate` **will be destroyed**", ("prod",))
    ]


def test_data_that_is_no_longer_kept_is_said(found: dict[str, Comparison]) -> None:
    assert _said(found["deleted"], Concern.DATA) == [("DeletionPolicy `Retain` → `Delete`", ("prod",))]


def test_new_code_is_one_remark_a_function_and_no_difference_in_full(found: dict[str, Comparison]) -> None:
    assert _said(found["code"], Kind.CODE) == [("new code", REAL)]
    assert len(found["code"].remarks) == 1
    assert found["code"].stacks == ()


def test_a_published_version_is_said_and_what_its_hash_drags_along_is_not(found: dict[str, Comparison]) -> None:
    assert _said(found["version"], Kind.CODE) == [("publishes a new version", ("beta",))]
    assert len(found["version"].remarks) == 1
    assert found["version"].stacks == ()


def test_another_stack_name_is_another_stack(found: dict[str, Comparison]) -> None:
    assert _said(found["stack renamed"], Kind.REPLACED) == [
        (
            "**a new stack is made, the old one stays**: stackName `huntaze-prod-read-path` → `huntaze-production`",
            ("prod",),
        )
    ]
    assert _said(found["stack renamed"], Concern.DATA) == [("termination protection is **on** now", ("prod",))]


def test_a_stack_that_is_gone_is_a_removal(found: dict[str, Comparison]) -> None:
    assert _said(found["stack gone"], Kind.REMOVED) == [("**the whole stack** is no longer in the app", ("dev",))]


def test_findings_are_those_that_base_does_not_have(found: dict[str, Comparison]) -> None:
    (finding,) = found["findings"].findings
    assert finding.item.path == "ReadPath/New"
    assert set(finding.environments) == set(REAL)
    (acknowledged,) = found["findings"].acknowledged
    assert acknowledged.item.reason == "Because."
    assert set(acknowledged.environments) == {"dev", "beta"}

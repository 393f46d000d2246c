"""Small templates and assemblies, as the CDK writes them."""

import copy
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from review.assembly import Assembly, Finding, Stack, StackKey
from review.comparison import Comparison, compare, pairs_of
from review.differ import diff_templates

ENVIRONMENTS: Final = ("dev", "beta", "prod", "sandbox")


def prefix(environment: str) -> str:
    return "huntaze" if environment in {"beta", "sandbox"} else f"huntaze-{environment}"


def template(environment: str) -> dict[str, Any]:
    """An alarm, a role's policy, a queue's policy, a deployment group, settings, and a function behind a version."""
    name = prefix(environment)
    return {
        "Resources": {
            "ErrorRate": _resource(
                environment,
                "AWS::CloudWatch::Alarm",
                "ErrorRate",
                AlarmName=f"{name}-error-rate",
                AlarmDescription="Too many errors",
                Threshold=2,
                EvaluationPeriods=2,
                AlarmActions=[{"Ref": "Topic"}],
                Metrics=[{"Id": "e", "MetricStat": {"Period": 300, "Stat": "Sum"}}],
            ),
            "Policy": _resource(
                environment,
                "AWS::IAM::ManagedPolicy",
                "Reader/Policy",
                PolicyDocument={
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Sid": "ReadOneSecret",
                            "Effect": "Allow",
                            "Action": "secretsmanager:GetSecretValue",
                            "Resource": f"arn:aws:secretsmanager:us-east-1:111111111111:secret:{name}/reader",
                        },
                    ],
                },
            ),
            "Group": _resource(
                environment,
                "AWS::CodeDeploy::DeploymentGroup",
                "Live/Group",
                AutoRollbackConfiguration={
                    "Enabled": True,
                    "Events": ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM"],
                },
            ),
            "Settings": _resource(
                environment, "AWS::SSM::Parameter", "Settings", Value=json.dumps({"error_rate_limit_percent": 2.0})
            ),
            "Reader": _resource(
                environment,
                "AWS::Lambda::Function",
                "Reader/Function",
                FunctionName=f"{name}-reader",
                Code={"S3Key": "a" * 64},
                Environment={"Variables": {"HUNTAZE_QUERY_TIMEOUT_MS": "800", "HUNTAZE_ENVIRONMENT": environment}},
            ),
        }
    }


def assembly(**by_environment: Mapping[str, Any]) -> Assembly:
    """One stack an environment, with the templates given or, where none is, the sample."""
    return Assembly(
        stacks={
            (key := StackKey(environment, "ReadPath")): Stack(
                key,
                {"stackName": f"{prefix(environment)}-read-path", "environment": "aws://unknown-account/us-east-1"},
                by_environment.get(environment, template(environment)),
            )
            for environment in ENVIRONMENTS
        },
        open_findings=frozenset(),
        acknowledged={Finding("beta", "ReadPath/Logs", "AwsSolutions-IAM5[Resource::*]"): "Forced."},
    )


def changed(base: Mapping[str, Any], logical_id: str, **properties: Any) -> dict[str, Any]:
    """Another template, with these properties of one resource set."""
    template = copy.deepcopy(dict(base))
    template["Resources"][logical_id]["Properties"].update(properties)
    return template


def changed_everywhere(logical_id: str, **properties: Any) -> Assembly:
    return assembly(**{name: changed(template(name), logical_id, **properties) for name in ENVIRONMENTS})


def comparisons(cases: Mapping[str, tuple[Assembly, Assembly]]) -> dict[str, Comparison]:
    """Base and head by a case's name. The differ takes half a second to start, so it is started once for all."""
    pairs = {name: pairs_of(base, head) for name, (base, head) in cases.items()}
    diffs = iter(diff_templates([pair.templates() for several in pairs.values() for pair in several]))
    return {
        name: compare(base, head, pairs[name], [next(diffs) for _ in pairs[name]])
        for name, (base, head) in cases.items()
    }


def written(folder: Path, environment: str) -> None:
    """A cloud assembly on disk, of one stage with one stack."""
    nested = folder / f"assembly-{environment}"
    nested.mkdir(parents=True)
    (folder / "manifest.json").write_text(
        json.dumps(
            {
                "artifacts": {
                    f"assembly-{environment}": {
                        "type": "cdk:cloud-assembly",
                        "properties": {"directoryName": nested.name},
                    },
                    "Tree": {"type": "cdk:tree", "properties": {"file": "tree.json"}},
                }
            }
        )
    )
    stack = {
        "type": "aws:cloudformation:stack",
        "environment": "aws://unknown-account/us-east-1",
        "displayName": f"{environment}/ReadPath",
        "properties": {
            "templateFile": "ReadPath.template.json",
            "stackName": f"{prefix(environment)}-read-path",
            "terminationProtection": True,
        },
    }
    (nested / "manifest.json").write_text(json.dumps({"artifacts": {"ReadPath": stack}}))
    (nested / "ReadPath.template.json").write_text(json.dumps(template(environment)))
    violation = {
        "ruleName": "AwsSolutions-L1",
        "violatingConstructs": [{"constructPath": f"{environment}/ReadPath/Reader/Resource"}],
        "reason": "Not on that release yet.",
    }
    report = {"pluginReports": [{"violations": [], "suppressedViolations": [violation]}]}
    (folder / "validation-report.json").write_text(json.dumps(report))


def _resource(environment: str, kind: str, path: str, **properties: Any) -> dict[str, Any]:
    metadata = {"aws:cdk:path": f"{environment}/ReadPath/{path}/Resource"}
    return {"Type": kind, "Properties": properties, "Metadata": metadata}

"""A cloud assembly, as far as a review reads it: stacks with their settings and templates, and findings."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

# What a manifest says of a stack that its template does not.
_SETTINGS: Final = ("stackName", "terminationProtection", "tags")


class AssemblyError(RuntimeError):
    """A folder holds no cloud assembly that can be read."""


@dataclass(frozen=True, order=True)
class StackKey:
    """`environment` is the stage's name, `name` the stack's within it."""

    environment: str
    name: str


@dataclass(frozen=True)
class Stack:
    """`settings` are what CloudFormation is told beside the template."""

    key: StackKey
    settings: Mapping[str, Any]
    template: Mapping[str, Any]


@dataclass(frozen=True, order=True)
class Finding:
    """`rule` as the rule packs write it. `path` is the construct's within `environment`."""

    environment: str
    path: str
    rule: str


@dataclass(frozen=True)
class Assembly:
    """Stacks in the app's order. `acknowledged` has by finding the reason it was accepted for."""

    stacks: Mapping[StackKey, Stack]
    open_findings: frozenset[Finding]
    acknowledged: Mapping[Finding, str]


EMPTY: Final = Assembly(stacks={}, open_findings=frozenset(), acknowledged={})


def read_assembly(folder: Path) -> Assembly:
    """Raises AssemblyError."""
    try:
        stacks = {stack.key: stack for stack in _stacks(folder)}
        report = json.loads((folder / "validation-report.json").read_text(encoding="utf-8"))
    except (OSError, KeyError, ValueError) as error:
        raise AssemblyError(f"{folder.name} is no cloud assembly: {error}") from error
    plugins = report["pluginReports"]
    return Assembly(
        stacks=stacks,
        open_findings=frozenset(
            finding for plugin in plugins for violation in plugin["violations"] for finding, _ in _findings(violation)
        ),
        acknowledged={
            finding: reason
            for plugin in plugins
            for violation in plugin.get("suppressedViolations", [])
            for finding, reason in _findings(violation)
        },
    )


def _stacks(folder: Path) -> Iterator[Stack]:
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    for artifact in manifest["artifacts"].values():
        properties = artifact.get("properties", {})
        if artifact["type"] == "cdk:cloud-assembly":
            yield from _stacks(folder / properties["directoryName"])
        elif artifact["type"] == "aws:cloudformation:stack":
            environment, _, name = artifact["displayName"].partition("/")
            template = json.loads((folder / properties["templateFile"]).read_text(encoding="utf-8"))
            settings = {"environment": artifact["environment"]}
            settings |= {setting: properties[setting] for setting in _SETTINGS if properties.get(setting)}
            yield Stack(StackKey(environment, name), settings, template)


def _findings(violation: Mapping[str, Any]) -> Iterator[tuple[Finding, str]]:
    for construct in violation["violatingConstructs"]:
        environment, _, path = construct["constructPath"].partition("/")
        yield Finding(environment, path.removesuffix("/Resource"), violation["ruleName"]), violation.get("reason", "")

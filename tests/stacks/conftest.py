"""One synthesis of every environment for all tests of the stacks."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from app import build_app
from review.assembly import read_assembly
from stacks.environments import ENVIRONMENTS, Environment
from tests.stacks.kept_assemblies import KeptAssemblies

REPOSITORY = Path(__file__).resolve().parents[2]
STACKS = ("GuardRails", "Flags", "ReadPath", "Eyes")

Template = dict[str, Any]


@dataclass(frozen=True)
class Synthesis:
    """What a synthesis left behind: templates by stage and stack, and the folder they are in."""

    environments: Mapping[str, Environment]
    folder: Path
    templates: Mapping[tuple[str, str], Template]

    def resources(self, stage: str, resource_type: str) -> dict[str, dict[str, Any]]:
        """Resources of one type in all stacks of a stage, by logical id."""
        return {
            logical_id: resource
            for (of_stage, _), template in self.templates.items()
            if of_stage == stage
            for logical_id, resource in template["Resources"].items()
            if resource["Type"] == resource_type
        }

    def only(self, stage: str, resource_type: str) -> dict[str, Any]:
        """Properties of the one resource of a type in a stage."""
        (resource,) = self.resources(stage, resource_type).values()
        return dict(resource["Properties"])

    def alarm(self, stage: str, name: str) -> dict[str, Any]:
        """Properties of the alarm of that name."""
        (alarm,) = (
            dict(resource["Properties"])
            for resource in self.resources(stage, "AWS::CloudWatch::Alarm").values()
            if resource["Properties"]["AlarmName"] == name
        )
        return alarm

    def function(self, stage: str, name: str) -> tuple[str, dict[str, Any]]:
        """Logical id and properties of the function of that name."""
        ((logical_id, resource),) = (
            (logical_id, resource)
            for logical_id, resource in self.resources(stage, "AWS::Lambda::Function").items()
            if resource["Properties"]["FunctionName"] == name
        )
        return logical_id, dict(resource["Properties"])


def cdk_context() -> dict[str, Any]:
    """The feature flags that the CDK command line would hand to the app."""
    return dict(json.loads((REPOSITORY / "cdk.json").read_text())["context"])


def synthesise(environments: Mapping[str, Environment]) -> Synthesis:
    """These environments, by stage, as `cdk synth` synthesises them. Raises RuntimeError on any finding."""

    def synth(folder: Path) -> None:
        build_app(environments, caller_account=None, outdir=str(folder), context=cdk_context()).synth()

    folder = KeptAssemblies(REPOSITORY, REPOSITORY / ".cache" / "assemblies").get(repr(environments), synth)
    templates = {
        (key.environment, key.name): dict(stack.template) for key, stack in read_assembly(folder).stacks.items()
    }
    return Synthesis(environments=environments, folder=folder, templates=templates)


@pytest.fixture(scope="session")
def synthesis() -> Synthesis:
    """Every environment."""
    return synthesise(ENVIRONMENTS)

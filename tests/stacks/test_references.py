"""No circle, neither in a stack nor between stacks: CloudFormation would refuse either."""

import json
from collections.abc import Iterator, Mapping
from graphlib import TopologicalSorter
from typing import Any

import pytest

from stacks.environments import ENVIRONMENTS
from tests.stacks.conftest import STACKS, Synthesis, Template

STAGES = pytest.mark.parametrize("stage", ENVIRONMENTS)


def _references(value: Any) -> Iterator[str]:
    """Logical ids that a part of a template refers to."""
    match value:
        case {"Ref": str(name)} | {"Fn::GetAtt": [str(name), _]}:
            yield name
        case dict():
            for item in value.values():
                yield from _references(item)
        case list():
            for item in value:
                yield from _references(item)


def _waits_for(resource: Mapping[str, Any]) -> set[str]:
    listed = resource.get("DependsOn", [])
    return {*_references(resource), *([listed] if isinstance(listed, str) else listed)}


def _other_stacks(value: Any) -> Iterator[str]:
    match value:
        case {"Fn::GetStackOutput": {"StackName": str(name)}}:
            yield name
        case dict():
            for item in value.values():
                yield from _other_stacks(item)
        case list():
            for item in value:
                yield from _other_stacks(item)


@pytest.mark.parametrize("stack", STACKS)
@STAGES
def test_the_resources_of_a_stack_can_be_made_one_after_the_other(stage: str, stack: str, synthesis: Synthesis) -> None:
    resources = synthesis.templates[stage, stack]["Resources"]
    graph = {name: _waits_for(resource) & resources.keys() for name, resource in resources.items()}

    assert len([*TopologicalSorter(graph).static_order()]) == len(resources)


@STAGES
def test_the_stacks_of_a_stage_can_be_deployed_one_after_the_other(stage: str, synthesis: Synthesis) -> None:
    def name(stack: str) -> str:
        kebab = {"GuardRails": "guard-rails", "ReadPath": "read-path"}.get(stack, stack.lower())
        return f"{ENVIRONMENTS[stage].names.prefix}-{kebab}"

    def template(stack: str) -> Template:
        return synthesis.templates[stage, stack]

    graph = {name(stack): set(_other_stacks(template(stack))) for stack in STACKS}
    order = [*TopologicalSorter(graph).static_order()]

    assert order[0] == name("GuardRails"), json.dumps({stack: sorted(others) for stack, others in graph.items()})
    assert set(order) == set(graph)

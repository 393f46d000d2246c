# ruff: noqa: SLF001  # MiniStack offers no other way in, and this is the one file that goes there.
"""Update policies of a stack's resources, which MiniStack's CloudFormation drops.

Everything of MiniStack's inside that this takes is used here alone; a contract test names each part.
"""

import copy
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from ministack.services import cloudformation
from ministack.services.cloudformation import changesets, engine, provisioners, stacks
from ministack.services.cloudformation import handlers as stack_requests


@dataclass(frozen=True)
class ResourceUpdate:
    """An update of a resource in a stack: its properties, and its update policy with all references resolved."""

    stack_name: str
    old: Mapping[str, Any]
    new: Mapping[str, Any]
    update_policy: Mapping[str, Any]
    rolls_back: bool
    """Whether it takes the resource back, because the stack's update has failed."""


@dataclass(frozen=True)
class _StackOperation:
    stack_name: str
    stack_id: str
    template: Mapping[str, Any]
    parameters: dict[str, Any]


_operation: ContextVar[_StackOperation | None] = ContextVar("operation", default=None)


def before_resource_update(name: str, act: Callable[[ResourceUpdate], None]) -> None:
    """Call `act` before MiniStack updates a resource of its own type in place. Call this once a process.

    `act` may take its time: the type's resources are provisioned on threads of their own. A `ValueError` of it fails
    the update with its message as the reason. What the resource's update policy refers to is provisioned before it, as
    in AWS (https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-updatepolicy.html).
    """
    _keep_update_policies()
    on_worker_thread = stacks._runs_on_worker_thread
    stacks._runs_on_worker_thread = lambda kind: kind == name or on_worker_thread(kind)
    handlers = provisioners._RESOURCE_HANDLERS[name]
    update = handlers["update"]

    def acting(ref: str, old: dict[str, Any], new: dict[str, Any], stack_name: str, logical_id: str) -> Any:
        stack = cloudformation._stacks.get(stack_name, {})
        rolls_back = "ROLLBACK" in stack.get("StackStatus", "")
        act(ResourceUpdate(stack_name, old, new, _update_policy(stack, stack_name, logical_id), rolls_back))
        return update(ref, old, new, stack_name, logical_id)

    handlers["update"] = acting


def _keep_update_policies() -> None:
    """MiniStack drops a resource's update policy: keep the template at hand, and order resources by policies too."""
    deploy, dependencies = stacks._deploy_stack_async, engine._extract_deps

    async def deploying(
        stack_name: str, stack_id: str, template: dict[str, Any], parameters: dict[str, Any], *rest: Any, **options: Any
    ) -> None:
        # Each operation is a task with a context of its own.
        _operation.set(_StackOperation(stack_name, stack_id, template, parameters))
        await deploy(stack_name, stack_id, template, parameters, *rest, **options)

    def dependencies_with_policy(resource: dict[str, Any], names: set[str]) -> set[str]:
        referred = engine._intrinsic_references(resource.get("UpdatePolicy", {}))
        found: set[str] = dependencies(resource, names)
        return found | {name for name, _ in referred if name in names}

    for module in (stacks, stack_requests, changesets):
        module._deploy_stack_async = deploying
    for module in (stacks, engine):
        module._extract_deps = dependencies_with_policy


def _update_policy(stack: Mapping[str, Any], stack_name: str, logical_id: str) -> Mapping[str, Any]:
    operation = _operation.get()
    if operation is None or operation.stack_name != stack_name:
        return {}
    template, parameters = operation.template, operation.parameters
    policy: Mapping[str, Any] = engine._resolve_refs(
        copy.deepcopy(template["Resources"][logical_id].get("UpdatePolicy", {})),
        stack.get("_resources", {}),
        parameters,
        engine._evaluate_conditions(template, parameters),
        template.get("Mappings", {}),
        stack_name,
        operation.stack_id,
    )
    return policy

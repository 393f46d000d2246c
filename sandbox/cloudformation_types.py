"""Resource types that CloudFormation has on AWS and MiniStack lacks: how one is described and installed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox import ministack_internals
from sandbox.resource_properties import Rule, check_properties

Properties = dict[str, Any]


@dataclass(frozen=True)
class Resource:
    """A resource as a template sees it: what `Ref` and `Fn::GetAtt` answer."""

    ref: str
    attributes: Mapping[str, str]


@dataclass(frozen=True)
class ResourceType:
    """A resource type. Its functions raise `ValueError` with the reason that CloudFormation is to show.

    `create` gets the properties and a generated name, for use when the properties name none; `update` and
    `delete` get the reference and the properties. `replacing` lists the properties whose change creates the
    resource anew.
    """

    name: str
    rules: Mapping[str, Rule]
    create: Callable[[Properties, str], Resource]
    update: Callable[[str, Properties], Resource]
    delete: Callable[[str, Properties], None]
    replacing: tuple[str, ...] = ()
    name_property: str | None = None
    max_name_length: int = 100


def install(resource_type: ResourceType) -> None:
    """Make templates with this type deploy."""

    def create(logical_id: str, properties: Properties, stack_name: str) -> tuple[str, Properties]:
        check_properties(logical_id, resource_type.rules, properties)
        name = ministack_internals.generated_name(stack_name, logical_id, resource_type.max_name_length)
        return _as_pair(resource_type.create(properties, name))

    def update(
        ref: str, _old: Properties, new: Properties, _stack_name: str, logical_id: str
    ) -> tuple[str, Properties]:
        check_properties(logical_id, resource_type.rules, new)
        return _as_pair(resource_type.update(ref, new))

    ministack_internals.add_resource_type(
        resource_type.name,
        ministack_internals.ResourceHandlers(create, update, resource_type.delete),
        replacing=resource_type.replacing,
        name_property=resource_type.name_property,
    )


def _as_pair(resource: Resource) -> tuple[str, Properties]:
    return resource.ref, dict(resource.attributes)

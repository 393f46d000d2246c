# ruff: noqa: SLF001  # MiniStack offers no other way in, and this is the one file of this part that goes there.
"""Reserved concurrency holds for all versions and aliases of a function together, and deploys from templates.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html. MiniStack holds it for $LATEST alone, and
ignores the property of AWS::Lambda::Function.
"""

from collections.abc import Mapping
from typing import Any

from ministack.services import lambda_svc
from ministack.services.cloudformation import provisioners


def install() -> None:
    """Call it once a process."""
    handlers = provisioners._RESOURCE_HANDLERS["AWS::Lambda::Function"]
    create, update = handlers["create"], handlers["update"]

    def create_with_concurrency(logical_id: str, properties: dict[str, Any], stack_name: str) -> Any:
        reference, attributes = create(logical_id, properties, stack_name)
        _reserve(reference, properties)
        return reference, attributes

    def update_with_concurrency(reference: str, old: dict[str, Any], new: dict[str, Any], *rest: Any) -> Any:
        reference, attributes = update(reference, old, new, *rest)
        _reserve(reference, new)
        return reference, attributes

    handlers.update(create=create_with_concurrency, update=update_with_concurrency)
    lambda_svc._reserved_concurrency = _reserved


def _reserve(function_name: str, properties: Mapping[str, Any]) -> None:
    reserved = properties.get("ReservedConcurrentExecutions")
    lambda_svc._functions[function_name]["concurrency"] = None if reserved is None else int(reserved)


def _reserved(_record: Any, configuration: Mapping[str, Any]) -> int | None:
    """`configuration` is a version's or $LATEST's; what is reserved stands with the function."""
    function = lambda_svc._functions.get(configuration.get("FunctionName")) or {}
    reserved: int | None = function.get("concurrency")
    return reserved

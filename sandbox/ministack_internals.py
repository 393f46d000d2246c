"""Every part of MiniStack's inside that the sandbox's own parts use, and nothing else.

MiniStack must be imported only when the process's environment is set, since it reads it then: import this
module late. `tests/sandbox/test_ministack_internals.py` says which of these a new release has moved.
"""

import dataclasses
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

import ministack.app
from ministack.core import iam_actions, lambda_runtime, responses, router
from ministack.services import lambda_svc
from ministack.services.cloudformation import provisioners

from sandbox.aws_api import Extension, Request, Response, error_response, refusal

AsgiApp = Callable[[Any, Any, Any], Awaitable[None]]


def asgi_app() -> AsgiApp:
    app: AsgiApp = ministack.app.app
    return app


def regional_store() -> MutableMapping[str, Any]:
    """Return a mapping whose entries belong to the account and region of the request at hand."""
    store: MutableMapping[str, Any] = responses.AccountRegionScopedDict()
    return store


def account_id() -> str:
    """Return the account of the request at hand."""
    account: str = responses.get_account_id()
    return account


def region() -> str:
    """Return the region of the request at hand."""
    name: str = responses.get_region()
    return name


def extend_service(name: str, extension: Extension) -> None:
    """Put `extension` before MiniStack's handler of a service.

    `name` is the service's signing name. Routing, credentials, IAM and scoping stay MiniStack's. If MiniStack lacks
    the service, what is passed on is refused.
    """
    inner = ministack.app.SERVICE_HANDLERS.get(name)
    if inner is None:
        router.SERVICE_PATTERNS[name] = {"target_prefixes": [], "host_patterns": []}
        iam_actions.SERVICE_TO_IAM_NAMESPACE[name] = name

    async def proceed(request: Request) -> Response:
        if inner is None:
            operation = request.headers.get("x-amz-target", "").rpartition(".")[2]
            return error_response(refusal(name, operation or f"{request.method} {request.path}"))
        response: Response = await inner(request.method, request.path, request.headers, request.body, request.query)
        return response

    async def handler(
        method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, list[str]]
    ) -> Response:
        return await extension(Request(method, path, headers, body, query), proceed)

    ministack.app.SERVICE_HANDLERS[name] = handler


def refuse_unknown_services() -> None:
    """Take the signature's word for which service a request is for, if MiniStack does not know the service.

    MiniStack would first read every service's model to see whether there is such a service: that takes seconds, in
    which nothing else is answered.
    """
    router._is_aws_service_name = lambda _signing_name: True  # noqa: SLF001 - MiniStack has no other way in


def change_authorized_resource(service: str, change: Callable[[str, dict[str, list[str]], str], str]) -> None:
    """Let `change` replace the resource of a service's request on which IAM policies are evaluated.

    It gets the request's path and query parameters, and the resource's ARN as MiniStack makes it.
    """
    extract = iam_actions.extract_resource_arn

    def changed(  # noqa: PLR0917 - MiniStack's signature
        requested: str,
        method: str,
        path: str,
        headers: dict[str, str],
        body: bytes,
        query: dict[str, list[str]],
        region: str,
        account_id: str,
    ) -> str:
        arn: str = extract(requested, method, path, headers, body, query, region, account_id)
        return change(path, query, arn) if requested == service else arn

    iam_actions.extract_resource_arn = changed


def lambda_functions() -> Mapping[str, Any]:
    """Return the functions of the account and region at hand, by name.

    Each is a mapping with `config` (the configuration of $LATEST), `versions` (number to a mapping with
    `config`) and `aliases` (name to the alias as GetAlias shows it).
    """
    functions: Mapping[str, Any] = lambda_svc._functions  # noqa: SLF001 - as above
    return functions


def function_and_qualifier(reference: str) -> tuple[str, str | None]:
    """Return the name and qualifier for which a name, `name:qualifier` or ARN in this scope stands."""
    name, qualifier = lambda_svc._resolve_request_scoped_name_and_qualifier(reference)  # noqa: SLF001 - as above
    return name, qualifier


def before_execution(change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Let `change` replace the configuration with which a function is about to be executed."""
    execute = lambda_svc._execute_function  # noqa: SLF001 - as above

    def changed(function: dict[str, Any], event: Any) -> Any:
        if "config" not in function:
            return execute(change(function), event)
        return execute({**function, "config": change(function["config"])}, event)

    lambda_svc._execute_function = changed  # noqa: SLF001 - as above


def stop_function_processes() -> None:
    lambda_runtime.reset()


@dataclasses.dataclass(frozen=True)
class ResourceHandlers:
    """What CloudFormation calls for a resource type. A reference is a physical id, an error a `ValueError`."""

    create: Callable[[str, dict[str, Any], str], tuple[str, dict[str, Any]]]
    """From logical id, properties and stack name to reference and attributes."""
    update: Callable[..., tuple[str, dict[str, Any]]]
    """From reference, old and new properties, stack name and logical id to reference and attributes."""
    delete: Callable[[str, dict[str, Any]], None]
    """From reference and properties."""


def add_resource_type(
    name: str, handlers: ResourceHandlers, *, replacing: tuple[str, ...], name_property: str | None
) -> None:
    """Make CloudFormation know a type. A change of a `replacing` property creates the resource anew."""
    provisioners._RESOURCE_HANDLERS[name] = {  # noqa: SLF001 - as above
        "create": handlers.create,
        "update": handlers.update,
        "update_with_logical_id": True,
        "delete": handlers.delete,
    }
    provisioners._REPLACING_PROPERTIES[name] = replacing  # noqa: SLF001 - as above
    if name_property:
        provisioners._CUSTOM_NAME_REPLACEMENT[name] = {"name": name_property}  # noqa: SLF001 - as above


def before_resource(name: str, check: Callable[[dict[str, Any]], None]) -> None:
    """Call `check` with the properties before MiniStack creates or updates a resource of its own type."""
    handlers = provisioners._RESOURCE_HANDLERS[name]  # noqa: SLF001 - as above
    create, update = handlers["create"], handlers["update"]

    def checked_create(logical_id: str, properties: dict[str, Any], stack_name: str) -> Any:
        check(properties)
        return create(logical_id, properties, stack_name)

    def checked_update(ref: str, old: dict[str, Any], new: dict[str, Any], *rest: Any) -> Any:
        check(new)
        return update(ref, old, new, *rest)

    handlers.update(create=checked_create, update=checked_update)


def generated_name(stack_name: str, logical_id: str, max_length: int) -> str:
    """Return the name that CloudFormation gives a resource whose template names none."""
    name: str = provisioners._physical_name(stack_name, logical_id, max_len=max_length)  # noqa: SLF001 - as above
    return name

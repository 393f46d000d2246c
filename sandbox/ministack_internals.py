"""Every part of MiniStack's inside that the sandbox's own parts use, and nothing else.

MiniStack must be imported only when the process's environment is set, since it reads it then: import this
module late. `tests/sandbox/test_ministack_internals.py` says which of these a new release has moved.
"""

import contextlib
import dataclasses
from collections.abc import Awaitable, Callable, Iterator, Mapping, MutableMapping
from typing import Any

import ministack.app
from ministack.core import iam_actions, lambda_runtime, responses, router
from ministack.services import iam, lambda_svc
from ministack.services.cloudformation import provisioners

from sandbox.appconfig_agent_credentials import Credentials, execution_role_credentials
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


@contextlib.contextmanager
def scope(account_id: str, region: str) -> Iterator[None]:
    """Make the account and region those of the code in the block, as a request does."""
    with responses.request_scope(account_id, region):
        yield


def extend_service(name: str, extension: Extension) -> None:
    """Put `extension` before MiniStack's handler of a service.

    `name` is the service's signing name. Routing, credentials, IAM and scoping stay MiniStack's. If MiniStack lacks
    the service, what is passed on is refused.
    """
    inner = ministack.app.SERVICE_HANDLERS.get(name)
    if inner is None:
        router.SERVICE_PATTERNS[name] = {"target_prefixes": [], "host_patterns": []}
        iam_actions.SERVICE_TO_IAM_NAMESPACE[name] = name
        # By which a REST request's operation is known.
        iam_actions._BOTOCORE_SERVICE_MAP[name] = [name]  # noqa: SLF001 - MiniStack has no other way in

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


def change_authorized_resource(service: str, change: Callable[[Request, str], str]) -> None:
    """Let `change` replace the resource of a service's request on which IAM policies are evaluated.

    It gets the request, and the resource's ARN as MiniStack makes it. The account and region at hand are the request's.
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
        if requested != service:
            return arn
        with scope(account_id, region):
            return change(Request(method, path, headers, body, query), arn)

    iam_actions.extract_resource_arn = changed


def change_authorized_action(service: str, change: Callable[[Request, str | None], str | None]) -> None:
    """Let `change` replace the action for which a service's request needs permission.

    It gets the request, and the action as MiniStack finds it.
    """
    extract = iam_actions.extract_iam_action

    def changed(  # noqa: PLR0917 - MiniStack's signature
        requested: str, method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, list[str]]
    ) -> str | None:
        action: str | None = extract(requested, method, path, headers, body, query)
        return change(Request(method, path, headers, body, query), action) if requested == service else action

    iam_actions.extract_iam_action = changed


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


def role_trust_policy(role_arn: str) -> str | None:
    """Return the trust policy of a role, as JSON, or None if there is no such role."""
    role = iam._roles.get_scoped(role_arn.split(":")[4], None, role_arn.rpartition("/")[2])  # noqa: SLF001 - as above
    return role["AssumeRolePolicyDocument"] if role else None


def role_credentials(role_arn: str, region: str, session_name: str) -> Credentials:
    """Return credentials of a session of a role, whoever it trusts; without enforced IAM, those of its account."""
    # MiniStack knows only functions that have a role's credentials.
    function_arn = f"arn:aws:lambda:{region}:{role_arn.split(':')[4]}:function:{session_name}"
    return execution_role_credentials({"FunctionArn": function_arn, "FunctionName": session_name, "Role": role_arn})


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


def after_resource(name: str, complete: Callable[[str, dict[str, Any]], None]) -> None:
    """Call `complete` with reference and properties after MiniStack created or updated a resource of its own type."""
    handlers = provisioners._RESOURCE_HANDLERS[name]  # noqa: SLF001 - as above
    create, update = handlers["create"], handlers["update"]

    def completed_create(logical_id: str, properties: dict[str, Any], stack_name: str) -> Any:
        created = create(logical_id, properties, stack_name)
        complete(created[0], properties)
        return created

    def completed_update(ref: str, old: dict[str, Any], new: dict[str, Any], *rest: Any) -> Any:
        updated = update(ref, old, new, *rest)
        complete(updated[0], new)
        return updated

    handlers.update(create=completed_create, update=completed_update)


def generated_name(stack_name: str, logical_id: str, max_length: int) -> str:
    """Return the name that CloudFormation gives a resource whose template names none."""
    name: str = provisioners._physical_name(stack_name, logical_id, max_len=max_length)  # noqa: SLF001 - as above
    return name

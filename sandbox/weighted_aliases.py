"""Aliases that split invocations between two versions, which MiniStack stores and does not follow.

The rules are in `alias_routing.py`; this file puts them in Lambda's way: at Invoke, CreateAlias, UpdateAlias
and CloudFormation's AWS::Lambda::Alias.
"""

import dataclasses
import json
import re
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, Final

from sandbox import ministack_internals
from sandbox.alias_routing import Routing, check_routing, pick_version, routing_of
from sandbox.aws_api import AwsError, Proceed, Request, Response, error_response

_PATH: Final = re.compile(
    r"/[^/]+/functions/(?P<function>[^/]+)"
    r"/(?P<operation>invocations|response-streaming-invocations|aliases)(?:/(?P<alias>[^/]+))?/?"
)


@dataclasses.dataclass(frozen=True)
class _Invoked:
    """The version that was picked, and the alias through which the caller invoked it, as ARNs."""

    version_arn: str
    alias_arn: str


_invoked: ContextVar[_Invoked | None] = ContextVar("invoked", default=None)


def install(random: Callable[[], float]) -> None:
    """Follow alias weights. `random` draws uniformly from [0, 1)."""
    ministack_internals.extend_service("lambda", _WeightedAliases(random))
    ministack_internals.before_execution(_under_the_invoked_arn)
    # CloudFormation creates and updates aliases past the API.
    ministack_internals.before_resource("AWS::Lambda::Alias", _check_template_alias)


class _WeightedAliases:
    def __init__(self, random: Callable[[], float]) -> None:
        self._random = random

    async def __call__(self, request: Request, proceed: Proceed) -> Response:
        match = _PATH.fullmatch(request.path)
        if match is None:
            return await proceed(request)
        name, qualifier = ministack_internals.function_and_qualifier(match["function"])
        function = ministack_internals.lambda_functions().get(name)
        if function is None:
            return await proceed(request)
        if match["operation"] == "aliases":
            return await _check_then_proceed(request, proceed, function, match["alias"])
        return await self._invoke(request, proceed, function, qualifier)

    async def _invoke(
        self, request: Request, proceed: Proceed, function: dict[str, Any], qualifier: str | None
    ) -> Response:
        alias = function["aliases"].get(qualifier or request.query.get("Qualifier", [""])[0])
        routing = routing_of(alias) if alias else None
        if alias is None or routing is None or not routing.weights:
            return await proceed(request)
        version = pick_version(routing, self._random())
        arn = function["config"]["FunctionArn"]
        operation = request.path.rstrip("/").rpartition("/")[2]
        unqualified = f"/2015-03-31/functions/{function['config']['FunctionName']}/{operation}"
        token = _invoked.set(_Invoked(f"{arn}:{version}", alias["AliasArn"]))
        try:
            return await proceed(
                dataclasses.replace(request, path=unqualified, query={**request.query, "Qualifier": [version]})
            )
        finally:
            _invoked.reset(token)


def _under_the_invoked_arn(config: dict[str, Any]) -> dict[str, Any]:
    """`context.invoked_function_arn` is the ARN that the caller used: the alias's, not the version's.

    https://docs.aws.amazon.com/lambda/latest/dg/python-context.html
    """
    invoked = _invoked.get()
    if invoked is None or config.get("FunctionArn") != invoked.version_arn:
        return config
    return {**config, "FunctionArn": invoked.alias_arn}


async def _check_then_proceed(
    request: Request, proceed: Proceed, function: dict[str, Any], alias_name: str | None
) -> Response:
    if request.method not in ("POST", "PUT"):
        return await proceed(request)
    current = function["aliases"].get(alias_name, {})
    try:
        document = json.loads(request.body or b"{}")
        _check(function, routing_of({**current, **document}))
    except AwsError as error:
        return error_response(error)
    except (ValueError, TypeError):
        return error_response(AwsError("SerializationException", "The request is not an alias document."))
    return await proceed(request)


def _check(function: dict[str, Any], routing: Routing) -> None:
    versions = {number: version["config"] for number, version in function["versions"].items()}
    check_routing(routing, function_arn=function["config"]["FunctionArn"], versions=versions)


def _check_template_alias(properties: dict[str, Any]) -> None:
    name, _ = ministack_internals.function_and_qualifier(properties.get("FunctionName", ""))
    function = ministack_internals.lambda_functions().get(name)
    if function is None:
        raise ValueError(f"Function not found: {properties.get('FunctionName')}")
    entries = (properties.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or []
    weights = {str(entry["FunctionVersion"]): float(entry["FunctionWeight"]) for entry in entries}
    try:
        _check(function, Routing(properties.get("FunctionVersion", "$LATEST"), weights))
    except AwsError as error:
        raise ValueError(error.message) from error

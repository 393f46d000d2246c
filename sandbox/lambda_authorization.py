"""Requests to Lambda are authorized as in AWS, where MiniStack does it otherwise.

An invocation is authorized on the ARN it names: with the alias or version, if the caller gives one. MiniStack leaves
out a qualifier that comes as a parameter, so a role that may invoke an alias and nothing else could not. And it takes
every request for one alias for ListAliases, and every one for a function's concurrency for PutFunctionConcurrency.

https://docs.aws.amazon.com/lambda/latest/dg/lambda-api-permissions-ref.html
https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html
"""

import re
from typing import Final

from sandbox import ministack_internals
from sandbox.aws_api import Request

_ALIAS: Final = re.compile(r"/[^/]+/functions/[^/]+/aliases/[^/]+/?")
_CONCURRENCY: Final = re.compile(r"/[^/]+/functions/[^/]+/concurrency/?")
_ALIAS_ACTIONS: Final = {"GET": "lambda:GetAlias", "PUT": "lambda:UpdateAlias", "DELETE": "lambda:DeleteAlias"}
_CONCURRENCY_ACTIONS: Final = {
    "GET": "lambda:GetFunctionConcurrency",
    "PUT": "lambda:PutFunctionConcurrency",
    "DELETE": "lambda:DeleteFunctionConcurrency",
}


def install() -> None:
    ministack_internals.change_authorized_action("lambda", action_of)
    ministack_internals.change_authorized_resource("lambda", invoked_arn)


def action_of(request: Request, action: str | None) -> str | None:
    """Return the action for which a request needs permission; `action` as it is for other requests."""
    for path, actions in ((_ALIAS, _ALIAS_ACTIONS), (_CONCURRENCY, _CONCURRENCY_ACTIONS)):
        if path.fullmatch(request.path):
            return actions.get(request.method, action)
    return action


def invoked_arn(request: Request, function_arn: str) -> str:
    """Return the ARN that a request's caller must be allowed to invoke; `function_arn` as it is for other requests."""
    qualifier = request.query.get("Qualifier", [""])[0]
    if not qualifier or not request.path.rstrip("/").endswith("invocations") or function_arn.endswith(f":{qualifier}"):
        return function_arn
    return f"{function_arn}:{qualifier}"

"""An invocation is authorized on the ARN it names: with the alias or version, if the caller gives one.

https://docs.aws.amazon.com/lambda/latest/dg/lambda-api-permissions-ref.html. MiniStack leaves out a qualifier that
comes as a parameter, so a role that may invoke an alias and nothing else could not.
"""

from sandbox import ministack_internals


def install() -> None:
    ministack_internals.change_authorized_resource("lambda", invoked_arn)


def invoked_arn(path: str, query: dict[str, list[str]], function_arn: str) -> str:
    """Return the ARN that a request's caller must be allowed to invoke; `function_arn` as it is for other requests."""
    qualifier = query.get("Qualifier", [""])[0]
    if not qualifier or not path.rstrip("/").endswith("invocations") or function_arn.endswith(f":{qualifier}"):
        return function_arn
    return f"{function_arn}:{qualifier}"

"""Requests, answers and errors of the AWS APIs that the sandbox answers itself, in AWS's JSON protocols."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any, Final

Response = tuple[int, dict[str, str], Any]
"""Status, headers, body: what a MiniStack service handler returns."""


@dataclass(frozen=True)
class Request:
    """A request as MiniStack hands it to a service: authorised, and in its account's and region's scope."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    query: dict[str, list[str]]


Proceed = Callable[[Request], Awaitable[Response]]
"""What would answer the request otherwise."""

Extension = Callable[[Request, Proceed], Awaitable[Response]]
"""Answers a request, or passes it on."""

Operation = Callable[[dict[str, Any]], dict[str, Any]]
"""One API operation: the request's document to the answer's. Raises `AwsError`."""


class AwsError(Exception):
    """An error that AWS documents for the operation. `status` is HTTP's."""

    def __init__(self, code: str, message: str, *, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


JSON_1_1: Final = "application/x-amz-json-1.1"
REST_JSON: Final = "application/json"


def error_response(error: AwsError, content_type: str = REST_JSON) -> Response:
    """Return the error as every SDK reads it: code in header and document, message in either spelling.

    https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html#operation-error-serialization
    """
    document = {"__type": error.code, "message": error.message, "Message": error.message}
    headers = {"Content-Type": content_type, "x-amzn-errortype": error.code}
    return error.status, headers, json.dumps(document).encode()


def query_error_response(error: AwsError) -> Response:
    """Return the error for a client of a service that speaks AWS's query protocol.

    https://smithy.io/2.0/aws/protocols/aws-query-protocol.html#operation-error-serialization
    """
    body = (
        f"<ErrorResponse><Error><Type>Sender</Type><Code>{escape(error.code)}</Code>"
        f"<Message>{escape(error.message)}</Message></Error></ErrorResponse>"
    )
    return error.status, {"Content-Type": "text/xml"}, body.encode()


def refusal(service: str, operation: str) -> AwsError:
    """Return the error for something real that this sandbox does not do.

    AWS answers an operation it does not know the same way:
    https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html#protocol-behaviors
    """
    return AwsError("UnknownOperationException", f"{service}: the sandbox does not do {operation}.")


def json_operations(operations: Mapping[str, Operation]) -> Extension:
    """Answer these operations of a JSON 1.1 service, named by the last part of `X-Amz-Target`."""

    async def answer(request: Request, proceed: Proceed) -> Response:
        operation = operations.get(request.headers.get("x-amz-target", "").rpartition(".")[2])
        return _answer(operation, request, JSON_1_1) if operation else await proceed(request)

    return answer


def rest_operations(operations: Mapping[str, Operation], *, slow: bool = False) -> Extension:
    """Answer these operations of a REST-JSON service whose operations are all POST, named by path.

    `slow` ones each run on a thread of their own, while the sandbox goes on with everything else.
    """

    async def answer(request: Request, proceed: Proceed) -> Response:
        operation = operations.get(request.path) if request.method == "POST" else None
        if operation is None:
            return await proceed(request)
        if slow:
            return await asyncio.to_thread(_answer, operation, request, REST_JSON)
        return _answer(operation, request, REST_JSON)

    return answer


def _answer(operation: Operation, request: Request, content_type: str) -> Response:
    try:
        document = json.loads(request.body or b"{}")
    except json.JSONDecodeError:
        return error_response(AwsError("SerializationException", "The request is not JSON."), content_type)
    try:
        answer = operation(document)
    except AwsError as error:
        return error_response(error, content_type)
    return 200, {"Content-Type": content_type}, json.dumps(answer).encode()

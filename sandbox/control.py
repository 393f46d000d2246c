"""The sandbox's own API, below `/_sandbox/` on its endpoint: what a rehearsal or a test turns and AWS has no API for.

It is not AWS's; `docs/SANDBOX.md` describes it. It speaks plain JSON and asks for no credentials. What is wrong with
a request is answered with status 400 or 404 and `{"message": …}`.
"""

import json
from collections.abc import Mapping
from typing import Any, Final, Protocol
from urllib.parse import parse_qsl

PREFIX: Final = "/_sandbox/"

Document = dict[str, Any]


class Resource(Protocol):
    """Something below the prefix. Both methods return its state, and raise `ValueError` on a bad request."""

    async def get(self, query: Mapping[str, str]) -> Document: ...
    async def put(self, changes: Document) -> Document: ...


class Control:
    """ASGI middleware that answers for `resources`, by name, and passes on whatever is not below the prefix."""

    def __init__(self, app: Any, resources: Mapping[str, Resource]) -> None:
        self._app = app
        self._resources = resources

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(PREFIX):
            await self._app(scope, receive, send)
            return
        try:
            status, document = await self._answer(scope, receive)
        except ValueError as error:
            status, document = 400, {"message": str(error)}
        body = json.dumps(document).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _answer(self, scope: Any, receive: Any) -> tuple[int, Document]:
        method, path = scope["method"], scope["path"]
        resource = self._resources.get(path.removeprefix(PREFIX))
        if resource and method == "GET":
            return 200, await resource.get(dict(parse_qsl(scope["query_string"].decode())))
        if resource and method == "PUT":
            changes = json.loads(await _body(receive))
            if not isinstance(changes, dict):
                raise ValueError("the request's body is no JSON object")
            return 200, await resource.put(changes)
        return 404, {"message": f"there is no {method} {path}"}


async def _body(receive: Any) -> bytes:
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)

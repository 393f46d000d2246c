"""A service that neither MiniStack nor the sandbox does is refused with an error that SDKs can read."""

import json
from typing import Any, Final

from sandbox.aws_api import error_response, query_error_response, refusal

# MiniStack's own answer, which SDKs turn into an unnamed error.
_UNSUPPORTED: Final = "Unsupported service: "


class RefusedServices:
    """ASGI middleware that rewrites MiniStack's answer for a service it lacks."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        held: list[Any] = []

        async def send_readable(message: Any) -> None:
            if message["type"] == "http.response.start" and message["status"] == 400:  # noqa: PLR2004 - HTTP's own
                held.append(message)
                return
            if held:
                start = held.pop()
                service = _unsupported_service(message.get("body", b""))
                if service is not None:
                    start, message = _refused(start, service, scope)
                await send(start)
            await send(message)

        await self._app(scope, receive, send_readable)


def _unsupported_service(body: bytes) -> str | None:
    if _UNSUPPORTED.encode() not in body:
        return None
    try:
        error = json.loads(body).get("error", "")
    except (ValueError, AttributeError):
        return None
    return error.removeprefix(_UNSUPPORTED) if error.startswith(_UNSUPPORTED) else None


def _refused(start: Any, service: str, scope: Any) -> tuple[Any, Any]:
    request_headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
    target = request_headers.get(b"x-amz-target", "")
    error = refusal(service, target.rpartition(".")[2] or f"{scope['method']} {scope['path']}")
    speaks_query = request_headers.get(b"content-type", "").startswith("application/x-www-form-urlencoded")
    status, headers, body = query_error_response(error) if speaks_query else error_response(error)
    replaced = {b"content-type", b"content-length"}
    kept = [(name, value) for name, value in start["headers"] if name.lower() not in replaced]
    added = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    length = (b"content-length", str(len(body)).encode())
    return (
        {**start, "status": status, "headers": [*kept, *added, length]},
        {"type": "http.response.body", "body": body},
    )

"""The `Date` of every answer is the playbook clock's, as that of AWS is AWS's own: clients tell the time by it."""

from email.utils import formatdate
from typing import Any

from sandbox.clock import Clock


class ResponseDate:
    """An ASGI app around another; the server in front of it must not add a date of its own."""

    def __init__(self, app: Any, clock: Clock) -> None:
        self._app = app
        self._clock = clock

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def dated(message: Any) -> None:
            if message["type"] == "http.response.start":
                headers = [pair for pair in message.get("headers", ()) if pair[0].lower() != b"date"]
                message = {**message, "headers": [*headers, (b"date", self._date())]}
            await send(message)

        await self._app(scope, receive, dated)

    def _date(self) -> bytes:
        return formatdate(self._clock.now(), usegmt=True).encode()

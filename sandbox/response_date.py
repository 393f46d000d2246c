"""The `Date` of an answer is the playbook clock's where the service's own time is, so that clients can tell it.

Other services' answers bear the machine's: the SDK for JavaScript, which the CDK's command line uses, tries an error
again for most of a minute where the date tells it that its own clock is off.
https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
"""

import re
import time
from email.utils import formatdate
from typing import Any, Final

from sandbox.clock import Clock

# As requests are signed for them; `ministack_time` gives their modules the playbook's time.
SERVICES: Final = frozenset({b"appconfig", b"logs", b"monitoring", b"sns"})
# AWS4-HMAC-SHA256 Credential=<key>/<day>/<region>/<service>/aws4_request, …
_SERVICE: Final = re.compile(rb"Credential=[^/]+/\d{8}/[^/]+/([^/]+)/aws4_request")


class ResponseDate:
    """An ASGI app around another; the server in front of it must not add a date of its own."""

    def __init__(self, app: Any, clock: Clock) -> None:
        self._app = app
        self._clock = clock

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        now = self._clock.now if _service(scope) in SERVICES else time.time

        async def dated(message: Any) -> None:
            if message["type"] == "http.response.start":
                headers = [pair for pair in message.get("headers", ()) if pair[0].lower() != b"date"]
                message = {**message, "headers": [*headers, (b"date", formatdate(now(), usegmt=True).encode())]}
            await send(message)

        await self._app(scope, receive, dated)


def _service(scope: Any) -> bytes:
    authorization = next((value for name, value in scope["headers"] if name.lower() == b"authorization"), b"")
    found = _SERVICE.search(authorization)
    return found[1] if found else b""

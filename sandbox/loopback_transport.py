"""The loopback stands in for TLS.

Clients of AWS always speak TLS, and policies count on it: CDK's bootstrap bucket and our topics deny a request over
plain text (`aws:SecureTransport`). What reaches the sandbox never leaves this machine, so requests count as secure;
without this, enforced IAM would refuse every deployment.
"""

from typing import Any


class LoopbackTransport:
    """ASGI middleware that marks requests as having come over TLS, in the way a terminating proxy does."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            scope = {**scope, "headers": [*scope["headers"], (b"x-forwarded-proto", b"https")]}
        await self._app(scope, receive, send)

"""The loopback stands in for TLS.

Clients of AWS always speak TLS, and policies count on it: CDK's bootstrap bucket and our topics deny a request over
plain text (`aws:SecureTransport`). What reaches the sandbox never leaves this machine, so requests count as secure;
without this, enforced IAM would refuse every deployment. What a service does on its own behalf, such as SNS for an
alarm, is in no request and counts as secure, too.
"""

from contextvars import ContextVar
from typing import Any

from ministack.core import iam_evaluator


def install() -> None:
    """Mark what happens outside any request as secure. Call it once a process."""
    origin: ContextVar[tuple[str, bool]] = ContextVar("origin", default=("127.0.0.1", True))
    iam_evaluator._request_origin = origin  # noqa: SLF001 - MiniStack has no other way in


class LoopbackTransport:
    """ASGI middleware that marks requests as having come over TLS, in the way a terminating proxy does."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            scope = {**scope, "headers": [*scope["headers"], (b"x-forwarded-proto", b"https")]}
        await self._app(scope, receive, send)

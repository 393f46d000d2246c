"""An ASGI app, served from a thread of this process as the sandbox serves itself."""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Iterator
from typing import Any, Final

from sandbox.http_server import serving

_TIMEOUT_S: Final = 20


@contextlib.contextmanager
def served(app: Any) -> Iterator[str]:
    """Serve it while the block runs; its URL."""
    stopping, ready = threading.Event(), threading.Event()
    listening = socket.create_server(("127.0.0.1", 0))
    # Before it is served: the socket is closed at the end.
    port = listening.getsockname()[1]

    async def run() -> None:
        async with serving(app, listening):
            ready.set()
            await asyncio.to_thread(stopping.wait)

    thread = threading.Thread(target=lambda: asyncio.run(run()))
    thread.start()
    assert ready.wait(_TIMEOUT_S)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        stopping.set()
        thread.join()

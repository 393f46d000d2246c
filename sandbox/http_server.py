"""Serves an ASGI app from a socket that listens already.

uvicorn with httptools, whose parser is compiled: a read passes here twice, once as a caller's and once as the shadow's,
and a parser in Python would take a third of the sandbox's time for it.
"""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from typing import Any, Final

import uvicorn

_KEEP_ALIVE_S: Final = 75
_GRACE_S: Final = 1


@contextlib.asynccontextmanager
async def serving(app: Any, listening: socket.socket) -> AsyncIterator[None]:
    """Serve while the block runs; the socket is closed at its end.

    No `Date` is added, since the playbook clock's may be. Whoever runs this keeps its own signal handlers. Raises
    RuntimeError where the app does not start.
    """
    server = _Server(
        uvicorn.Config(
            app,
            http="httptools",
            ws="none",
            lifespan="on",
            access_log=False,
            log_config=None,
            date_header=False,
            server_header=False,
            timeout_keep_alive=_KEEP_ALIVE_S,
            timeout_graceful_shutdown=_GRACE_S,
        )
    )
    with listening:
        # Connections inherit it. asyncio sets it only for sockets that name their protocol, and an answer is two
        # writes: the second would wait 40 ms for the client to acknowledge the first.
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        running = asyncio.create_task(server.serve([listening]))
        ready = asyncio.create_task(server.ready.wait())
        await asyncio.wait({running, ready}, return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            ready.cancel()
            running.result()
        try:
            yield
        finally:
            server.should_exit = True
            await running


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            await super().startup(sockets)
        except SystemExit as ended:  # It would end the loop, whatever else runs there.
            raise RuntimeError("the app could not be started") from ended
        self.ready.set()

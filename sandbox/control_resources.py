"""The log subscription bus and the servers below `/_sandbox/`: PostgreSQL, and what evaluates alarms."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final, Protocol

from sandbox.log_subscriptions import LogSubscriptions

MAX_WAIT_S: Final = 600.0


class LogSubscriptionsResource:
    """GET `?drained_within_s=30` answers when nothing is under way any more, or after as long as that."""

    def __init__(self, bus: LogSubscriptions) -> None:
        self._bus = bus

    async def get(self, query: Mapping[str, str]) -> dict[str, Any]:
        if "drained_within_s" in query:
            await asyncio.to_thread(self._bus.wait_until_drained, _seconds(query["drained_within_s"]))
        return {"settings": self._bus.settings.document(), "counters": self._bus.counters().document()}

    async def put(self, changes: dict[str, Any]) -> dict[str, Any]:
        self._bus.settings = self._bus.settings.changed(changes)
        return await self.get({})


class Server(Protocol):
    """A server that can be stopped, as by a loss of power, and started again. Both block, and do it if it is not so."""

    @property
    def running(self) -> bool: ...
    def start(self) -> None: ...
    def stop(self) -> None: ...


class ServerResource:
    """PUT `{"running": true}` or `false` answers when that is so."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._changing = asyncio.Lock()

    async def get(self, _query: Mapping[str, str]) -> dict[str, Any]:
        return {"running": self._server.running}

    async def put(self, changes: dict[str, Any]) -> dict[str, Any]:
        wanted = changes.get("running")
        if changes.keys() != {"running"} or not isinstance(wanted, bool):
            raise ValueError('the request\'s body is {"running": true} or {"running": false}')
        async with self._changing:
            if wanted != self._server.running:
                await asyncio.to_thread(self._server.start if wanted else self._server.stop)
        return await self.get({})


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= MAX_WAIT_S:
        raise ValueError(f"drained_within_s takes 0 to {MAX_WAIT_S:g} seconds")
    return seconds

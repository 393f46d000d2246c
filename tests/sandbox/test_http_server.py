import asyncio
import contextlib
import http.client
import signal
import socket
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from sandbox.http_server import serving
from tests.sandbox.served_app import served

Send = Callable[[dict[str, Any]], Awaitable[None]]


async def echo(scope: Any, receive: Any, send: Send) -> None:
    """Answers with the request's body, and a date of its own."""
    if scope["type"] == "lifespan":
        await _live(receive, send)
        return
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"date", b"in a canary's time")]})
    await send({"type": "http.response.body", "body": body})


async def _live(receive: Any, send: Send) -> None:
    for event in ("startup", "shutdown"):
        await receive()
        await send({"type": f"lifespan.{event}.complete"})


def connect(url: str) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(url.removeprefix("http://"), timeout=10)


def test_the_apps_date_is_the_only_one() -> None:
    with served(echo) as url, contextlib.closing(connect(url)) as client:
        client.request("POST", "/", body=b"a read")
        answer = client.getresponse()
        assert answer.read() == b"a read"
        assert answer.headers.get_all("date") == ["in a canary's time"]


def test_a_body_in_chunks_arrives_whole() -> None:
    with served(echo) as url, contextlib.closing(connect(url)) as client:
        client.request("PUT", "/", body=iter([b"one,", b"two,", b"three"]), encode_chunked=True)
        assert client.getresponse().read() == b"one,two,three"


def test_a_client_that_asks_whether_to_go_on_is_told_so_in_words() -> None:
    """Old releases of boto3's HTTP client take no status line without a reason: ministackorg/ministack#389."""
    with served(echo) as url:
        host, port = url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=10) as client:
            client.sendall(b"PUT / HTTP/1.1\r\nhost: sandbox\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n")
            assert client.recv(1000).startswith(b"HTTP/1.1 100 Continue\r\n")
            client.sendall(b"ok")
            assert client.recv(1000).startswith(b"HTTP/1.1 200 OK\r\n")


def test_no_part_of_an_answer_waits_for_another_to_be_acknowledged() -> None:
    delaying: list[bool] = []

    async def look_at_connections(scope: Any, receive: Any, send: Send) -> None:
        if scope["type"] == "http":
            transport = receive.__self__.transport
            connection = transport.get_extra_info("socket")
            delaying.append(not connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        await echo(scope, receive, send)

    with served(look_at_connections) as url, contextlib.closing(connect(url)) as client:
        client.request("GET", "/")
        client.getresponse().read()
    assert delaying == [False]


def test_whoever_serves_keeps_its_own_signal_handlers() -> None:
    before = signal.getsignal(signal.SIGTERM)

    async def handler_while_serving() -> Any:
        async with serving(echo, socket.create_server(("127.0.0.1", 0))):
            return signal.getsignal(signal.SIGTERM)

    assert asyncio.run(handler_while_serving()) == before


def test_an_app_that_cannot_start_is_not_served() -> None:
    async def broken(_scope: Any, receive: Any, send: Send) -> None:
        await receive()
        await send({"type": "lifespan.startup.failed", "message": "no state directory"})

    async def serve() -> None:
        async with serving(broken, socket.create_server(("127.0.0.1", 0))):
            raise AssertionError("it is served")

    with pytest.raises(RuntimeError, match="could not be started"):
        asyncio.run(serve())


def test_a_client_that_stays_connected_does_not_keep_the_server_from_ending() -> None:
    with contextlib.ExitStack() as clients, served(echo) as url:
        client = clients.enter_context(contextlib.closing(connect(url)))
        client.request("GET", "/")
        client.getresponse().read()

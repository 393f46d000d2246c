"""A real HTTP server in the place of the AppConfig agent, whose answers, good or broken, a test chooses."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeAlias
from urllib.parse import parse_qs, urlsplit

from shared.names import FLAG_KILL_SWITCH, FLAG_PRISMA_ADAPTER, ResourceNames

NAMES = ResourceNames("beta")


@dataclass
class Exchange:
    """One request in the hands of an `AgentAnswer`. `over` is set when the test is."""

    handler: BaseHTTPRequestHandler
    over: threading.Event


AgentAnswer: TypeAlias = Callable[[Exchange], None]


@dataclass
class AgentServer:
    """`answers` is by flag key; `targets` is what was asked, in order, over how many `connections`."""

    port: int
    answers: dict[str, AgentAnswer]
    targets: list[str] = field(default_factory=list)
    connections: int = 0


def answer_json(document: object) -> AgentAnswer:
    return answer_bytes(json.dumps(document).encode())


def answer_bytes(body: bytes, status: int = 200) -> AgentAnswer:
    def answer(exchange: Exchange) -> None:
        exchange.handler.send_response(status)
        exchange.handler.send_header("Content-Type", "application/json")
        exchange.handler.send_header("Content-Length", str(len(body)))
        exchange.handler.end_headers()
        exchange.handler.wfile.write(body)

    return answer


def answer_not_http(exchange: Exchange) -> None:
    exchange.handler.wfile.write(b"\x00\x01 this is not HTTP\r\n\r\n")
    exchange.handler.close_connection = True


def hang_up(exchange: Exchange) -> None:
    exchange.handler.close_connection = True


def never_answer(exchange: Exchange) -> None:
    exchange.over.wait()


def drip(exchange: Exchange) -> None:
    """A good answer, a byte at a time: each arrives well within a timeout, the whole takes seconds."""
    body = json.dumps({"enabled": True, "percent": 100}).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    for byte in head + body:
        exchange.handler.wfile.write(bytes([byte]))
        if exchange.over.wait(0.02):
            return


def healthy_answers(*, percent: float = 0, killed: bool = False, **attributes: object) -> dict[str, AgentAnswer]:
    """An agent that knows an enabled flag and the kill switch."""
    return {
        FLAG_PRISMA_ADAPTER: answer_json({"enabled": True, "percent": percent, **attributes}),
        FLAG_KILL_SWITCH: answer_json({"enabled": killed}),
    }


@contextmanager
def running_agent(answers: dict[str, AgentAnswer], *, keep_alive: bool = False) -> Iterator[AgentServer]:
    """The server, answering on loopback as the agent's paths of beta do, until the block ends."""
    over = threading.Event()
    configurations = {NAMES.flag_path: FLAG_PRISMA_ADAPTER, NAMES.kill_switch_path: FLAG_KILL_SWITCH}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1" if keep_alive else "HTTP/1.0"

        def setup(self) -> None:
            super().setup()
            server.connections += 1

        def do_GET(self) -> None:
            server.targets.append(self.path)
            target = urlsplit(self.path)
            key = configurations.get(target.path)
            if parse_qs(target.query) != {"flag": [key]} or key not in server.answers:
                answer_bytes(b'{"message": "not found"}', status=404)(Exchange(self, over))
                return
            server.answers[key](Exchange(self, over))

        def log_message(self, *_: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: Any) -> None:
            """A client that gave up is what some tests are about."""

    with Server(("127.0.0.1", 0), Handler) as http_server:
        server = AgentServer(port=http_server.server_address[1], answers=answers)
        thread = threading.Thread(target=http_server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            over.set()
            http_server.shutdown()
            thread.join()

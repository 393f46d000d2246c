"""A real HTTP server that speaks Lambda's Invoke API, whose answers, good or broken, a test chooses.

https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
"""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeAlias


@dataclass
class Invocation:
    """One request in the hands of an `InvokeAnswer`. `over` is set when the test is."""

    handler: BaseHTTPRequestHandler
    target: str
    headers: dict[str, str]
    payload: bytes
    over: threading.Event

    def respond(self, body: bytes, status: int = 200, **headers: str) -> None:
        self.handler.send_response(status)
        for name, value in headers.items():
            self.handler.send_header(name.replace("_", "-"), value)
        self.handler.send_header("Content-Length", str(len(body)))
        self.handler.end_headers()
        self.handler.wfile.write(body)


InvokeAnswer: TypeAlias = Callable[[Invocation], None]


@dataclass
class InvokeServer:
    url: str
    answer: InvokeAnswer
    invocations: list[Invocation] = field(default_factory=list)


def answer_payload(payload: object) -> InvokeAnswer:
    """The function returned this."""
    return answer_bytes(json.dumps(payload).encode())


def answer_bytes(body: bytes) -> InvokeAnswer:
    return lambda invocation: invocation.respond(body, X_Amz_Executed_Version="7")


def function_failed(invocation: Invocation) -> None:
    """An exception left the handler: a 200 with a header.

    https://docs.aws.amazon.com/lambda/latest/dg/python-exceptions.html
    """
    body = json.dumps({"errorMessage": "sentinel", "errorType": "KeyError", "stackTrace": ["sentinel"]}).encode()
    invocation.respond(body, X_Amz_Function_Error="Unhandled", X_Amz_Executed_Version="7")


def refuse(status: int, error: str) -> InvokeAnswer:
    """Lambda did not invoke the function."""
    body = json.dumps({"Type": "User", "message": "sentinel"}).encode()
    return lambda invocation: invocation.respond(body, status, x_amzn_ErrorType=error)


def hang_up(invocation: Invocation) -> None:
    invocation.handler.close_connection = True


def hang_up_half_way(invocation: Invocation) -> None:
    invocation.handler.send_response(200)
    invocation.handler.send_header("Content-Length", "1000")
    invocation.handler.end_headers()
    invocation.handler.wfile.write(b'{"statusCode": 200,')
    invocation.handler.close_connection = True


def answer_not_http(invocation: Invocation) -> None:
    invocation.handler.wfile.write(b"\x00\x01 this is not HTTP\r\n\r\n")
    invocation.handler.close_connection = True


def never_answer(invocation: Invocation) -> None:
    invocation.over.wait()


def drip(answer: object) -> InvokeAnswer:
    """A good answer, a byte at a time: each arrives well within a timeout, the whole takes seconds."""

    def answer_slowly(invocation: Invocation) -> None:
        body = json.dumps(answer).encode()
        invocation.handler.send_response(200)
        invocation.handler.send_header("Content-Length", str(len(body)))
        invocation.handler.end_headers()
        for byte in body:
            invocation.handler.wfile.write(bytes([byte]))
            if invocation.over.wait(0.02):
                return

    return answer_slowly


@contextmanager
def running_lambda(answer: InvokeAnswer) -> Iterator[InvokeServer]:
    """The server, answering on loopback until the block ends."""
    over = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            payload = self.rfile.read(int(self.headers["Content-Length"]))
            invocation = Invocation(self, self.path, dict(self.headers), payload, over)
            server.invocations.append(invocation)
            server.answer(invocation)

        def log_message(self, *_: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        # Kept connections end with the test's client, which is later than the server's own end.
        daemon_threads = True
        block_on_close = False

        def handle_error(self, *_: Any) -> None:
            """A client that gave up is what some tests are about."""

    with Server(("127.0.0.1", 0), Handler) as http_server:
        server = InvokeServer(url=f"http://127.0.0.1:{http_server.server_address[1]}", answer=answer)
        thread = threading.Thread(target=http_server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            over.set()
            http_server.shutdown()
            thread.join()

"""The engine's process, with programs in its place that behave and misbehave as an engine may."""

import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from prisma_read.engine_process import EngineCommand, EngineProcess, EngineStartError

# Noted first, so that a test can see whether the program still runs.
NOTE_PID = "import os, sys, time; open(sys.argv[0] + '.pid', 'w').write(str(os.getpid()))"
SERVE = f"""{NOTE_PID}
import http.server
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/status" else 404)
        self.send_header("Content-Length", "0")
        self.end_headers()
print("to stdout", flush=True)
http.server.HTTPServer((sys.argv[2], int(sys.argv[4])), Handler).serve_forever()
"""
COMPLAIN = f"""{NOTE_PID}
print("a warning", file=sys.stderr)
print('{{"is_panic":false,"message":"s3cret","meta":{{}},"error_code":"P1001"}}', file=sys.stderr)
sys.exit(1)
"""
DIE = f"{NOTE_PID}; sys.exit('this is no JSON')"
SAY_NOTHING = f"{NOTE_PID}; time.sleep(600)"
HOLD_ON = f"""{NOTE_PID}
import signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
{SERVE.removeprefix(NOTE_PID)}"""

PATIENCE_S = 30


@pytest.fixture
def command(tmp_path: Path) -> Callable[[str], EngineCommand]:
    def of(program: str) -> EngineCommand:
        path = tmp_path / "engine with a space"
        path.write_text(f"#!{sys.executable}\n{program}", encoding="utf-8")
        path.chmod(0o755)
        return EngineCommand(program=path, schema=Path("schema.prisma"), datasource="db", url="postgresql://s3cret")

    return of


def started(command: EngineCommand, timeout_s: float) -> EngineProcess:
    """An engine that serves. Raises EngineStartError, and then none is left."""
    engine = EngineProcess.launch(command)
    try:
        engine.await_serving(timeout_s)
    except EngineStartError:
        engine.stop()
        raise
    return engine


def runs(command: EngineCommand) -> bool:
    """Whether the program, which has run for some time, still does."""
    pid = int(Path(f"{command.program}.pid").read_text(encoding="utf-8"))
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_an_engine_is_started_when_it_serves(command: Callable[[str], EngineCommand]) -> None:
    serving = command(SERVE)
    engine = started(serving, PATIENCE_S)
    assert runs(serving)
    assert engine.url.startswith("http://127.0.0.1:")
    engine.stop()
    engine.stop()
    assert not runs(serving)


def test_an_engine_that_names_a_code_before_it_exits_is_an_error_with_that_code_alone(
    command: Callable[[str], EngineCommand],
) -> None:
    complaining = command(COMPLAIN)
    with pytest.raises(EngineStartError) as raised:
        started(complaining, PATIENCE_S)
    assert (raised.value.code, raised.value.timed_out) == ("P1001", False)
    assert "s3cret" not in str(raised.value)
    assert not runs(complaining)


def test_an_engine_that_exits_without_a_code(command: Callable[[str], EngineCommand]) -> None:
    with pytest.raises(EngineStartError) as raised:
        started(command(DIE), PATIENCE_S)
    assert (raised.value.code, raised.value.timed_out) == (None, False)


def test_an_engine_that_never_serves_is_ended_after_the_timeout(command: Callable[[str], EngineCommand]) -> None:
    silent = command(SAY_NOTHING)
    started_s = time.monotonic()
    with pytest.raises(EngineStartError) as raised:
        started(silent, 1)
    assert raised.value.timed_out
    assert 1 <= time.monotonic() - started_s < PATIENCE_S
    assert not runs(silent)


def test_an_engine_that_serves_by_the_time_it_is_waited_for_is_not_too_late(
    command: Callable[[str], EngineCommand],
) -> None:
    engine = started(command(SERVE), PATIENCE_S)
    engine.await_serving(0)
    engine.stop()


def test_a_program_that_is_not_there(command: Callable[[str], EngineCommand]) -> None:
    absent = command(SERVE)
    absent.program.unlink()
    with pytest.raises(EngineStartError) as raised:
        started(absent, PATIENCE_S)
    assert raised.value.code is None


@pytest.mark.parametrize("how", ["does not heed the signal", "is stopped"])
def test_an_engine_that_does_not_end_by_itself_is_killed(command: Callable[[str], EngineCommand], how: str) -> None:
    stubborn = command(HOLD_ON if how == "does not heed the signal" else SERVE)
    engine = started(stubborn, PATIENCE_S)
    if how == "is stopped":
        os.kill(engine.pid, signal.SIGSTOP)
    engine.stop()
    assert not runs(stubborn)


def test_nothing_an_engine_writes_gets_into_the_functions_log(
    command: Callable[[str], EngineCommand], capfd: pytest.CaptureFixture[str]
) -> None:
    started(command(SERVE), PATIENCE_S).stop()
    with pytest.raises(EngineStartError):
        started(command(COMPLAIN), PATIENCE_S)
    assert capfd.readouterr() == ("", "")


def test_the_engine_is_told_its_schema_and_its_database_by_the_environment() -> None:
    command = EngineCommand(program=Path("engine"), schema=Path("a.prisma"), datasource="db", url='postgresql://"')
    trusting = replace(command, authorities=Path("a.pem"))
    environ = command.environ({"PATH": "/bin", "RUST_LOG": "debug"})
    assert environ == {
        "PATH": "/bin",
        "PRISMA_DML_PATH": "a.prisma",
        "PRISMA_CLIENT_ENGINE_TYPE": "binary",
        "PRISMA_ENGINE_PROTOCOL": "graphql",
        "OVERWRITE_DATASOURCES": '[{"name": "db", "url": "postgresql://\\""}]',
        "RUST_LOG": "off",
    }
    # OpenSSL's own variable.
    assert trusting.environ({"PATH": "/bin", "RUST_LOG": "debug"}) == {**environ, "SSL_CERT_FILE": "a.pem"}

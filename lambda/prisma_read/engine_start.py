"""Connects: starts the engine's process, and imports the client while that starts.

The two take about as long, and neither needs the other before both are there. Nothing here imports the client ahead of
that, for importing it is the larger part of a cold start.
"""

import importlib
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from prisma_read.engine_process import EngineCommand, EngineProcess, EngineStartError
from prisma_read.rds_authorities import authorities_file
from prisma_read.read_error import Code, ReadError, Remedy, error_of_prisma_code
from prisma_read.schema_file import schema_file

if TYPE_CHECKING:
    from prisma_read.client import PrismaEngine

_DATASOURCE: Final = "db"


def connect(program: Path, url: str, timeout_s: float) -> "PrismaEngine":
    """A client on an engine for a database. Raises ReadError, and then nothing is left running."""
    try:
        process = EngineProcess.launch(engine_command(program, url))
    except EngineStartError as error:
        raise _failure(error) from None
    try:
        client = import_client()
        process.await_serving(timeout_s)
        engine: PrismaEngine = client.PrismaEngine(process)
    except EngineStartError as error:
        process.stop()
        raise _failure(error) from None
    except BaseException:
        process.stop()
        raise
    return engine


def import_client() -> ModuleType:
    """`prisma_read.client`. Raises ImportError where the package was built without it."""
    return importlib.import_module("prisma_read.client")


def engine_command(program: Path, url: str) -> EngineCommand:
    """How the engine is started for a connection URL."""
    return EngineCommand(
        program=program,
        schema=schema_file(),
        datasource=_DATASOURCE,
        url=url,
        authorities=authorities_file(urlsplit(url).hostname or ""),
    )


def _failure(error: EngineStartError) -> ReadError:
    if error.timed_out:
        return ReadError(Code.TIMEOUT)
    if error.code is None:
        return ReadError(Code.ENGINE, Remedy.RECONNECT)
    return error_of_prisma_code(error.code)

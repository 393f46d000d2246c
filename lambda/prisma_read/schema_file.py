"""Where the schema is that the client was generated from, found without importing the client."""

import importlib.util
from pathlib import Path


def schema_file() -> Path:
    """Beside the client's package. Raises ModuleNotFoundError where there is none."""
    found = importlib.util.find_spec("prisma")
    if found is None or found.origin is None:
        raise ModuleNotFoundError("the package prisma is missing", name="prisma")
    return Path(found.origin).with_name("schema.prisma")

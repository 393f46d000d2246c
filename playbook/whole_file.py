"""Files that are there in full or not at all, whenever a command is killed."""

import tempfile
from pathlib import Path


def write_whole(path: Path, text: str) -> None:
    """Write the text, and make the folder if it is missing. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".writing-") as folder:
        written = Path(folder) / path.name
        written.write_text(text, encoding="utf-8")
        written.replace(path)

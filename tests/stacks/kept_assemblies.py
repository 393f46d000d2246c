"""Cloud assemblies that tests read: each made once, by whichever process asks first, and again when a source changes.

A synthesis takes as long as hundreds of tests. What is kept is named by the hash of all that a synthesis reads, as the
functions' packages are, so that it is never another than a new one would be.
"""

import fcntl
import hashlib
import shutil
import sys
import sysconfig
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

# Of what lies in these nothing goes into a synthesis; installed packages count by their names and versions.
_NO_SOURCES: Final = frozenset({"tests", "docs", "build", "cdk.out", "node_modules"})


@dataclass(frozen=True)
class KeptAssemblies:
    """Assemblies of the sources in `repository`, kept in `folder`. Those of earlier sources are forgotten."""

    repository: Path
    folder: Path

    def get(self, content: str, synthesise: Callable[[Path], None]) -> Path:
        """The folder that `synthesise` filled, which nobody may write to; `content` tells it from the others.

        Raises what `synthesise` raises, and keeps nothing then.
        """
        kept = self.folder / self._sources_digest / hashlib.sha256(content.encode()).hexdigest()[:16]
        with self._alone():
            if not kept.is_dir():
                self._forget_earlier_sources()
                kept.parent.mkdir(exist_ok=True)
                with tempfile.TemporaryDirectory(dir=kept.parent, prefix="unfinished-") as workplace:
                    unfinished = Path(workplace) / "cdk.out"
                    synthesise(unfinished)
                    unfinished.rename(kept)
        return kept

    @cached_property
    def _sources_digest(self) -> str:
        """Of every file that a synthesis may read, and of the interpreter and the packages that run it."""
        packages = sorted(path.name for path in Path(sysconfig.get_path("purelib")).glob("*.dist-info"))
        digest = hashlib.sha256("\n".join((sys.version, sys.platform, *packages)).encode())
        for source in sorted(self._sources()):
            digest.update(f"\0{source.relative_to(self.repository).as_posix()}\0".encode())
            digest.update(hashlib.sha256(source.read_bytes()).digest())
        return digest.hexdigest()[:16]

    def _sources(self) -> Iterator[Path]:
        for top in self.repository.iterdir():
            if top.is_file():
                yield top
            elif top.name not in _NO_SOURCES and not top.name.startswith("."):
                yield from (path for path in top.rglob("*") if path.is_file() and path.suffix != ".pyc")

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Let in one process at a time, so that a second finds what the first has made."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _forget_earlier_sources(self) -> None:
        for other in self.folder.iterdir():
            if other.is_dir() and other.name != self._sources_digest:
                shutil.rmtree(other)

"""Prisma's query engine for Lambda: downloaded once, and used only if it is the one that is locked.

The engine is a native binary from Prisma's own host, by commit and target. `prisma_engine.lock.json` holds the SHA-256
of each compressed binary; a target without one can be locked on a machine that reaches the host (`make engine-lock`).
PRISMA_ENGINES_MIRROR names another host, as for Prisma's own command line.
"""

import gzip
import hashlib
import json
import os
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any, Final

from stacks.extension_layers import Architecture
from stacks.wheels import BundleError

ENGINES_HOST: Final = "https://binaries.prisma.sh"
LOCK: Final = Path(__file__).with_name("prisma_engine.lock.json")

# https://www.prisma.io/docs/orm/reference/prisma-schema-reference#binarytargets-options
TARGETS: Final = {
    Architecture.ARM64: "linux-arm64-openssl-3.0.x",
    Architecture.X86_64: "rhel-openssl-3.0.x",
}
_TIMEOUT_SECONDS: Final = 60


def locked() -> dict[str, Any]:
    """The lock: `commit`, and `sha256` of the compressed engine by target."""
    return dict(json.loads(LOCK.read_text(encoding="utf-8")))


def fetch_engine(architecture: Architecture, cache: Path) -> Path:
    """The unpacked engine for a function's architecture, verified, from `cache` if it is there.

    Raises BundleError, which says what to do, when the engine is not locked, cannot be had or is another.
    """
    target = TARGETS[architecture]
    lock = locked()
    expected = lock["sha256"].get(target)
    if expected is None:
        raise BundleError(
            f"Prisma's engine for {target} is not locked. Run `make engine-lock` on a machine that reaches "
            f"{_host()}, check the hash against another source, and commit {LOCK.name}."
        )
    engine = cache / f"query-engine-{target}-{expected[:16]}"
    if engine.is_file():
        return engine
    compressed = _download(lock["commit"], target)
    found = hashlib.sha256(compressed).hexdigest()
    if found != expected:
        raise BundleError(
            f"Prisma's engine for {target} has the SHA-256 {found}, and {LOCK.name} says {expected}. Nothing was "
            "built: find out which of the two is right before you change the lock."
        )
    cache.mkdir(parents=True, exist_ok=True)
    unfinished = engine.with_suffix(f".{os.getpid()}")
    unfinished.write_bytes(gzip.decompress(compressed))
    unfinished.chmod(0o755)
    unfinished.replace(engine)
    return engine


def _host() -> str:
    return os.environ.get("PRISMA_ENGINES_MIRROR", ENGINES_HOST).rstrip("/")


def _download(commit: str, target: str) -> bytes:
    url = f"{_host()}/all_commits/{commit}/{target}/query-engine.gz"
    if not url.startswith("https://"):
        raise BundleError(f"{url} is not an https address; an engine is not fetched in the clear.")
    try:
        with urllib.request.urlopen(url, timeout=_TIMEOUT_SECONDS) as answer:  # noqa: S310 — https, checked above
            return bytes(answer.read())
    except (OSError, urllib.error.URLError) as error:
        raise BundleError(
            f"Prisma's engine could not be downloaded from {url} ({error}). Deploy from a machine that reaches it, or "
            "set PRISMA_ENGINES_MIRROR to one that you trust."
        ) from error


def main() -> int:
    """Lock every target that this machine can download. Exit code 1 when there is one it cannot."""
    lock = locked()
    failures = 0
    for target in TARGETS.values():
        try:
            found = hashlib.sha256(_download(lock["commit"], target)).hexdigest()
        except BundleError as error:
            print(error, file=sys.stderr)
            failures += 1
            continue
        known = lock["sha256"].get(target)
        if known not in {None, found}:
            print(f"{target}: {LOCK.name} says {known}, the host says {found}; left as it is", file=sys.stderr)
            failures += 1
            continue
        lock["sha256"][target] = found
        print(f"{target}: {found}")
    LOCK.write_text(f"{json.dumps(lock, indent=2, sort_keys=True)}\n", encoding="utf-8")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())

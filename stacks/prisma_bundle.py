"""The Prisma functions' package: our code, the generated client, migrations, RDS's authorities and the engine.

It is built when it is published and not when templates are synthesised: the cloud assembly names a command that builds
it. So `cdk synth`, `cdk diff` and the tests need no engine, and a deployment that cannot have one ends here, with a
message that says what to do. In the sandbox no engine is packed: its functions find one in their environment.

    python -m stacks.prisma_bundle lambda arm64      # prints the path of the zip file
"""

import hashlib
import os
import shutil
import sys
import zipfile
from pathlib import Path
from typing import Final

from stacks.bundle import BUILD, LAMBDA_ROOT, REPOSITORY, Recipe, build_bundle
from stacks.bytecode import Bytecode
from stacks.environments import BundlePlatform
from stacks.extension_layers import Architecture
from stacks.prisma_client import PrismaClientError, client_digest, generate_client
from stacks.prisma_engine import LOCK, fetch_engine
from stacks.rds_authorities import RdsAuthorities
from stacks.wheels import BundleError

ENGINE: Final = "query-engine"
_MIGRATIONS: Final = REPOSITORY / "prisma" / "migrations"
# Zip files keep local time; this is the earliest they can hold.
_ZIP_EPOCH: Final = (1980, 1, 1, 0, 0, 0)


class GeneratedClient:
    """The client stands in for the package of the same name, whose engine downloader and command line are left out."""

    def identity(self, _target: BundlePlatform, _architecture: Architecture) -> bytes:
        return client_digest().encode()

    def add_to(self, folder: Path, _target: BundlePlatform, _architecture: Architecture) -> None:
        try:
            client = generate_client()
        except PrismaClientError as error:
            raise BundleError(str(error)) from error
        shutil.rmtree(folder / "prisma", ignore_errors=True)
        shutil.copytree(client / "prisma", folder / "prisma")


class Migrations:
    """`prisma/migrations`, for prisma-migrate."""

    def identity(self, _target: BundlePlatform, _architecture: Architecture) -> bytes:
        digest = hashlib.sha256()
        for migration in sorted(_MIGRATIONS.rglob("*.sql")):
            digest.update(f"{migration.relative_to(_MIGRATIONS).as_posix()}\0".encode())
            digest.update(migration.read_bytes())
        return digest.digest()

    def add_to(self, folder: Path, _target: BundlePlatform, _architecture: Architecture) -> None:
        shutil.copytree(_MIGRATIONS, folder / "migrations")


class Engine:
    """The native engine beside the code; none for this machine, where the sandbox brings its own."""

    def identity(self, target: BundlePlatform, _architecture: Architecture) -> bytes:
        return LOCK.read_bytes() if target is BundlePlatform.LAMBDA else b"no engine"

    def add_to(self, folder: Path, target: BundlePlatform, architecture: Architecture) -> None:
        if target is BundlePlatform.LAMBDA:
            shutil.copy2(fetch_engine(architecture, BUILD / "engines"), folder / ENGINE)


PRISMA: Final = Recipe(
    name="prisma-read",
    packages=("prisma_read", "shared"),
    lock=LAMBDA_ROOT / "prisma_read" / "requirements.lock",
    parts=(GeneratedClient(), Migrations(), RdsAuthorities(), Engine(), Bytecode()),
)


def build_zip(target: BundlePlatform, architecture: Architecture) -> Path:
    """The package as one file, the same bytes for the same folder. Raises BundleError."""
    folder = build_bundle(PRISMA, target, architecture)
    archive = folder.with_suffix(".zip")
    if archive.is_file():
        return archive
    unfinished = archive.with_suffix(f".{os.getpid()}")
    with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED) as packed:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), _ZIP_EPOCH)
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.external_attr = (path.stat().st_mode & 0xFFFF) << 16
                packed.writestr(entry, path.read_bytes())
    unfinished.replace(archive)
    engine = folder / ENGINE
    size_mb = archive.stat().st_size / 1e6
    print(f"{archive.name}: {size_mb:.1f} MB, {'with' if engine.is_file() else 'without'} an engine", file=sys.stderr)
    return archive


def main(arguments: list[str]) -> int:
    """Print where the zip file is, for the CDK command line to publish."""
    target, architecture = BundlePlatform(arguments[0]), Architecture(arguments[1])
    try:
        print(build_zip(target, architecture))
    except BundleError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

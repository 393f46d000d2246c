"""The Prisma package: built for Lambda as far as a machine without the engine can."""

import gzip
import hashlib
import http.server
import json
import shutil
import ssl
import subprocess
import threading
import time
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from struct import unpack_from

import pytest

from prisma_read.rds_authorities import AUTHORITIES
from stacks import prisma_engine
from stacks.bundle import REPOSITORY, build_bundle
from stacks.environments import BundlePlatform
from stacks.extension_layers import SUPPORTED_REGIONS, Architecture
from stacks.prisma_bundle import PRISMA, Engine, build_zip
from stacks.wheels import BundleError

ELF_MACHINES = {Architecture.ARM64: 183, Architecture.X86_64: 62}
WITHOUT_ENGINE = replace(PRISMA, parts=tuple(part for part in PRISMA.parts if not isinstance(part, Engine)))


def _python_3_13() -> str | None:
    found = shutil.which("python3.13")
    if found and subprocess.run([found, "-c", ""], capture_output=True, check=False).returncode == 0:
        return found
    return None


@pytest.mark.parametrize("architecture", Architecture)
def test_native_code_in_the_package_is_of_the_functions_architecture(architecture: Architecture) -> None:
    package = build_bundle(WITHOUT_ENGINE, BundlePlatform.LAMBDA, architecture)

    shared_objects = list(package.rglob("*.so"))
    assert shared_objects
    for shared_object in shared_objects:
        (machine,) = unpack_from("<H", shared_object.read_bytes(), 18)
        assert machine == ELF_MACHINES[architecture], shared_object.name


def test_the_package_is_at_most_15_mb_zipped_without_the_engine(tmp_path: Path) -> None:
    package = build_bundle(WITHOUT_ENGINE, BundlePlatform.LAMBDA, Architecture.X86_64)

    with zipfile.ZipFile(tmp_path / "package.zip", "w", zipfile.ZIP_DEFLATED) as packed:
        for path in package.rglob("*"):
            if path.is_file():
                packed.write(path, path.relative_to(package))
    assert (tmp_path / "package.zip").stat().st_size <= 15_000_000


def test_the_package_holds_client_migrations_and_handlers_and_no_engine_downloader() -> None:
    package = build_bundle(WITHOUT_ENGINE, BundlePlatform.LAMBDA, Architecture.ARM64)

    assert (package / "prisma" / "client.py").is_file()
    assert (package / "prisma" / "schema.prisma").is_file()
    assert list((package / "migrations").glob("*/migration.sql"))
    for handler in ("handler", "shadow_handler", "migrate_handler"):
        assert (package / "prisma_read" / f"{handler}.py").is_file()
    assert not (package / "botocore").exists()


def test_the_package_holds_amazons_authorities_where_the_handlers_look_for_them() -> None:
    package = build_bundle(WITHOUT_ENGINE, BundlePlatform.LAMBDA, Architecture.ARM64)
    folder = package / AUTHORITIES.relative_to(REPOSITORY / "lambda")

    assert {f"{region}.pem" for region in SUPPORTED_REGIONS} <= {file.name for file in folder.iterdir()}
    for file in folder.iterdir():
        authorities = ssl.create_default_context(cafile=file).get_ca_certs()
        # Few enough to be read at every cold start, and none that has expired.
        assert 6 <= len(authorities) <= 10, file.name
        assert all(ssl.cert_time_to_seconds(str(authority["notAfter"])) > time.time() for authority in authorities)


@pytest.mark.skipif(_python_3_13() is None, reason="no Python 3.13 on this machine")
def test_the_package_for_x86_64_imports_under_python_3_13_with_nothing_else_at_hand() -> None:
    package = build_bundle(WITHOUT_ENGINE, BundlePlatform.LAMBDA, Architecture.X86_64)
    program = (
        f"import sys; sys.path[:0] = [{str(package)!r}]\n"
        "import prisma, pg8000.native, httpx, pydantic, wrapt\n"
        "import prisma_read.prisma_reader, prisma_read.migration_run, prisma_read.client\n"
        "print(prisma.__file__)\n"
    )

    # Neither the user's nor the machine's site-packages, and no bytecode left in the package.
    done = subprocess.run(
        [str(_python_3_13()), "-I", "-S", "-B", "-c", program], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str(package / "prisma" / "__init__.py")


def test_a_changed_migration_makes_another_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = PRISMA.digest(BundlePlatform.LAMBDA, Architecture.ARM64)
    migration = tmp_path / "20990101000000_more" / "migration.sql"
    migration.parent.mkdir()
    migration.write_text("SELECT 1;")

    monkeypatch.setattr("stacks.prisma_bundle._MIGRATIONS", tmp_path)

    assert PRISMA.digest(BundlePlatform.LAMBDA, Architecture.ARM64) != before


def test_the_same_folder_gives_the_same_zip_file(tmp_path: Path) -> None:
    first = build_zip(BundlePlatform.THIS_MACHINE, Architecture.ARM64)
    kept = tmp_path / "first.zip"
    shutil.move(first, kept)

    second = build_zip(BundlePlatform.THIS_MACHINE, Architecture.ARM64)

    assert kept.read_bytes() == second.read_bytes()


def test_an_engine_that_cannot_be_downloaded_ends_the_build_and_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PRISMA_ENGINES_MIRROR", "https://127.0.0.1:9")

    with pytest.raises(
        BundleError, match=r"could not be downloaded from https://127\.0\.0\.1:9/.*PRISMA_ENGINES_MIRROR"
    ):
        prisma_engine.fetch_engine(Architecture.ARM64, tmp_path)


def test_an_engine_that_nobody_locked_is_not_used(tmp_path: Path) -> None:
    assert "rhel-openssl-3.0.x" not in prisma_engine.locked()["sha256"]

    with pytest.raises(BundleError, match=r"rhel-openssl-3\.0\.x is not locked.*make engine-lock"):
        prisma_engine.fetch_engine(Architecture.X86_64, tmp_path)


def test_an_engine_is_never_fetched_in_the_clear(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRISMA_ENGINES_MIRROR", "http://127.0.0.1:9")

    with pytest.raises(BundleError, match="not an https address"):
        prisma_engine.fetch_engine(Architecture.ARM64, tmp_path)


@pytest.fixture
def mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[bytes]:
    """A real https server with an engine that is none; yields the compressed file it serves."""
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=127.0.0.1"),
            *("-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)),
        ],
        capture_output=True,
        check=True,
    )
    engine = gzip.compress(b"not the engine")

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(engine)))
            self.end_headers()
            self.wfile.write(engine)

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    monkeypatch.setenv("PRISMA_ENGINES_MIRROR", f"https://127.0.0.1:{server.server_address[1]}")
    yield engine
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl to make a certificate with")
def test_an_engine_other_than_the_locked_one_is_refused(tmp_path: Path, mirror: bytes) -> None:
    found = hashlib.sha256(mirror).hexdigest()

    with pytest.raises(BundleError, match=rf"SHA-256 {found}.*which of the two is right"):
        prisma_engine.fetch_engine(Architecture.ARM64, tmp_path / "engines")

    assert not (tmp_path / "engines").exists()


@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl to make a certificate with")
def test_the_locked_engine_is_unpacked_once_and_may_be_run(
    tmp_path: Path, mirror: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = tmp_path / "engine.lock.json"
    target = "linux-arm64-openssl-3.0.x"
    lock.write_text(json.dumps({"commit": "c0ffee", "sha256": {target: hashlib.sha256(mirror).hexdigest()}}))
    monkeypatch.setattr(prisma_engine, "LOCK", lock)

    engine = prisma_engine.fetch_engine(Architecture.ARM64, tmp_path / "engines")

    assert engine.read_bytes() == b"not the engine"
    assert engine.stat().st_mode & 0o111
    monkeypatch.setenv("PRISMA_ENGINES_MIRROR", "https://127.0.0.1:9")
    assert prisma_engine.fetch_engine(Architecture.ARM64, tmp_path / "engines") == engine

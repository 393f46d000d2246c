"""Folders as a cold function finds them: its package, and what Lambda's runtime brings.

Nothing else of the developer's environment is to be found: httpx, for one, imports rich and h2 wherever they are.
"""

import shutil
import sysconfig
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from stacks.bundle import Recipe, build_bundle
from stacks.bytecode import Bytecode
from stacks.environments import SANDBOX
from stacks.prisma_client import generate_client

_SITE_PACKAGES: Final = Path(sysconfig.get_path("purelib"))
REPOSITORY: Final = Path(__file__).resolve().parents[2]
# https://docs.aws.amazon.com/lambda/latest/dg/lambda-python.html#python-sdk-included
RUNTIME: Final = ("boto3", "botocore", "dateutil", "jmespath", "s3transfer", "six.py", "urllib3")
# What a package with `aws-lambda-powertools[tracer]` holds.
POWERTOOLS: Final = ("aws_lambda_powertools", "aws_xray_sdk", "typing_extensions.py", "wrapt")


@contextmanager
def search_path(recipe: Recipe, *, installed: Sequence[str] = ()) -> Iterator[list[str]]:
    """What `sys.path` begins with in a function of this package, with some packages that are installed here besides.

    The repository comes last: a contender that is no function of ours lives there. Raises BundleError.
    """
    with tempfile.TemporaryDirectory(prefix="runtime-") as name:
        package = build_bundle(recipe, SANDBOX.bundle_platform, SANDBOX.architecture)
        linked = Path(name)
        for entry in (*RUNTIME, *installed):
            (linked / entry).symlink_to(_SITE_PACKAGES / entry)
        yield [str(package), str(linked), str(REPOSITORY)]


@contextmanager
def client_as_generated() -> Iterator[str]:
    """A folder with the package `prisma` as its own generator leaves it, which is with the generator; compiled."""
    with tempfile.TemporaryDirectory(prefix="client-") as name:
        package = Path(shutil.copytree(generate_client(), name, dirs_exist_ok=True)) / "prisma"
        shutil.rmtree(package / "generator")
        shutil.copytree(_SITE_PACKAGES / "prisma" / "generator", package / "generator")
        Bytecode().add_to(Path(name), SANDBOX.bundle_platform, SANDBOX.architecture)
        yield name

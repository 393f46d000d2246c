"""What tests of more than one folder share: an embedded AWS, one for each test process."""

import functools
from collections.abc import Iterator
from pathlib import Path

import botocore.session
import pytest
from hypothesis import settings
from hypothesis.configuration import set_hypothesis_home_dir

from tests.sandbox_process import RunningSandbox, running_sandbox

# Without time limits, which a busy machine breaks, and outside the sources.
set_hypothesis_home_dir(Path(__file__).parents[1] / ".cache" / "hypothesis")
settings.register_profile("here", deadline=None, database=None)
settings.load_profile("here")

# botocore reads the services' descriptions, megabytes of JSON, again for each session. They are the same for all.
botocore.session.create_loader = functools.cache(botocore.session.create_loader)


@pytest.fixture(scope="session")
def sandbox() -> Iterator[RunningSandbox]:
    """A sandbox of `python -m sandbox serve`, shared by the tests of a process: give resources names of your own."""
    with running_sandbox() as running:
        yield running

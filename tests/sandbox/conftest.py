"""What tests of several parts of the sandbox share."""

from collections.abc import Iterator

import pytest

from tests.sandbox_process import RunningSandbox, running_sandbox


@pytest.fixture(scope="session")
def past_sandbox() -> Iterator[RunningSandbox]:
    """A sandbox whose time began two days ago and which tests let run faster, and jump: never count on where it is."""
    with running_sandbox("--clock-behind", str(2 * 86_400)) as running:
        yield running

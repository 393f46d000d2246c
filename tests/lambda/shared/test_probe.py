"""Who may ask for a read that counts nowhere, and where."""

from typing import Any

import pytest

from shared.probe import is_probe, probed_path

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:huntaze-mock-read"


@pytest.mark.parametrize("path", ["mock", "prisma"])
def test_a_numbered_version_may_be_probed_on_either_path(path: str) -> None:
    assert probed_path({"userId": "user-7", "probe": path}, f"{FUNCTION}:12") == path


@pytest.mark.parametrize("qualifier", ["", ":live", ":$LATEST", ":12a", ":\u0661", ":"])
def test_through_an_alias_or_no_qualifier_the_key_is_ignored(qualifier: str) -> None:
    assert probed_path({"userId": "user-7", "probe": "prisma"}, f"{FUNCTION}{qualifier}") is None


@pytest.mark.parametrize("event", [None, [], "probe", {}, {"userId": "user-7"}])
def test_without_the_key_a_version_reads_as_for_a_user(event: Any) -> None:
    assert probed_path(event, f"{FUNCTION}:12") is None
    assert not is_probe(event)


@pytest.mark.parametrize("value", ["both", "", None, True, ["mock"], {"mock": 1}])
def test_a_path_that_is_none_is_no_probe(value: Any) -> None:
    assert probed_path({"userId": "user-7", "probe": value}, f"{FUNCTION}:12") is None


def test_a_function_whose_name_is_a_number_is_not_taken_for_a_version() -> None:
    assert probed_path({"probe": "mock"}, "arn:aws:lambda:us-east-1:123456789012:function:7") is None

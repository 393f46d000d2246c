"""Environment variables: a wrong one is named, a secret one is not repeated."""

import pytest

from shared.environ import SettingsError, digest_key


@pytest.mark.parametrize("length", [32, 64])
def test_a_digest_key_has_32_to_64_characters(length: int) -> None:
    key = "k" * length
    assert digest_key({"HUNTAZE_DIGEST_KEY": key}) == key


@pytest.mark.parametrize("key", ["sentinel", "sentinel" * 10, "\u00e9" * 32])
def test_any_other_is_refused_without_being_repeated(key: str) -> None:
    with pytest.raises(SettingsError, match=r"^HUNTAZE_DIGEST_KEY must have") as refusal:
        digest_key({"HUNTAZE_DIGEST_KEY": key})
    assert key[:8] not in str(refusal.value)


def test_a_missing_digest_key_is_named() -> None:
    with pytest.raises(SettingsError, match=r"^HUNTAZE_DIGEST_KEY is not set"):
        digest_key({})

"""Reading environment variables, each checked once at the cold start."""

from collections.abc import Mapping
from typing import Final

# A keyed BLAKE2b takes keys up to 64 bytes; fewer than 32 characters could be tried out.
_SHORTEST_KEY: Final = 32
_LONGEST_KEY: Final = 64


class SettingsError(ValueError):
    """A variable is missing or unusable; the message names it."""


def required(environ: Mapping[str, str], name: str) -> str:
    """Raises SettingsError, as all of these do."""
    value = environ.get(name, "")
    if not value:
        raise SettingsError(f"{name} is not set")
    return value


def positive(environ: Mapping[str, str], name: str) -> int:
    text = required(environ, name)
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise SettingsError(f"{name} is {text!r}; it must be a whole number above 0")
    return int(text)


def digest_key(environ: Mapping[str, str]) -> str:
    """The key of the shadow's digests, the same on both sides. No message repeats it."""
    name = "HUNTAZE_DIGEST_KEY"
    key = required(environ, name)
    if not (key.isascii() and _SHORTEST_KEY <= len(key) <= _LONGEST_KEY):
        raise SettingsError(f"{name} must have {_SHORTEST_KEY} to {_LONGEST_KEY} ASCII characters")
    return key

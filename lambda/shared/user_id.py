"""Which texts are user ids."""

import re
from typing import Final, TypeGuard

# Opaque, because ids are what logs and traces carry of a user: an e-mail address does not match.
_USER_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


def is_user_id(value: object) -> TypeGuard[str]:
    """Whether this is 1 to 64 letters, digits, - and _ that begin with a letter or digit."""
    return isinstance(value, str) and _USER_ID.fullmatch(value) is not None

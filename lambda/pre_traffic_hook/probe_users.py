"""Whom every new version is asked for: few, and between them every kind of value that a field can hold.

`tests/lambda/pre_traffic_hook/test_probe_users.py` says what that means, against the fixture.
"""

from collections.abc import Mapping
from typing import Final

# An id that no user has, and one that no user can have.
UNKNOWN_USER: Final = "user-0"
MALFORMED_USER: Final = "no user@all"

KNOWN_USERS: Final = (
    "user-1",
    "user-2",
    "user-3",
    "user-4",
    "user-5",
    "user-6",
    "user-7",
    "user-8",
    "user-9",
    "user-10",
    "user-11",
    "user-12",
    "user-13",
    "user-14",
    "user-15",
)

# The status that is right, by user.
EXPECTED_STATUS: Final[Mapping[str, int]] = {
    **dict.fromkeys(KNOWN_USERS, 200),
    UNKNOWN_USER: 404,
    MALFORMED_USER: 400,
}

"""What every read path offers: the mock, the candidate, and the fakes of the tests."""

import re
from typing import Any, Final, Protocol, TypeAlias

# A user as a JSON object; `fixture_users.json` shows the shape.
Document: TypeAlias = dict[str, Any]

_CODE: Final = re.compile(r"[a-z][a-z0-9-]{0,39}")


class CandidateError(Exception):
    """The candidate could not answer. `code` is one short word for logs and metrics, such as `timeout`.

    Raises ValueError for a code that is no such word: a sentence might carry a user's values into a log.
    """

    def __init__(self, code: str) -> None:
        if not _CODE.fullmatch(code):
            raise ValueError("a code is at most 40 lower-case letters, digits and -, and starts with a letter")
        super().__init__(code)
        self.code: Final = code


class Reader(Protocol):
    """A way to read a user."""

    def read(self, user_id: str) -> Document | None:
        """The user, or None when there is no such user. The document is the caller's own to change."""

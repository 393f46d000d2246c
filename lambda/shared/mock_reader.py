"""The path that has always served: fifty made-up users from a file beside this module."""

from pathlib import Path
from typing import Final

import orjson

from shared.reader import Document

FIXTURE: Final = Path(__file__).with_name("fixture_users.json")


class MockReader:
    """A Reader of the fixture. Each read parses its text anew, so no caller can change what the next gets."""

    def __init__(self) -> None:
        users = orjson.loads(FIXTURE.read_bytes())
        self._texts = {user["id"]: orjson.dumps(user) for user in users}

    def read(self, user_id: str) -> Document | None:
        text = self._texts.get(user_id)
        if text is None:
            return None
        document: Document = orjson.loads(text)
        return document

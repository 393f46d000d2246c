"""The path that is to take over. It does not serve yet: a read sent here falls back to the mock."""

from typing import NoReturn

from shared.reader import CandidateError


class CandidateReader:
    """A Reader that says so."""

    def read(self, user_id: str) -> NoReturn:  # noqa: ARG002 — the Reader's signature
        raise CandidateError("not-available")

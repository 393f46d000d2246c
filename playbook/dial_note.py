"""What a version and its deployment say of themselves: what was done, by whom, when, and in which attempt.

AppConfig keeps it in the same call that does it, so it is right even where the journal is not yet. A description takes
1,024 characters, and ASCII only.
https://docs.aws.amazon.com/appconfig/2019-10-09/APIReference/API_CreateHostedConfigurationVersion.html
"""

import re
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, Self

_LONGEST: Final = 1024
_STAMP: Final = "%Y-%m-%dT%H:%M:%SZ"
_NOTE: Final = re.compile(r"(?P<what>.*); by (?P<operator>\S+) at (?P<at>\S+); attempt (?P<attempt>[0-9a-f]{8})")


@dataclass(frozen=True, kw_only=True)
class DialNote:
    """`operator` is an ARN, `at` the account's time to the second. No two attempts have the same `attempt`."""

    what: str
    operator: str
    at: datetime
    attempt: str = field(default_factory=lambda: secrets.token_hex(4))

    def __str__(self) -> str:
        rest = f"; by {self.operator} at {self.at.astimezone(UTC):{_STAMP}}; attempt {self.attempt}"
        ascii_only = self.what.encode("ascii", "replace").decode()
        what = "".join(character if character.isprintable() else " " for character in ascii_only)
        return what[: _LONGEST - len(rest)] + rest

    @classmethod
    def parse(cls, description: str) -> Self | None:
        """The note that a description is; None for one of somebody who writes none, such as the guardian."""
        match = _NOTE.fullmatch(description)
        if match is None:
            return None
        try:
            at = datetime.strptime(match["at"], _STAMP).replace(tzinfo=UTC)
        except ValueError:
            return None
        return cls(what=match["what"], operator=match["operator"], at=at, attempt=match["attempt"])

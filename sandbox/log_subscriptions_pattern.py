"""Filter patterns of subscription filters: the terms a log event must, may and must not contain. Pure.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html. Patterns for JSON, for
space-delimited events and with regular expressions are refused, and so are optional terms beside others.
"""

import functools
import re
from dataclasses import dataclass
from typing import Final, Self

_TERM: Final = re.compile(r'\s*(?P<sign>[?-]?)(?:"(?P<phrase>(?:[^"\\]|\\.)*)"|(?P<word>\w+))(?=\s|$)')
_OTHER_KINDS: Final = {"{": "JSON", "[": "space-delimited", "%": "regular expression"}


class PatternError(ValueError):
    """The pattern is none, or of a kind that the sandbox does not do; the message says which."""


@dataclass(frozen=True)
class FilterPattern:
    """Terms, matched with regard to case. Without any, every event matches."""

    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()

    @classmethod
    @functools.cache
    def parse(cls, pattern: str) -> Self:
        """Raises `PatternError`."""
        rest = pattern.strip()
        if rest[:1] in _OTHER_KINDS:
            raise PatternError(f"the sandbox does not do {_OTHER_KINDS[rest[:1]]} filter patterns")
        terms: dict[str, list[str]] = {"": [], "?": [], "-": []}
        while rest:
            match = _TERM.match(rest)
            if match is None:
                raise PatternError(
                    f"Invalid filter pattern: a term with other characters than letters and digits is quoted: {rest}"
                )
            phrase = match["phrase"]
            terms[match["sign"]].append(match["word"] if phrase is None else re.sub(r"\\(.)", r"\1", phrase))
            rest = rest[match.end() :].strip()
        if terms["?"] and (terms[""] or terms["-"]):
            raise PatternError("the sandbox does not do optional terms beside others")
        return cls(tuple(terms[""]), tuple(terms["?"]), tuple(terms["-"]))

    def matches(self, message: str) -> bool:
        return (
            all(term in message for term in self.required)
            and not any(term in message for term in self.excluded)
            and (not self.optional or any(term in message for term in self.optional))
        )

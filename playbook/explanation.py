"""One user by both paths, side by side: what each answered, leaf by leaf, and where they differ."""

import json
from dataclasses import dataclass
from typing import Any, Final

from playbook.version_probe import ProbeAnswer, Prober
from shared.comparison import DifferenceKind, Leaf, all_leaves
from shared.names import PATH_MOCK, PATH_PRISMA

# As mock-read calls it. https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html: ten seconds at
# most, each attempt waiting for one of them or more.
_COLD_START: Final = "cold-start-timeout"
_COLD_START_ATTEMPTS: Final = 10


@dataclass(frozen=True)
class Explanation:
    """Both answers and, where both paths answered, their leaves in canonical form, which the shadow compares, too."""

    user_id: str
    mock: ProbeAnswer
    prisma: ProbeAnswer

    @property
    def answered(self) -> bool:
        return self.mock.answered and self.prisma.answered

    @property
    def leaves(self) -> tuple[Leaf, ...]:
        """Where one path does not know the user, every leaf of the other's differs."""
        mock, prisma = self.mock.user, self.prisma.user
        if mock is not None and prisma is not None:
            return tuple(all_leaves(mock, prisma))
        known = prisma if mock is None else mock
        if not self.answered or known is None:
            return ()
        kind = DifferenceKind.EXTRA if mock is None else DifferenceKind.MISSING
        return tuple(
            Leaf(leaf.path, kind, mock and leaf.mock, prisma and leaf.candidate) for leaf in all_leaves(known, known)
        )

    @property
    def differing(self) -> tuple[Leaf, ...]:
        return tuple(leaf for leaf in self.leaves if leaf.kind is not None)

    def sentence(self) -> str:
        """What there is to say of it in words."""
        silent = [
            f"{path} did not answer: {answer.code or answer.status_code}"
            for path, answer in ((PATH_MOCK, self.mock), (PATH_PRISMA, self.prisma))
            if not answer.answered
        ]
        if silent:
            return "; ".join(silent)
        unknown_to = [
            path for path, answer in ((PATH_MOCK, self.mock), (PATH_PRISMA, self.prisma)) if answer.user is None
        ]
        if unknown_to:
            return f"unknown to {' and to '.join(unknown_to)}"
        if not self.differing:
            return f"both paths tell the same, {len(self.leaves)} values"
        return f"{len(self.differing)} of {len(self.leaves)} values differ"


def explain(prober: Prober, user_id: str) -> Explanation:
    """Read the user by both paths. Raises what the prober raises."""
    mock, prisma = (_answer(prober, user_id, path) for path in (PATH_MOCK, PATH_PRISMA))
    return Explanation(user_id=user_id, mock=mock, prisma=prisma)


def _answer(prober: Prober, user_id: str, path: str) -> ProbeAnswer:
    """A cold start takes longer than a user waits, and is no reason to tell an operator nothing."""
    answer = prober.probe(user_id, path)
    for _ in range(_COLD_START_ATTEMPTS - 1):
        if answer.code != _COLD_START:
            break
        answer = prober.probe(user_id, path)
    return answer


def shown(value: Any) -> str:
    """A value as JSON on one line."""
    return printable(json.dumps(value, ensure_ascii=False))


def printable(text: str) -> str:
    """The text with escapes for whatever would move a terminal's cursor: users store what they like."""
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode() for character in text
    )

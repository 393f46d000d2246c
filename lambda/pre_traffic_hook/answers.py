"""Whether an answer is right: of the status it must have, and telling the same facts as another. Pure."""

import json
from collections.abc import Iterator
from typing import Any, TypeAlias

from pre_traffic_hook.probe_users import EXPECTED_STATUS
from shared.canonical import canonical_text
from shared.comparison import compare_documents
from shared.user_shape import is_user

# {"statusCode": 200, "user": {…}}, or another status and "error": {"code": …, "message": …}.
Answer: TypeAlias = dict[str, Any]


class MalformedAnswerError(ValueError):
    """What came back is no answer of a read. Nothing of it is repeated."""


def parse_answer(payload: bytes) -> Answer:
    """Raises MalformedAnswerError."""
    try:
        answer = json.loads(payload)
    except ValueError:
        raise MalformedAnswerError("no JSON") from None
    match answer:
        case {"statusCode": 200, "user": user} if is_user(user):
            return dict(answer)
        case {"statusCode": int(status), "error": {"code": str()}} if status != 200:  # noqa: PLR2004 — HTTP
            return dict(answer)
    raise MalformedAnswerError("none of the shapes that a read answers")


def faults(user_id: str, answer: Answer) -> Iterator[str]:
    """What is wrong with the answer by itself, each in a few words without a value."""
    status, expected = answer["statusCode"], EXPECTED_STATUS[user_id]
    if status != expected:
        code = answer["error"]["code"] if "error" in answer else "an answer"
        yield f"status {status} ({code}), not {expected}"
    elif "user" in answer and answer["user"]["id"] != user_id:
        yield "another user"


def differences(reference: Answer, candidate: Answer) -> Iterator[str]:
    """Where `candidate` does not tell what `reference` tells: paths and kinds, never values.

    A path ends at the user's own JSON, whose keys are the user's.
    """
    if reference["statusCode"] != candidate["statusCode"]:
        yield f"status {candidate['statusCode']}, not {reference['statusCode']}"
    elif "user" in reference and canonical_text(reference["user"]) != canonical_text(candidate["user"]):
        leaves = compare_documents(reference["user"], candidate["user"])
        yield from sorted({f"{_without_keys(leaf.path)} {leaf.kind}" for leaf in leaves})


def _without_keys(path: str) -> str:
    return "preferences" if path.startswith("preferences") else path

"""What the candidate may answer: exactly our own shapes, for what it says goes to the caller as it came."""

import json
from http import HTTPStatus
from typing import Any, Final, NoReturn

from shared.reader import CandidateError, Document
from shared.user_shape import is_user

MALFORMED: Final = "malformed"


def parse_answer(payload: bytes, user_id: str) -> Document | None:
    """The user in the candidate's JSON, or None for its 404.

    Raises CandidateError: with the candidate's own code for its 503, otherwise `malformed`, which another user's
    document is, too.
    """
    try:
        answer = json.loads(payload, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise CandidateError(MALFORMED) from None
    match answer:
        case {"statusCode": HTTPStatus.OK, "user": user} if is_user(user) and user["id"] == user_id:
            return user
        case {"statusCode": HTTPStatus.NOT_FOUND, "error": {"code": "USER_NOT_FOUND"}}:
            return None
        case {"statusCode": HTTPStatus.SERVICE_UNAVAILABLE, "error": {"code": str(code)}}:
            raise _own_error(code)
    raise CandidateError(MALFORMED)


def _own_error(code: Any) -> CandidateError:
    try:
        return CandidateError(code)
    except ValueError:
        return CandidateError(MALFORMED)


def _refuse_constant(name: str) -> NoReturn:
    """NaN and Infinity are Python's, not JSON's."""
    raise ValueError(name)

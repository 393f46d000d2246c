"""What a caller may send: `{"userId": "user-7"}`. Other keys are ignored, but for `probe` as `shared.probe` says."""

from dataclasses import dataclass

from shared.user_id import is_user_id


@dataclass(frozen=True, slots=True)
class ReadRequest:
    user_id: str


@dataclass(frozen=True, slots=True)
class BadRequest:
    """`code` is for the log and `message` for the caller. Neither repeats anything of the event."""

    code: str
    message: str


def parse_request(event: object) -> ReadRequest | BadRequest:
    """The request in an event, which may be any JSON value."""
    if not isinstance(event, dict):
        return BadRequest("event-not-an-object", "The event must be an object with a userId.")
    user_id = event.get("userId")
    if user_id is None:
        return BadRequest("user-id-missing", "userId is missing.")
    if not is_user_id(user_id):
        return BadRequest(
            "user-id-malformed",
            "userId must be a string of 1 to 64 letters, digits, - and _ that begins with a letter or digit.",
        )
    return ReadRequest(user_id)

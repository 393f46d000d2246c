"""Generated events: every bad one is answered and none is echoed, every good one is read."""

import json
import string
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.mock_reader import MockReader
from tests.lambda_support.fakes import ENVIRONMENT, REQUEST_ID, Log, read_service

MOCK = MockReader()

# In every generated text. Its brackets make any id that holds it a bad one.
SENTINEL = "<sentinel>"

NASTY = st.sampled_from(["\0", "\ud800", "\n", "'", '"', "@", "\u202e", "\U0001f991"])
TEXTS = (st.text(max_size=8) | NASTY).map(lambda text: SENTINEL + text)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | TEXTS
JSON_VALUES = st.recursive(
    SCALARS,
    lambda values: st.lists(values, max_size=3) | st.dictionaries(TEXTS, values, max_size=3),
    max_leaves=5,
)
OTHER_KEYS = st.dictionaries(TEXTS, JSON_VALUES, max_size=2)

ID_CHARACTERS = string.ascii_letters + string.digits
MALFORMED_IDS = (
    TEXTS
    | st.sampled_from(["", "-", "_user", "user 7", "user-7\n", "\u0661", "user\u00e9", "../etc", "a" * 65])
    | st.builds("{}@{}.example".format, st.text(ID_CHARACTERS, max_size=8), st.text(ID_CHARACTERS, max_size=8))
)
NO_IDS = JSON_VALUES | MALFORMED_IDS
BAD_EVENTS = (
    JSON_VALUES | OTHER_KEYS | st.builds(lambda other, user_id: {**other, "userId": user_id}, OTHER_KEYS, NO_IDS)
)
GOOD_IDS = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", fullmatch=True) | st.integers(1, 60).map("user-{}".format)


# Ten a time, because hypothesis takes longer to begin an example than to draw an event: 5,000 in all.
@given(events=st.lists(BAD_EVENTS, min_size=10, max_size=10))
@settings(max_examples=500, suppress_health_check=[HealthCheck.too_slow, HealthCheck.large_base_example])
def test_every_bad_event_is_a_400_and_none_is_echoed(events: list[Any]) -> None:
    log = Log()
    service = read_service(log, mock=MOCK)
    answers = [service.handle(event, REQUEST_ID) for event in events]
    assert [answer["statusCode"] for answer in answers] == [400] * 10
    assert all(set(answer) == {"statusCode", "error"} for answer in answers)
    assert {answer["error"]["code"] for answer in answers} == {"BAD_REQUEST"}
    assert [event["event"] for event in log.events] == ["BAD-REQUEST"] * 10
    assert log.sums(environment=ENVIRONMENT) == {"BadRequests": 10}
    assert len(log.points) == 10
    said = json.dumps(answers) + "".join(log.lines)
    assert SENTINEL not in said
    assert ".example" not in said


@given(user_id=GOOD_IDS, other=OTHER_KEYS)
@settings(max_examples=500, suppress_health_check=[HealthCheck.too_slow])
def test_every_good_event_is_a_read_of_its_user_and_no_other_key_is_echoed(user_id: str, other: dict[str, Any]) -> None:
    log = Log()
    answer = read_service(log, mock=MOCK).handle({**other, "userId": user_id}, REQUEST_ID)
    document = MOCK.read(user_id)
    if document is None:
        assert (answer["statusCode"], answer["error"]["code"]) == (404, "USER_NOT_FOUND")
    else:
        assert answer == {"statusCode": 200, "user": document}
    (line,) = log.lines
    assert SENTINEL not in line
    assert json.loads(line)["userId"] == user_id
    assert log.sums(environment=ENVIRONMENT, path="mock")["Errors"] == 0

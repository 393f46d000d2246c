"""Filter expressions: AWS's own examples, each with the traces it must and must not find, and the language's edges.

https://docs.aws.amazon.com/xray/latest/devguide/xray-console-filters.html
"""

from collections.abc import Callable
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.xray_facts import TraceFacts
from sandbox.xray_filter import Groups, predicate
from sandbox.xray_filter_syntax import FilterExpressionError
from tests.sandbox.xray_traces import embedded, segment, trace


def request(**fields: Any) -> dict[str, Any]:
    """An `http` block with `url`, `method`, `user_agent`, `client_ip`, or `status`."""
    status = {"status": fields.pop("status")} if "status" in fields else {}
    return {"http": {"request": fields, "response": status}}


def calling(name: str, **fields: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """A service `api.example.com` that calls another, which sends a segment of its own; both say what came of it."""
    call = embedded("2", name, namespace="remote", **fields)
    return segment("1", "api.example.com", subsegments=[call]), segment("3", name, parent_id="2", **fields)


# A trace for each thing that an example asks about.
TRACES: Final = {
    "plain": trace(segment("1", "web", **request(status=200, url="http://web/"))),
    "slow": trace(segment("1", "web", end=6.0, **request(status=200))),
    "very slow": trace(segment("1", "web", end=9.0)),
    "slow behind": trace(segment("1", "web", end=1.0), segment("2", "queue", begin=1.0, end=7.0, parent_id="1")),
    "client error": trace(segment("1", "web", error=True, **request(status=404))),
    "server fault": trace(segment("1", "api.example.com", fault=True)),
    "throttled": trace(segment("1", "web", error=True, throttle=True, **request(status=429))),
    "in progress": trace(segment("1", "web", end=None)),
    "handled fault": trace(*calling("backend.example.com", fault=True)),
    "handled error": trace(*calling("backend.example.com", error=True)),
    "version 2": trace(segment("1", "gate", **request(url="http://api.example.com/v2/"))),
    "version 2 of the API": trace(segment("1", "api.example.com", **request(url="http://api.example.com/v2/"))),
    "game": trace(segment("1", "web", user="alice", **request(url="http://host/api/game/7", user_agent="curl"))),
    "annotated": trace(segment("1", "web", annotations={"gameid": "817DL6VO", "age": 30, "beta": True})),
    "young": trace(segment("1", "web", annotations={"age": 29, "beta": False})),
    "random-name": trace(
        segment("1", "random-name", origin="AWS::Lambda"),
        segment("2", "random-name", origin="AWS::Lambda::Function", parent_id="1", error=True),
    ),
    "random-name's service": trace(
        segment("1", "random-name", origin="AWS::Lambda", error=True),
        segment("2", "random-name", origin="AWS::Lambda::Function", parent_id="1"),
    ),
    "data-plane": trace(segment("1", "data-plane", fault=True)),
    "data-plane behind": trace(segment("1", "web"), segment("2", "data-plane", parent_id="1", fault=True)),
}

EXAMPLES: Final = [
    ("responsetime > 5", {"slow", "very slow"}),
    ("duration >= 5 AND duration <= 8", {"slow", "slow behind"}),
    ("error", {"client error", "throttled", "random-name's service"}),
    ("fault", {"server fault", "data-plane"}),
    ("throttle", {"throttled"}),
    ("partial", {"in progress"}),
    ("!ok", {"client error", "server fault", "throttled", "random-name's service", "data-plane"}),
    ("ok = false", {"client error", "server fault", "throttled", "random-name's service", "data-plane"}),
    ("http.status != 200", {"client error", "throttled"}),
    ('http.url CONTAINS "/api/game/"', {"game"}),
    ('http.useragent ENDSWITH "url"', {"game"}),
    ('user CONTAINS ""', {"game"}),
    ('service("api.example.com") { fault }', {"server fault"}),
    ("service() { fault }", {"server fault", "handled fault", "data-plane", "data-plane behind"}),
    ('edge("api.example.com", "backend.example.com") { error }', {"handled error"}),
    ('edge("api.example.com", "backend.example.com")', {"handled error", "handled fault"}),
    (
        'http.url BEGINSWITH "http://api.example.com/" AND http.url CONTAINS "/v2/" AND !service("api.example.com")',
        {"version 2"},
    ),
    ("http.url AND responseTime > 2", set()),
    ('annotation.gameid = "817DL6VO"', {"annotated"}),
    ("annotation.age", {"annotated", "young"}),
    ("annotation.age > 29", {"annotated"}),
    ("annotation[age] > 29", {"annotated"}),
    ("annotation.beta = true", {"annotated"}),
    ("annotation.beta = false", {"young"}),
    ("annotation.beta", {"annotated"}),
    ('service("random-name") { error }', {"random-name", "random-name's service"}),
    ('service(id(name: "random-name", type: "AWS::Lambda::Function")) { error }', {"random-name"}),
    ('service(id(type: "AWS::Lambda::Function")) { error }', {"random-name"}),
    ('service("data-plane") {root = true and fault = true}', {"data-plane"}),
]  # fmt: skip


def found(expression: str, **options: Any) -> set[str]:
    matches = predicate(expression, **options)
    return {name for name, facts in TRACES.items() if matches(facts)}


@pytest.mark.parametrize(("expression", "names"), EXAMPLES, ids=[expression for expression, _ in EXAMPLES])
def test_aws_s_examples_find_what_aws_says_they_find(expression: str, names: set[str]) -> None:
    assert found(expression) == names


def test_two_expressions_side_by_side_must_both_hold() -> None:
    """AWS's example of requests that completed successfully in less than 3 seconds."""
    assert found("ok !partial duration <3") == found("ok AND !partial AND duration < 3")
    assert "plain" in found("ok !partial duration <3")
    assert "slow" not in found("ok !partial duration <3")


def test_and_binds_tighter_than_or_and_parentheses_tightest() -> None:
    assert found("fault OR error AND throttle") == found("fault") | found("throttle")
    assert found("(fault OR error) AND throttle") == {"throttled"}


def test_an_error_that_was_handled_downstream_is_none_of_the_traces() -> None:
    """As the page says: a search for `error` finds only what was returned to the user."""
    assert "handled error" not in found("error")
    assert "handled error" in found("service() { error }")


def test_a_keyword_without_a_value_compares_with_nothing() -> None:
    assert found('user = "bob"') == set()
    assert found('user != "bob"') == {"game"}
    assert found("http.status < 1000") | found("!http.status") == set(TRACES)


def test_values_of_another_type_than_the_annotations_never_match() -> None:
    assert found('annotation.age = "30"') == set()
    assert found("annotation.gameid = 817") == set()
    assert found('annotation.beta = "true"') == set()
    assert found("annotation.beta = 1") == set()


def test_quotes_may_be_escaped() -> None:
    quoted = trace(segment("1", "web", annotations={"said": 'a "b" \\ c'}))
    assert predicate(r'annotation.said = "a \"b\" \\ c"')(quoted)


def test_the_empty_expression_finds_everything() -> None:
    assert found("") == found("  ") == set(TRACES)


def test_a_group_stands_for_its_expression() -> None:
    """AWS's example: `group.name = "high_response_time" AND user = "alice"`."""
    slow = trace(segment("1", "web", end=4.0, user="alice"))
    fast = trace(segment("1", "web", user="alice"))
    groups = Groups({"high_response_time": ("arn:aws:xray:::group/high", "responseTime > 3")})
    for named in ('group.name = "high_response_time"', 'group.arn = "arn:aws:xray:::group/high"'):
        matches = predicate(f'{named} AND user = "alice"', groups=groups)
        assert matches(slow)
        assert not matches(fast)
    assert predicate('group.name != "high_response_time"', groups=groups)(fast)


def test_an_account_other_than_the_services_own_matches_nothing() -> None:
    mine = 'service(id(name: "random-name", account.id: "000000000000"))'
    assert found(mine, account_id="000000000000") == {"random-name", "random-name's service"}
    assert found(mine, account_id="111111111111") == set()


REFUSED: Final = [
    ("error =", 7, "Unexpected end"),
    ("error = = true", 8, "Unexpected '='"),
    ("(error", 6, "Unexpected end"),
    ("error)", 5, "Unexpected ')'"),
    ("annotation.canary == true", 19, "Unexpected '='"),
    ("annotation.canary = yes", 20, "Unexpected 'yes'"),
    ("http.url CONTAINS 'x'", 18, "Unexpected ''"),
    ("latency > 1", 0, "there is no keyword 'latency' here"),
    ("NOT error", 0, "there is no keyword 'not' here"),
    ("annotation", 0, "there is no keyword 'annotation' here"),
    ("error > 1", 0, "error is compared with a boolean"),
    ('duration = "1"', 0, "duration is compared with a number"),
    ('duration CONTAINS "1"', 0, "duration is compared with a number"),
    ("annotation.age CONTAINS 1", 0, "CONTAINS does not compare a number"),
    ("user = 1", 0, "user is compared with a string"),
    ('user < "b"', 0, "< does not compare a string"),
    ("root", 0, "there is no keyword 'root' here"),
    ('service("a") { annotation.canary = true }', 15, "annotation cannot be combined with service or edge"),
    ('service("a") { edge("a", "b") }', 0, "service() and edge() cannot stand in one another"),
    ('edge("a")', 8, "Unexpected ')'"),
    ('service(id(named: "a"))', 11, "id() has no field 'named'"),
    ('group.name = "nobody"', 0, "there is no group 'nobody'"),
    ('rootcause.fault.entity { last and name = "deserialize" }', 0, "the sandbox does not do 'rootcause.fault.entity"),
    ("coverage > 0.8", 0, "the sandbox does not do 'coverage'"),
    ("error @ fault", 6, "Unexpected '@'"),
]  # fmt: skip


@pytest.mark.parametrize(("expression", "position", "message"), REFUSED, ids=[refused[0] for refused in REFUSED])
def test_an_expression_that_is_wrong_is_refused_with_its_position(expression: str, position: int, message: str) -> None:
    with pytest.raises(FilterExpressionError) as refused:
        predicate(expression)
    assert refused.value.message.startswith(message)
    assert refused.value.position == position


def test_groups_that_refer_to_one_another_in_a_circle_are_refused() -> None:
    groups = Groups({"a": ("arn:a", 'group.name = "b"'), "b": ("arn:b", 'group.name = "a"')})
    with pytest.raises(FilterExpressionError, match="refers to itself"):
        predicate('group.name = "a"', groups=groups)


ATOMS: Final = ("ok", "error", "fault", "throttle", "partial", "duration > 2", 'service("web")', "annotation.age")
Meaning = Callable[[TraceFacts], bool]


@st.composite
def expressions(draw: st.DrawFn, depth: int = 3) -> tuple[str, Meaning]:
    """An expression, and what it means if each operator means what Python's does."""
    kind = draw(st.sampled_from(["atom", "not", "and", "or"])) if depth else "atom"
    if kind == "atom":
        atom = draw(st.sampled_from(ATOMS))
        return atom, predicate(atom)
    text, meaning = draw(expressions(depth=depth - 1))
    if kind == "not":
        return f"!({text})", lambda facts: not meaning(facts)
    right_text, right = draw(expressions(depth=depth - 1))
    if kind == "and":
        word = draw(st.sampled_from([" AND ", " and ", " "]))
        return f"({text}){word}({right_text})", lambda facts: meaning(facts) and right(facts)
    return f"({text}) OR ({right_text})", lambda facts: meaning(facts) or right(facts)


@given(expressions())
def test_the_operators_are_boolean_algebras(written: tuple[str, Meaning]) -> None:
    text, meaning = written
    matches = predicate(text)
    for facts in TRACES.values():
        assert matches(facts) == meaning(facts)


@given(st.text(max_size=40))
def test_whatever_is_typed_is_an_expression_or_refused_with_a_position_in_it(text: str) -> None:
    position = 0
    try:
        predicate(text)
    except FilterExpressionError as error:
        position = error.position
    assert 0 <= position <= len(text)

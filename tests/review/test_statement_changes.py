"""What a changed policy allows that it did not."""

from typing import Any

import pytest

from review.statements import Direction, statement_changes, statements_in

READ: dict[str, Any] = {
    "Sid": "Read",
    "Effect": "Allow",
    "Action": ["s3:GetObject"],
    "Resource": "arn:aws:s3:::one/*",
    "Condition": {"Bool": {"aws:SecureTransport": "true"}},
}
DENY: dict[str, Any] = {"Sid": "NoHttp", "Effect": "Deny", "Action": "s3:*", "Resource": "*", "Principal": {"AWS": "*"}}


@pytest.mark.parametrize(
    ("difference", "direction"),
    [
        ({"Action": ["s3:GetObject", "s3:PutObject"]}, Direction.WIDER),
        ({"Action": "s3:*"}, Direction.WIDER),
        ({"Resource": "*"}, Direction.WIDER),
        ({"Resource": ["arn:aws:s3:::one/*", "arn:aws:s3:::two/*"]}, Direction.WIDER),
        ({"Principal": {"AWS": "*"}}, Direction.WIDER),
        ({"Condition": {}}, Direction.WIDER),
        ({"Effect": "Deny"}, Direction.NARROWER),
        ({"Condition": {"Bool": {"aws:SecureTransport": "false"}}}, Direction.CHANGED),
        (
            {"Condition": {**READ["Condition"], "StringEquals": {"aws:SourceAccount": "111111111111"}}},
            Direction.NARROWER,
        ),
    ],
)
def test_a_statement_that_gained_something_is_wider(difference: dict[str, Any], direction: Direction) -> None:
    (change,) = statement_changes([READ], [{**READ, **difference}])

    assert change.name == "Read"
    assert change.direction is direction


def test_a_list_that_lost_a_value_is_narrower() -> None:
    (change,) = statement_changes([{**READ, "Action": ["s3:GetObject", "s3:PutObject"]}], [READ])

    assert change.direction is Direction.NARROWER
    assert change.details == ("Action − `s3:PutObject`",)


def test_a_denial_that_denies_less_allows_more() -> None:
    two = {**DENY, "Action": ["s3:GetObject", "s3:PutObject"]}
    one = {**DENY, "Action": ["s3:GetObject"]}

    (less,) = statement_changes([two], [one])
    (more,) = statement_changes([one], [two])
    (gone,) = statement_changes([DENY], [])

    assert less.direction is Direction.WIDER
    assert more.direction is Direction.NARROWER
    assert gone.direction is Direction.WIDER


def test_an_exception_that_shrinks_allows_more() -> None:
    all_but = {"Sid": "AllBut", "Effect": "Allow", "NotAction": ["iam:*", "kms:*"], "Resource": "*"}

    (change,) = statement_changes([all_but], [{**all_but, "NotAction": ["iam:*"]}])

    assert change.direction is Direction.WIDER
    assert change.details == ("NotAction − `kms:*`",)


def test_order_and_lists_of_one_change_nothing() -> None:
    other = {**DENY, "Sid": "Other"}

    assert statement_changes([READ, other], [other, READ]) == []


def test_a_new_statement_says_all_that_it_allows() -> None:
    (change,) = statement_changes([], [READ])

    assert change.direction is Direction.WIDER
    assert change.details == (
        "added",
        "Allow",
        "Action `s3:GetObject`",
        "Resource `arn:aws:s3:::one/*`",
        'if `{"Bool": {"aws:SecureTransport": "true"}}`',
    )


def test_statements_are_found_in_inline_policies_and_key_policies_alike() -> None:
    inline = {"Policies": [{"PolicyName": "P", "PolicyDocument": {"Statement": [READ]}}]}

    assert statements_in(inline) == [READ]
    assert statements_in({"KeyPolicy": {"Statement": DENY}}) == [DENY]


def test_references_are_compared_as_text() -> None:
    joined = {**READ, "Resource": {"Fn::Join": ["", ["arn:aws:s3:::", {"Ref": "Bucket"}, "/*"]]}}

    (change,) = statement_changes([READ], statements_in(joined))

    assert "Resource + `arn:aws:s3:::${Bucket}/*`" in change.details

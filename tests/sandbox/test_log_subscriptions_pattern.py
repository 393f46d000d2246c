"""Expected values are those of https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html."""

import pytest

from sandbox.log_subscriptions_pattern import FilterPattern, PatternError


@pytest.mark.parametrize(
    ("pattern", "matching", "other"),
    [
        ("ERROR", ["[ERROR 400] BAD REQUEST", "[ERROR 401] UNAUTHORIZED REQUEST"], ["[error 400]", "[WARN]"]),
        ("ERROR ARGUMENTS", ["[ERROR 419] MISSING ARGUMENTS"], ["[ERROR 400] BAD REQUEST", "ARGUMENTS"]),
        ("?ERROR ?ARGUMENTS", ["[ERROR 400] BAD REQUEST", "INVALID ARGUMENTS"], ["[SUCCESS 200]"]),
        ('"INTERNAL SERVER ERROR"', ["[ERROR 500] INTERNAL SERVER ERROR"], ["INTERNAL ERROR OF SERVER"]),
        ("ERROR -ARGUMENTS", ["[ERROR 400] BAD REQUEST"], ["[ERROR 419] MISSING ARGUMENTS", "[SUCCESS 200]"]),
        ('"SHADOW-REQUEST"', ['{"message": "[SHADOW-REQUEST] of user-7"}'], ["SHADOW REQUEST", "[SHADOW-DIFF]"]),
        (r'"say \"no\""', ['they say "no"'], ["they say no"]),
        ("", ["anything", ""], []),
        ("  ", ["anything"], []),
    ],
)
def test_terms_match_as_aws_documents(pattern: str, matching: list[str], other: list[str]) -> None:
    parsed = FilterPattern.parse(pattern)
    assert [message for message in (*matching, *other) if parsed.matches(message)] == matching


@pytest.mark.parametrize("pattern", ["SHADOW-REQUEST", '"unclosed', "ERROR|WARN", '"a"b'])
def test_terms_with_other_characters_have_to_be_quoted(pattern: str) -> None:
    with pytest.raises(PatternError, match="Invalid filter pattern"):
        FilterPattern.parse(pattern)


@pytest.mark.parametrize(
    ("pattern", "kind"),
    [
        ('{ $.event = "x" }', "JSON"),
        ("[ip, user, ...]", "space-delimited"),
        ("%ERR.*%", "regular expression"),
        ("?ERROR ARGUMENTS", "optional terms beside others"),
    ],
)
def test_what_the_sandbox_does_not_match_it_refuses(pattern: str, kind: str) -> None:
    with pytest.raises(PatternError, match=kind):
        FilterPattern.parse(pattern)

"""Queries are read as they are meant, and what cannot be read is refused where it stands."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.insights_query import (
    Access,
    Call,
    Column,
    Dedup,
    Display,
    Expression,
    FieldName,
    Fields,
    Filter,
    Inversion,
    Limit,
    MalformedQueryError,
    Match,
    Membership,
    Negation,
    Number,
    Operation,
    ParseGlob,
    ParseRegex,
    Pattern,
    Period,
    Query,
    Sort,
    SortKey,
    Stats,
    Text,
    Unnest,
)
from sandbox.insights_syntax import parse
from tests.sandbox.insights_queries import refusal
from tests.sandbox.insights_text import written

names = st.text(st.characters(exclude_characters="`", exclude_categories=["Cs"]), min_size=1, max_size=8)
patterns = st.sampled_from([r"(?<path>\w+)", r"\/a", "[^']+", " "]).map(Pattern)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8).map(Text)
leaves: st.SearchStrategy[Expression] = st.one_of(
    st.integers(0, 10**6).map(Number),
    st.floats(0.5, 10**9).map(Number),
    texts,
    st.builds(Period, st.integers(1, 99), st.sampled_from(["ms", "s", "m", "h", "d", "w", "mo", "q", "y"])),
    names.map(FieldName),
    st.just(Call("count", (), of_all=True)),
)


def nested(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    items = st.lists(inner, min_size=1, max_size=3).map(tuple)
    return st.one_of(
        st.builds(Call, st.sampled_from(["sum", "if", "bin", "jsonparse"]), items),
        st.builds(Access, inner, st.one_of(names, st.integers(0, 9))),
        st.builds(Negation, inner),
        st.builds(Inversion, inner),
        st.builds(
            Operation,
            st.sampled_from(["+", "-", "*", "/", "%", "^", "=", "!=", "<", "<=", ">", ">=", "and", "or"]),
            inner,
            inner,
        ),
        st.builds(Match, inner, st.one_of(texts, patterns), st.booleans()),
        st.builds(Membership, inner, items, st.booleans()),
    )


expressions = st.recursive(leaves, nested, max_leaves=6)
columns = st.lists(st.builds(Column, expressions, names), min_size=1, max_size=3).map(tuple)
aliases = st.lists(names, min_size=1, max_size=3).map(tuple)
commands = st.one_of(
    st.builds(Fields, columns),
    st.builds(Display, columns),
    st.builds(Filter, expressions),
    st.builds(ParseGlob, names.map(FieldName), texts, aliases),
    st.builds(ParseRegex, names.map(FieldName), patterns, st.one_of(st.just(()), aliases)),
    st.builds(Stats, columns, st.one_of(st.just(()), columns)),
    st.builds(Sort, st.lists(st.builds(SortKey, expressions, st.booleans()), min_size=1, max_size=3).map(tuple)),
    st.builds(Limit, st.integers(1, 10**5), st.booleans()),
    st.builds(Dedup, st.lists(names.map(FieldName), min_size=1, max_size=3).map(tuple)),
    st.builds(Unnest, expressions, names),
)


@given(st.lists(commands, min_size=1, max_size=4).map(tuple))
def test_what_is_written_out_reads_as_the_same_query(query: Query) -> None:
    assert parse(written(query)) == query


@pytest.mark.parametrize(
    ("expression", "meaning"),
    [
        ("a + b * c", "a + (b * c)"),
        ("a - b - c", "(a - b) - c"),
        ("-a ^ b", "-(a ^ b)"),
        ("not a = 1 and b = 2 or c = 3", "((not (a = 1)) and (b = 2)) or (c = 3)"),
        ("a / b / c = 1", "((a / b) / c) = 1"),
        ("a not like /x/ and b", "(a not like /x/) and b"),
        ("!ispresent(a)", "not ispresent(a)"),
    ],
)
def test_operators_bind_in_the_usual_order(expression: str, meaning: str) -> None:
    assert parse(f"filter {expression}") == parse(f"filter {meaning}")


def test_a_division_of_a_quoted_field_is_none_of_the_regular_expressions_that_follow() -> None:
    assert parse("fields sum(`a` / 2) as b | parse b /x/") == parse("fields sum((a) / 2) as b | parse b /x/")


def test_keywords_and_functions_may_be_written_in_either_case() -> None:
    assert parse("STATS Sum(x) AS y BY Bin(5m) AS t | SORT y DESC | LIMIT 3") == parse(
        "stats sum(x) as y by bin(5m) as t | sort y desc | limit 3"
    )


def test_a_field_may_begin_with_a_keyword() -> None:
    assert parse("fields android, inner, asset, sorted, bypass")


def test_sort_may_be_followed_by_by_as_in_the_consoles_sample_queries() -> None:
    assert parse("sort by @billedDuration desc") == parse("sort @billedDuration desc")


@pytest.mark.parametrize("unit", ["minute", "minutes", "min", "mins", "m"])
def test_units_have_long_names_and_plurals(unit: str) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Stats.html"""
    assert parse(f"stats count(*) as n by bin(5{unit}) as t") == parse("stats count(*) as n by bin(5m) as t")


def test_a_column_without_an_alias_is_named_as_it_was_written() -> None:
    (stats,) = parse("stats sum(a) / count(*) , max( b ) by bin(5m)")
    assert isinstance(stats, Stats)
    assert [column.name for column in (*stats.columns, *stats.keys)] == ["sum(a) / count(*)", "max( b )", "bin(5m)"]


@pytest.mark.parametrize(
    ("query", "symbol", "line", "position"),
    [
        ("eval rate = errors / reads", "eval", 1, 1),
        ("fields a\n| extend rate = a / b", "extend", 2, 3),
        ('stats sum(match = "false") as mismatches by bin(1m)', "=", 1, 17),
        ("stats sum(@message like /CANARY-SUCCESS/) as success", "like", 1, 20),
        ("fields a = 1 as b", "=", 1, 10),
        ("stats count(*) by bin(1m) where x", "where", 1, 27),
        ("filter a == 1", "=", 1, 11),
        ("dedup a | sort b", "sort", 1, 11),
    ],
)
def test_what_aws_refuses_is_refused_where_it_stands(query: str, symbol: str, line: int, position: int) -> None:
    error = refusal(query)
    assert error.message == f"unexpected symbol found {symbol} at line {line} and position {position}"
    assert query[error.span.start : error.span.end] == symbol


@pytest.mark.parametrize(
    ("query", "words", "at"),
    [
        ("pattern @message", "the sandbox does not do 'pattern'", "pattern"),
        ("fields a | join type=inner", "the sandbox does not do 'join'", "join"),
        ("parse @message logfmt as line", "the sandbox does not do 'logfmt'", "logfmt"),
        ('fields regexReplace(a, "b", "c")', "the sandbox does not have the function regexreplace", "regexReplace"),
        ("stats values(a)", "the sandbox does not have the function values", "values"),
        ("fields foo(a)", "there is no function foo", "foo"),
        ("fields a | limit 5 | stats count(*)", "limit must come after the last stats command", "limit"),
        ("stats count(*) as n by a | sort n | stats max(n)", "sort must come after the second stats command", "sort"),
        ("stats count(*) | stats count(*) | stats count(*)", "a query has at most 2 stats commands", "stats"),
        ('parse "a * b *" as c', "2 wildcards and 1 names; there must be a name for each", '"a * b *"'),
        ("filter a like /(/", "invalid regular expression: missing ), unterminated subpattern", "/(/"),
        ("parse @message /a+/", "a regular expression needs a named group", "/a+/"),
        ("fields sum(a)", "sum belongs in stats, and in no other aggregation", "sum"),
        ("stats sum(count(*))", "count belongs in stats, and in no other aggregation", "count"),
        ("stats duration by path", "duration must be within an aggregation", "duration"),
        ("stats sum(*)", "sum takes no *", "sum"),
        ("stats pct(a)", "pct takes 2 arguments, not 1", "pct"),
        ("stats pct(a, 101)", "pct takes a percentage from 0 to 100", "pct"),
        ("stats count(*) by bin(300)", "bin takes a period, such as 5m", "bin"),
        ("fields if(a, b)", "if takes 3 arguments, not 2", "if"),
        ("limit 0", "limit takes a whole number from 1 to 100000", "limit"),
        ("limit 100001", "limit takes a whole number from 1 to 100000", "limit"),
        ("filter a =", "unexpected end of query", ""),
        ("", "unexpected end of query", ""),
    ],
)
def test_other_refusals_say_what_is_wrong_and_where(query: str, words: str, at: str) -> None:
    error = refusal(query)
    assert error.message == words
    assert query[error.span.start : error.span.end] == at


@given(st.text(max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(MalformedQueryError):
        assert parse(text)

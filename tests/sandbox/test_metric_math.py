"""Expected values of the first part are transcribed from AWS's page
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

import math
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.metric_math import Series, Timeline, Value, evaluate
from sandbox.metric_math_syntax import MetricMathError, UnsupportedFunctionError, parse

PERIOD_SECONDS = 300
START = 1_700_000_100  # no multiple of the period: an alarm's periods end at any full minute
MISSING = None


def timeline(count: int) -> Timeline:
    return Timeline(START, PERIOD_SECONDS, count)


def series(*values: float | None) -> Series:
    times = timeline(len(values)).timestamps
    return {time: float(value) for time, value in zip(times, values, strict=True) if value is not None}


def value_of(expression: str, **metrics: Series) -> Value:
    return evaluate(parse(expression), timeline=timeline(5), metrics=metrics)


def scalar(expression: str, **metrics: Series) -> float:
    value = value_of(expression, **metrics)
    assert isinstance(value, float)
    return value


# Comparison and logical operators: the page's table.


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("(metric1 < metric2)", series(0, 0, 1, 0)),
        ("(metric1 >= 30)", series(1, 0, 0, 0)),
        ("(metric1 > 15 AND metric2 > 15)", series(1, 0, 0, 0)),
        ("(metric1 > 15 && metric2 > 15)", series(1, 0, 0, 0)),
    ],
)
def test_comparisons_answer_the_output_of_the_table(expression: str, expected: Series) -> None:
    metric1, metric2 = series(30, 20, 0, 0), series(20, MISSING, 20, MISSING)
    assert value_of(expression, metric1=metric1, metric2=metric2) == expected


# IF: the page's three tables, and its lists for the other forms.


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("IF(metric1, metric2, metric3)", series(30, 0, 20, MISSING, MISSING)),
        ("IF(metric1, 5, metric3)", series(5, 5, 20, MISSING, MISSING)),
        ("IF(metric1, metric2, 5)", series(30, 0, 5, 5, MISSING)),
        ("IF(metric1, metric2)", series(30, 0, MISSING, MISSING, MISSING)),
        ("IF(metric1, 5, 7)", series(5, 5, 7, 7, MISSING)),
        ("IF(1, metric2, metric3)", series(30, MISSING, 0, 0, 30)),
        ("IF(0, metric2, metric3)", series(0, 0, 20, MISSING, 20)),
        ("IF(0, metric2)", series(MISSING, MISSING, MISSING, MISSING, MISSING)),
    ],
)
def test_if_answers_the_values_of_the_tables(expression: str, expected: Series) -> None:
    metric1 = series(1, 1, 0, 0, MISSING)
    metric2 = series(30, MISSING, 0, 0, 30)
    metric3 = series(0, 0, 20, MISSING, 20)
    assert value_of(expression, metric1=metric1, metric2=metric2, metric3=metric3) == expected


def test_a_condition_of_any_other_value_than_zero_is_true() -> None:
    assert value_of("IF(m1, 1, 2)", m1=series(-3, 0, 0.5)) == series(1, 2, 1)


# Arithmetic: "Missing values in a time series are treated as 0. If the value of a data point causes a function to
# attempt to divide by zero, the data point is dropped."


def test_a_missing_point_of_one_series_counts_as_zero() -> None:
    m1, m2 = series(1, MISSING, 3, MISSING), series(10, 20, MISSING, MISSING)
    assert value_of("m1 + m2", m1=m1, m2=m2) == series(11, 20, 3, MISSING)
    assert value_of("m1 - m2", m1=m1, m2=m2) == series(-9, -20, 3, MISSING)


def test_a_point_divided_by_zero_is_dropped() -> None:
    m1, m2 = series(1, 1, 0), series(2, 0, MISSING)
    assert value_of("m1 / m2", m1=m1, m2=m2) == series(0.5, MISSING, MISSING)


def test_a_scalar_gives_a_missing_point_no_value() -> None:
    assert value_of("5 * m1", m1=series(1, MISSING, 3)) == series(5, MISSING, 15)


def test_an_array_is_computed_series_by_series() -> None:
    m1, m2, m3 = series(2, 4), series(6, 8), series(2, 2)
    assert value_of("SUM(100/[m1, m2])", m1=m1, m2=m2) == series(50 + 100 / 6, 25 + 12.5)
    assert value_of("AVG([m1,m2]/m3)", m1=m1, m2=m2, m3=m3) == series(2, 3)
    assert value_of("METRICS()*100", m1=m1, m2=m2) == (series(200, 400), series(600, 800))
    assert value_of("SUM(-[m1, m2])", m1=m1, m2=m2) == series(-8, -12)


def test_functions_make_a_scalar_of_a_series_and_a_series_of_an_array() -> None:
    m1, m2 = series(1, 5, MISSING), series(3, MISSING, 4)
    assert scalar("SUM(m1)", m1=m1) == 6
    assert scalar("AVG(m1)", m1=m1) == 3
    assert scalar("MIN(m1)", m1=m1) == 1
    assert scalar("MAX(m1)", m1=m1) == 5
    assert value_of("SUM([m1, m2])", m1=m1, m2=m2) == series(4, 5, 4)
    assert value_of("AVG([m1, m2])", m1=m1, m2=m2) == series(2, 2.5, 2)
    assert value_of("MIN([m1, m2])", m1=m1, m2=m2) == series(1, 5, 4)
    assert value_of("MAX([m1, m2])", m1=m1, m2=m2) == series(3, 5, 4)
    assert value_of("m1 - MIN(m1)", m1=m1) == series(0, 4, MISSING)


def test_an_aggregate_of_all_metrics_is_taken_in_each_period_apart() -> None:
    """The page's own: SUM(METRICS()), AVG([m1,m2,m3]), MIN, MAX give "a single time series" of an array."""
    metrics = {"m1": series(9, MISSING, 1), "m2": series(2, MISSING, 30), "m3": series(4, 7, MISSING)}
    assert value_of("MAX(METRICS())", **metrics) == series(9, 7, 30)
    assert value_of("SUM(METRICS())", **metrics) == series(15, 7, 31)
    assert value_of("MAX([m1, m2 * 10])", **metrics) == series(20, MISSING, 300)
    assert value_of("IF(MAX(METRICS()) > 8, m3, 0)", **metrics) == series(4, 0, 0)


def test_metrics_with_a_string_are_those_with_it_in_their_id() -> None:
    metrics = {"errors1": series(1), "errors2": series(2), "requests": series(10)}
    assert value_of('SUM(METRICS("errors"))/SUM(METRICS("requests"))*100', **metrics) == series(30)
    assert value_of('SUM([METRICS("1"), METRICS("2")])', **metrics) == series(3)


# FILL.


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("FILL(m1, 10)", series(10, 2, 10, 10, 8)),
        ("FILL(m1, REPEAT)", series(MISSING, 2, 2, 2, 8)),
        ("FILL(m1, LINEAR)", series(MISSING, 2, 4, 6, 8)),
        ("FILL(m1, MIN(m1))", series(2, 2, 2, 2, 8)),
        ("FILL(m1, m2)", series(MISSING, 2, 30, MISSING, 8)),
    ],
)
def test_fill_gives_missing_points_the_value_asked_for(expression: str, expected: Series) -> None:
    m1, m2 = series(MISSING, 2, MISSING, MISSING, 8), series(MISSING, 20, 30, MISSING, MISSING)
    assert value_of(expression, m1=m1, m2=m2) == expected


def test_fill_fills_every_series_of_an_array() -> None:
    metrics = {"m1": series(1, MISSING, 3, 4, 5), "m2": series(MISSING, MISSING, 1, 1, 1)}
    assert value_of("FILL(METRICS(), 0)", **metrics) == (series(1, 0, 3, 4, 5), series(0, 0, 1, 1, 1))


# The error rate as rollback alarms ask for it.


RATE = "100 * errors / FILL(invocations, 1)"


@pytest.mark.parametrize(
    ("errors", "invocations", "expected"),
    [
        pytest.param(series(), series(), series(0, 0, 0, 0, 0), id="idle"),
        pytest.param(series(0, 0, 0, 0, 0), series(50, 40, 60, 50, 50), series(0, 0, 0, 0, 0), id="healthy"),
        pytest.param(
            series(1, 2, 0, MISSING, 50), series(50, 40, 60, MISSING, 50), series(2, 5, 0, 0, 100), id="failing"
        ),
        pytest.param(series(MISSING, 3), series(100, 60, 10, 10, 10), series(0, 5, 0, 0, 0), id="errors only at times"),
    ],
)
def test_the_error_rate_has_a_value_in_every_period_of(errors: Series, invocations: Series, expected: Series) -> None:
    assert value_of(RATE, errors=errors, invocations=invocations) == expected


def test_a_rate_can_ask_for_a_minimum_sample() -> None:
    expression = "IF(errors >= 3 AND 100 * errors / FILL(requests, 1) > 2, 1, 0)"
    errors, requests = series(MISSING, 1, 3, 3, 9), series(10, 10, 10, 200, 9)
    assert value_of(expression, errors=errors, requests=requests) == series(0, 0, 1, 0, 1)


# Grammar.


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("2 + 3 * 4", 14),
        ("(2 + 3) * 4", 20),
        ("10 - 2 - 3", 5),
        ("2 * 3 ^ 2", 18),
        ("2 ^ 3 ^ 2", 512),
        ("-2 ^ 2", -4),
        ("2 ^ -1", 0.5),
        ("- - 5", 5),
        ("50.25 + 1e2", 150.25),
        ("1 + 1 == 2", 1),
        ("1 == 1 AND 2 < 1 OR 1 != 0", 1),
        ("1 || 0 && 0", 1),
        ("1 >= 2 || 2 <= 1", 0),
    ],
)
def test_operators_bind_in_the_usual_order(expression: str, expected: float) -> None:
    assert scalar(expression) == expected


@pytest.mark.parametrize(
    ("expression", "position", "message"),
    [
        ("", 0, "Unexpected end of expression"),
        ("m1 +", 4, "Unexpected end of expression"),
        ("m1 +* 2", 4, "Unexpected '*'"),
        ("m1 $ 2", 3, "Unexpected '$'"),
        ("m1 m1", 3, "Unexpected 'm1'"),
        ("M1 + 1", 0, "A value is expected here"),
        ("1 + m9", 4, "Unknown id 'm9'"),
        ("[m1, m1] > 1", 9, "Unsupported operand types for '>': an array of time series and a scalar"),
        ("m1 + FILL(m1)", 5, "FILL takes 2 arguments, not 1"),
        ("FILL(m1, ZERO)", 9, "FILL takes a value, a metric, REPEAT or LINEAR, not ZERO"),
        ("FILL(3, 0)", 5, "FILL takes time series, not a scalar"),
        ("SUM(3)", 0, "SUM takes time series, not a scalar"),
        ("IF(1, 2, 3)", 6, "IF with a scalar condition takes time series"),
        ("IF([m1], 2, 3)", 3, "IF cannot take an array of time series"),
        ("METRICS(m1)", 8, "METRICS takes a string"),
        ("[m1, 2]", 5, "A time series is expected here, not a scalar"),
    ],
)
def test_what_cannot_be_read_or_computed_is_an_error_with_its_position(
    expression: str, position: int, message: str
) -> None:
    with pytest.raises(MetricMathError) as caught:
        value_of(expression, m1=series(1))
    assert (caught.value.position, str(caught.value)) == (position, message)


@pytest.mark.parametrize("function", ["RATE", "RUNNING_SUM", "ANOMALY_DETECTION_BAND", "SEARCH", "TIME_SERIES"])
def test_a_function_that_is_not_supported_is_refused_by_name_and_position(function: str) -> None:
    with pytest.raises(UnsupportedFunctionError) as caught:
        value_of(f"m1 + {function}(m1, 'x')", m1=series(1))
    assert (caught.value.name, caught.value.position) == (function, 5)


def test_an_expression_may_refer_to_another_one() -> None:
    expressions = {"rate": parse("100 * errors / requests"), "high": parse("rate > 2")}
    metrics = {"errors": series(1, 5), "requests": series(100, 100)}
    value = evaluate(expressions["high"], timeline=timeline(2), metrics=metrics, expressions=expressions)
    assert value == series(0, 1)


def test_an_expression_that_refers_to_itself_is_refused() -> None:
    expressions = {"e1": parse("e2 + 1"), "e2": parse("1 + e1")}
    with pytest.raises(MetricMathError, match="'e1' refers to itself") as caught:
        evaluate(parse("e1"), timeline=timeline(1), metrics={}, expressions=expressions)
    assert caught.value.expression_id == "e2"


# Properties.


POINTS = st.lists(st.none() | st.integers(-1000, 1000), min_size=5, max_size=5)


@given(POINTS, st.integers(-9, 9))
def test_filled_with_a_number_a_series_has_no_gap_and_keeps_its_points(points: list[int | None], filler: int) -> None:
    filled = value_of(f"FILL(m1, {filler})", m1=series(*points))
    assert filled == series(*(filler if point is None else point for point in points))


@given(POINTS)
def test_filled_by_repetition_a_series_has_a_gap_only_before_its_first_point(points: list[int | None]) -> None:
    filled = value_of("FILL(m1, REPEAT)", m1=series(*points))
    expected: list[int | None] = []
    for point in points:
        expected.append(point if point is not None else expected[-1] if expected else None)
    assert filled == series(*expected)


@given(POINTS)
def test_filled_linearly_a_series_stays_between_its_neighbours(points: list[int | None]) -> None:
    filled = value_of("FILL(m1, LINEAR)", m1=series(*points))
    assert isinstance(filled, dict)
    known = series(*points)
    inner = [time for time in timeline(5).timestamps if known and min(known) <= time <= max(known)]
    assert sorted(filled) == inner
    for time in inner:
        left, right = max(t for t in known if t <= time), min(t for t in known if t >= time)
        low, high = sorted((known[left], known[right]))
        assert low - 1e-9 <= filled[time] <= high + 1e-9


@given(POINTS, POINTS, POINTS)
def test_if_picks_by_the_condition_alone(
    condition: list[int | None], when_true: list[int | None], when_false: list[int | None]
) -> None:
    def pick(truth: int | None, yes: int | None, no: int | None) -> int | None:
        if truth is None:
            return None
        return (yes or 0) if truth else no

    picked = value_of("IF(c, t, f)", c=series(*condition), t=series(*when_true), f=series(*when_false))
    assert picked == series(*map(pick, condition, when_true, when_false))


ORACLES: dict[str, Callable[[int, int], float | None]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "/": lambda left, right: left / right if right != 0 else None,
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
    "==": lambda left, right: left == right,
    "!=": lambda left, right: left != right,
    "AND": lambda left, right: left != 0 and right != 0,
    "OR": lambda left, right: left != 0 or right != 0,
}


@given(st.sampled_from(sorted(ORACLES)), POINTS, POINTS)
def test_operators_on_series_match_a_naive_oracle(symbol: str, left: list[int | None], right: list[int | None]) -> None:
    expected = [
        None if a is None and b is None else ORACLES[symbol](a or 0, b or 0) for a, b in zip(left, right, strict=True)
    ]
    assert value_of(f"a {symbol} b", a=series(*left), b=series(*right)) == series(*expected)


@given(st.sampled_from(sorted(ORACLES)), POINTS, st.integers(-9, 9))
def test_operators_with_a_scalar_leave_gaps(symbol: str, points: list[int | None], number: int) -> None:
    expected = [None if point is None else ORACLES[symbol](point, number) for point in points]
    assert value_of(f"a {symbol} ({number})", a=series(*points)) == series(*expected)


@given(st.text(alphabet="m1e2 +-*/^()[],<>=&|FILIF.\"'", max_size=20))
def test_no_text_raises_anything_but_a_metric_math_error(text: str) -> None:
    try:
        value = value_of(text, m1=series(1, MISSING, 3), e2=series())
    except MetricMathError:
        return
    assert isinstance(value, float | dict | tuple)
    if isinstance(value, dict):
        assert all(math.isfinite(point) for point in value.values())


def test_a_timeline_finds_the_period_of_a_moment() -> None:
    periods = timeline(2)
    assert [
        periods.period_start(moment) for moment in (START - 0.1, START, START + 299.9, START + 300, START + 600)
    ] == [
        None,
        START,
        START,
        START + 300,
        None,
    ]

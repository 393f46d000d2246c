import pytest

from playbook.wording import count, duration, milliseconds, percent, rate, waiting


@pytest.mark.parametrize(
    ("value", "limit", "text"),
    [(0, None, "0 %"), (12, 2, "12 %"), (0.126, 2, "0.13 %"), (100, None, "100 %"), (2, 2, "2 %")],
)
def test_a_percentage_has_at_most_two_decimals(value: float, limit: float | None, text: str) -> None:
    assert percent(value, limit=limit) == text


def test_a_percentage_next_to_its_limit_shows_on_which_side_it_is() -> None:
    assert percent(2.0004, limit=2) == "2.0004 %"
    assert percent(1.9996, limit=2) == "1.9996 %"


@pytest.mark.parametrize(
    ("minutes", "text"),
    [
        (0.2, "1 min"),
        (30, "30 min"),
        (89.1, "90 min"),
        (300, "5 h"),
        (301, "5.1 h"),
        (2880, "48 h"),
        (3000, "2.1 days"),
    ],
)
def test_a_duration_is_rounded_up_in_its_own_unit(minutes: float, text: str) -> None:
    assert duration(minutes) == text


@pytest.mark.parametrize(
    ("value_ms", "text"), [(0.2144, "0.214 ms"), (9.5, "9.5 ms"), (43.4, "43 ms"), (1415, "1,415 ms")]
)
def test_milliseconds_are_as_exact_as_they_need_to_be(value_ms: float, text: str) -> None:
    assert milliseconds(value_ms) == text


def test_one_is_singular() -> None:
    assert [count(number, "read") for number in (0, 1, 2000)] == ["0 reads", "1 read", "2,000 reads"]


def test_how_long_reads_take_is_told_where_their_rate_is_known() -> None:
    assert waiting(116, 2.0) == " (about 58 min at 2 a minute)"
    assert waiting(116, None) == ""
    assert waiting(116, 0.0) == ""
    assert waiting(4000, 2000.4) == " (about 2 min at 2,000 a minute)"


@pytest.mark.parametrize(("number", "text"), [(1940.2, "1,940"), (100, "100"), (99.94, "99.9"), (0.0333, "0.0333")])
def test_a_rate_is_as_exact_as_it_needs_to_be(number: float, text: str) -> None:
    assert rate(number) == text

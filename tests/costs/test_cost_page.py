"""docs/COST.md says what the model says, of the lines that the functions write now."""

from costs.document import STEPS
from costs.prices import PRICES, Basis
from tests.costs.cost_page import DOCUMENT, cost_page
from tests.costs.measured_usage import measured_usage


def test_the_page_is_up_to_date() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == cost_page(), "python -m tests.costs.cost_page"


def test_the_steps_are_those_of_the_ramp() -> None:
    assert [step.prisma_share for step in STEPS] == [0, 0.01, 0.05, 0.25, 0.5, 1]


def test_prices_that_were_not_read_on_aws_s_page_are_marked() -> None:
    rows = {cells[1].strip(): cells for line in cost_page().splitlines() if len(cells := line.split("|")) == 6}
    for name, price in PRICES.items():
        assert ("**check**" in rows[name][4]) is (price.basis is Basis.REPORTED), name


def test_a_line_for_the_comparator_is_longer_than_the_line_of_the_read() -> None:
    lines = measured_usage().lines
    assert lines.shadow_request > lines.mock_served > lines.platform > 0

"""Every price says where it is from, and whether the number itself was read there."""

from datetime import date
from urllib.parse import urlsplit

import pytest

from costs import prices
from costs.prices import PRICES, Basis, ComputePrices, Price


@pytest.mark.parametrize("name", PRICES)
def test_every_price_has_a_page_of_aws_and_a_day(name: str) -> None:
    price = PRICES[name]
    page = urlsplit(price.source)
    assert (page.scheme, page.netloc) == ("https", "aws.amazon.com")
    assert page.path.endswith("/pricing/")
    assert date(2026, 1, 1) <= price.read_on
    assert price.basis in Basis
    assert price.unit
    assert price.region == "us-east-1"
    assert price.usd > 0


def test_every_price_of_the_module_is_listed() -> None:
    named = [value for value in vars(prices).values() if isinstance(value, Price)]
    compute = [value for value in prices.LAMBDA_COMPUTE.values() if isinstance(value, ComputePrices)]
    ours = named + [price for of in compute for price in (of.on_demand, of.kept_ready, of.provisioned)]
    assert {id(price) for price in ours} == {id(price) for price in PRICES.values()}


@pytest.mark.parametrize("architecture", prices.LAMBDA_COMPUTE)
def test_an_environment_that_is_kept_ready_and_busy_all_the_time_is_cheaper_than_on_demand(architecture: str) -> None:
    compute = prices.LAMBDA_COMPUTE[architecture]
    assert compute.kept_ready.usd + compute.provisioned.usd < compute.on_demand.usd

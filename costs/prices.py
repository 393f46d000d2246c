"""List prices in US dollars, each with its source.

AWS's pricing pages fill most of their tables in the browser, so a copy of such a page often holds the sentence but not
the number. `Basis` says how each number was had. Prices are before free tiers, volume tiers, savings plans and taxes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final


class Basis(StrEnum):
    """How far a number may be leaned on."""

    # The number stands in the text of the AWS page, in a table or in a worked example.
    AWS_PAGE = "read"
    # The page names the charge; the number is from two or more others who copied it from that page or from AWS's price
    # list, and who agree.
    REPORTED = "check"


@dataclass(frozen=True, kw_only=True)
class Price:
    """`usd` for one `unit`, in `region`. `source` is the AWS page of that price, `read_on` the day it was looked up."""

    usd: float
    unit: str
    source: str
    basis: Basis
    region: str = "us-east-1"
    read_on: date = date(2026, 11, 24)


@dataclass(frozen=True, kw_only=True)
class ComputePrices:
    """Lambda's prices of a GB-second on one instruction set.

    `on_demand` is of a duration; `kept_ready` of provisioned concurrency, used or not; `provisioned` of a duration on
    it.
    """

    on_demand: Price
    kept_ready: Price
    provisioned: Price


_LAMBDA: Final = "https://aws.amazon.com/lambda/pricing/"
_CLOUDWATCH: Final = "https://aws.amazon.com/cloudwatch/pricing/"
_XRAY: Final = "https://aws.amazon.com/xray/pricing/"
_SYSTEMS_MANAGER: Final = "https://aws.amazon.com/systems-manager/pricing/"
_SECRETS_MANAGER: Final = "https://aws.amazon.com/secrets-manager/pricing/"
_KMS: Final = "https://aws.amazon.com/kms/pricing/"
_PRIVATELINK: Final = "https://aws.amazon.com/privatelink/pricing/"
_AURORA: Final = "https://aws.amazon.com/rds/aurora/pricing/"


def _gb_second(usd: float) -> Price:
    return Price(usd=usd, unit="GB-second", source=_LAMBDA, basis=Basis.REPORTED)


LAMBDA_REQUEST: Final = Price(usd=0.20 / 1e6, unit="request", source=_LAMBDA, basis=Basis.AWS_PAGE)
LAMBDA_COMPUTE: Final[Mapping[str, ComputePrices]] = {
    "arm64": ComputePrices(
        on_demand=_gb_second(0.0000133334), kept_ready=_gb_second(0.0000033334), provisioned=_gb_second(0.0000077778)
    ),
    "x86_64": ComputePrices(
        on_demand=_gb_second(0.0000166667), kept_ready=_gb_second(0.0000041667), provisioned=_gb_second(0.0000097222)
    ),
}

LOG_INGESTION: Final = Price(usd=0.50, unit="GB ingested", source=_CLOUDWATCH, basis=Basis.REPORTED)
LOG_STORAGE: Final = Price(usd=0.03, unit="GB-month stored", source=_CLOUDWATCH, basis=Basis.REPORTED)
CUSTOM_METRIC: Final = Price(usd=0.30, unit="custom metric and month", source=_CLOUDWATCH, basis=Basis.REPORTED)
ALARM_METRIC: Final = Price(usd=0.10, unit="metric of an alarm and month", source=_CLOUDWATCH, basis=Basis.REPORTED)
DASHBOARD: Final = Price(usd=3.00, unit="dashboard and month", source=_CLOUDWATCH, basis=Basis.REPORTED)

TRACE: Final = Price(usd=5.00 / 1e6, unit="trace recorded", source=_XRAY, basis=Basis.AWS_PAGE)
TRACE_INSIGHTS: Final = Price(usd=1.00 / 1e6, unit="trace processed by Insights", source=_XRAY, basis=Basis.AWS_PAGE)

CONFIGURATION_REQUEST: Final = Price(
    usd=0.20 / 1e6, unit="AppConfig request", source=_SYSTEMS_MANAGER, basis=Basis.REPORTED
)
CONFIGURATION_RECEIVED: Final = Price(
    usd=0.0008, unit="AppConfig configuration received", source=_SYSTEMS_MANAGER, basis=Basis.REPORTED
)

SECRET: Final = Price(usd=0.40, unit="secret and month", source=_SECRETS_MANAGER, basis=Basis.REPORTED)
KEY: Final = Price(usd=1.00, unit="customer-managed key and month", source=_KMS, basis=Basis.AWS_PAGE)

ENDPOINT_HOUR: Final = Price(
    usd=0.01, unit="interface endpoint, zone and hour", source=_PRIVATELINK, basis=Basis.REPORTED
)
CAPACITY_UNIT_HOUR: Final = Price(usd=0.12, unit="Aurora capacity unit and hour", source=_AURORA, basis=Basis.REPORTED)
DATABASE_STORAGE: Final = Price(usd=0.10, unit="GB-month of Aurora storage", source=_AURORA, basis=Basis.REPORTED)
DATABASE_IO: Final = Price(usd=0.20 / 1e6, unit="Aurora I/O request", source=_AURORA, basis=Basis.REPORTED)

# Every price, by what the page calls it.
PRICES: Final[Mapping[str, Price]] = {
    "Lambda, a request": LAMBDA_REQUEST,
    **{
        f"Lambda on {architecture}, {use}": price
        for architecture, compute in LAMBDA_COMPUTE.items()
        for use, price in (
            ("a duration", compute.on_demand),
            ("provisioned concurrency kept ready", compute.kept_ready),
            ("a duration on provisioned concurrency", compute.provisioned),
        )
    },
    "CloudWatch Logs, ingestion": LOG_INGESTION,
    "CloudWatch Logs, storage": LOG_STORAGE,
    "CloudWatch, custom metrics": CUSTOM_METRIC,
    "CloudWatch, alarms": ALARM_METRIC,
    "CloudWatch, dashboards": DASHBOARD,
    "X-Ray, traces": TRACE,
    "X-Ray, Insights": TRACE_INSIGHTS,
    "AppConfig, requests": CONFIGURATION_REQUEST,
    "AppConfig, configurations received": CONFIGURATION_RECEIVED,
    "Secrets Manager": SECRET,
    "KMS": KEY,
    "PrivateLink": ENDPOINT_HOUR,
    "Aurora Serverless v2, capacity": CAPACITY_UNIT_HOUR,
    "Aurora, storage": DATABASE_STORAGE,
    "Aurora, I/O": DATABASE_IO,
}

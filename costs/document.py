"""The page on costs, in Markdown."""

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from costs.inventory import Inventory
from costs.model import (
    HOURS_A_MONTH,
    MILLION,
    Costs,
    cold_start,
    hours_of,
    per_million_reads,
    per_month,
    shadow_bus,
    traced_share,
)
from costs.prices import (
    CAPACITY_UNIT_HOUR,
    DATABASE_IO,
    DATABASE_STORAGE,
    ENDPOINT_HOUR,
    PRICES,
    Basis,
    Price,
)
from costs.usage import Step, Traffic, Usage

# The tool leaves the shadow as it is from step to step, and the shadow's hour begins with all reads.
STEPS: Final = (
    Step(name="shadow only", prisma_share=0.0, shadow_share=1.0),
    Step(name="1 %", prisma_share=0.01, shadow_share=1.0),
    Step(name="5 %", prisma_share=0.05, shadow_share=1.0),
    Step(name="25 %", prisma_share=0.25, shadow_share=1.0),
    Step(name="50 %", prisma_share=0.50, shadow_share=1.0),
    Step(name="100 %", prisma_share=1.0, shadow_share=1.0),
)
FIFTY_USERS: Final = Traffic(name="50 users", reads_per_second=50 / 60, warm_environments=2)
TEN_A_SECOND: Final = Traffic(name="10 reads/s", reads_per_second=10, warm_environments=3)
HUNDRED_A_SECOND: Final = Traffic(name="100 reads/s", reads_per_second=100, warm_environments=12)
TRAFFICS: Final = (FIFTY_USERS, TEN_A_SECOND, HUNDRED_A_SECOND)
# Of which the page shows what a million reads are made of.
_SHOWN: Final = "beta"

_LINE_LENGTH: Final = 120

_WHERE_FROM: Final[Mapping[Basis, str]] = {
    Basis.AWS_PAGE: "read on the page",
    Basis.REPORTED: "**check**",
}


def page(inventories: Mapping[str, Inventory], usage: Usage) -> str:
    """The whole document. `inventories` by environment, `beta` among them."""
    shown = inventories[_SHOWN]
    steps = [step.name for step in STEPS]
    return "\n".join(
        [
            _HEAD,
            "## A million reads, by step\n",
            _EACH_STEP,
            *(
                part
                for traffic in TRAFFICS
                for part in (
                    f"### {traffic.name}: a million in {_duration(hours_of(MILLION, traffic))}\n",
                    _table(
                        ["", *steps],
                        (
                            [name, *(_usd(_million(inventory, usage, step, traffic)) for step in STEPS)]
                            for name, inventory in inventories.items()
                        ),
                        of_numbers=True,
                    ),
                )
            ),
            f"## What it is made of: {_SHOWN} at {TEN_A_SECOND.name}\n",
            "Without the share of the month.\n",
            _breakdown([per_million_reads(shown, usage, step, TEN_A_SECOND) for step in STEPS], steps),
            _dearest(shown, usage),
            "## A month, whether anybody reads or not\n",
            _breakdown([per_month(inventory, usage) for inventory in inventories.values()], list(inventories)),
            _COLD_STARTS.format(usd=f"{cold_start():.4f}", thousand=_usd(1000 * cold_start())),
            "## A new database\n",
            _NEW_DATABASE.format(
                endpoint=_usd(ENDPOINT_HOUR.usd * HOURS_A_MONTH),
                half_unit=_usd(CAPACITY_UNIT_HOUR.usd * HOURS_A_MONTH / 2),
                storage=_usd(DATABASE_STORAGE.usd),
                io=_usd(DATABASE_IO.usd * MILLION),
            ),
            "## The shadow's bus\n",
            _bus(shown, usage),
            "## What was measured, and what was taken\n",
            _measured(usage),
            "## Prices\n",
            _PRICES_HEAD,
            _table(
                ["price", "US dollars", "for one", "where from"],
                ([name, _plain(price.usd), price.unit, _source(price)] for name, price in PRICES.items()),
            ),
            _LEFT_OUT,
        ]
    )


def _million(inventory: Inventory, usage: Usage, step: Step, traffic: Traffic) -> float:
    """With the share of a month that a million reads take at this traffic."""
    months = hours_of(MILLION, traffic) / HOURS_A_MONTH
    return total(per_million_reads(inventory, usage, step, traffic)) + months * total(per_month(inventory, usage))


def total(costs: Costs) -> float:
    return sum(costs.values())


def _breakdown(columns: Sequence[Costs], headings: Sequence[str]) -> str:
    """A row for each part, and for their sum; parts that nobody pays are left out."""
    rows = [
        [part, *(_usd(costs[part]) for costs in columns)]
        for part in columns[0]
        if any(costs[part] > 0 for costs in columns)
    ]
    together = ["**together**", *(f"**{_usd(total(costs))}**" for costs in columns)]
    return _table(["", *headings], [*rows, together], of_numbers=True)


def _dearest(inventory: Inventory, usage: Usage) -> str:
    shadow_only = per_million_reads(inventory, usage, STEPS[0], TEN_A_SECOND)
    without = per_million_reads(inventory, usage, Step(name="", prisma_share=0, shadow_share=0), TEN_A_SECOND)
    traced = ", ".join(f"{_percent(traced_share(inventory, traffic))} at {traffic.name}" for traffic in TRAFFICS)
    paragraph = (
        f"Comparing every read costs {_usd(total(shadow_only) - total(without))} of the {_usd(total(shadow_only))} of "
        "the shadow's hour; `--shadow-percent` lowers it in proportion. The sampling rule traces the first "
        f"{inventory.traced_per_second} reads of a second and {_percent(inventory.traced_share_of_others)} of the "
        f"others, which is {traced}: a quiet environment pays most for the traces of a read."
    )
    return textwrap.fill(paragraph, _LINE_LENGTH) + "\n"


def _bus(inventory: Inventory, usage: Usage) -> str:
    buses = shadow_bus(inventory, usage)
    rows = [[bus, part, _usd(usd)] for bus, costs in buses.items() for part, usd in costs.items()]
    table = _table(["by", "for what", "a million sampled reads"], rows)
    return _BUS.format(table=table, bytes=round(usage.lines.shadow_request), wait=usage.durations.event_invoke)


def _measured(usage: Usage) -> str:
    lines, durations = usage.lines, usage.durations
    rows = [
        ["mock-read's line of a read that the mock served", f"{lines.mock_served:.0f} bytes", _LINES],
        ["mock-read's line of a read that Prisma served", f"{lines.prisma_served:.0f} bytes", _LINES],
        ["mock-read's line for the comparator", f"{lines.shadow_request:.0f} bytes", _LINES],
        ["prisma-read's line of a read", f"{lines.prisma_read:.0f} bytes", _LINES],
        ["prisma-shadow's line of a comparison", f"{lines.comparison:.0f} bytes", _LINES],
        ["what Lambda logs of an invocation", f"{lines.platform:.0f} bytes", _PLATFORM],
        ["custom metrics", f"{usage.custom_metrics}", _LINES],
        ["mock-read, the mock serves", f"{durations.mock_read} ms", _MOCK_READ],
        ["mock-read, waiting for Prisma", f"{durations.canary_wait} ms", _CANARY_WAIT],
        ["prisma-read, a read", f"{durations.prisma_read} ms", _PRISMA_READ],
        ["prisma-shadow, a comparison", f"{durations.comparison} ms", _COMPARISON],
        ["an `Event` invocation", f"{durations.event_invoke} ms", _EVENT_INVOKE],
        *(
            [f"warm environments of mock-read at {traffic.name}", str(traffic.warm_environments), "taken"]
            for traffic in TRAFFICS
        ),
        ["lines that CloudWatch Logs delivers at once", "1", "taken; more make the comparisons cheaper"],
    ]
    return _table(["quantity", "", "where from"], rows)


def _table(headings: Sequence[str], rows: Iterable[Sequence[str]], *, of_numbers: bool = False) -> str:
    """`of_numbers`: all columns but the first hold numbers, which are aligned to the right."""
    others = "---:" if of_numbers else "---"
    ruler = ["---", *[others] * (len(headings) - 1)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [headings, ruler, *rows]) + "\n"


def _usd(usd: float) -> str:
    return f"${usd:,.2f}"


def _percent(share: float) -> str:
    return f"{share * 100:.0f} %"


def _plain(usd: float) -> str:
    return f"{usd:.10f}".rstrip("0").rstrip(".") if usd < 1 else f"{usd:.2f}"


def _source(price: Price) -> str:
    return f"[{price.source.removeprefix('https://')}]({price.source}), {price.read_on}, {_WHERE_FROM[price.basis]}"


def _duration(hours: float) -> str:
    return f"{hours / 24:.0f} days" if hours >= _LONG_HOURS else f"{hours:.2g} hours"


_LONG_HOURS: Final = 48

_LINES: Final = "the functions' own code, run over the 50 users of the beta"
_PLATFORM: Final = (
    "START, END and REPORT with its X-Ray line, in the form that "
    "[Lambda's guide](https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html) shows"
)
_MOCK_READ: Final = (
    "taken: 0.06 ms by `make bench` on a laptop; 512 MB have [0.29 of a vCPU]"
    "(https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html), and the agent runs beside it"
)
_CANARY_WAIT: Final = "mean of 1,200 reads at 100 % in a rehearsal, whose database and functions share a laptop"
_PRISMA_READ: Final = "mean of 2,051 reads through Prisma by the comparator, in the same rehearsal, and its own work"
_COMPARISON: Final = _PRISMA_READ
_EVENT_INVOKE: Final = "median of `make bench`, against an embedded AWS on the same machine; a real one is farther away"

_HEAD: Final = """\
# What an environment costs

<!-- This page is made by: python -m tests.costs.cost_page -->

List prices of us-east-1 before free tiers, volume tiers, savings plans and taxes, multiplied by what the templates
hold and what a read was measured to use. [`costs/`](../costs) is the model. It says which part is large and what a
change of a setting does; it is no bill. Prices marked **check** at the end stand on no copy of AWS's page that
could be read.
"""
_EACH_STEP: Final = """\
What the reads themselves use, and the share of a month in which they are served. Every read is compared, as it is
until `--shadow-percent` says otherwise.
"""
_COLD_STARTS: Final = """\
The database's own secrets count as two where an environment names them. Besides, each new execution environment of
mock-read receives flag and kill switch for ${usd}, and so does each warm one at a change of a flag: a thousand cold
starts are {thousand}.
"""
_NEW_DATABASE: Final = """\
An environment that asks for a database of its own pays, a month:

| | |
| --- | ---: |
| an interface endpoint, in each zone | {endpoint} |
| each half capacity unit of Aurora that is never paused, in each instance | {half_unit} |
| a GB of storage | {storage} |
| a million I/O requests | {io} |

Endpoints cost the same with and without reads, so they are what an idle environment is billed for: the fewer
services the functions in the VPC call, and the fewer zones they are in, the better. Capacity can pause at zero, and
then the first read after a pause finds no database. Where a template has endpoints or a cluster, the table above
counts them.
"""
_BUS: Final = """\
The comparator can be told of a read by one more line in the log, or by an `Event` invocation from mock-read. Either
way Lambda is asked once for each comparison, which is counted with the comparisons.

{table}
The line is {bytes} bytes, ingested and kept as long as the log is. An `Event` invocation writes no line, and
mock-read is billed while it waits for Lambda to take it, here {wait} ms. So the log is the dearer of the two. It was
chosen because the user waits those milliseconds, too, and because a call can be throttled, refused or slow
([decision 4](decisions/0004-the-log-is-the-shadow-bus.md)).
"""
_PRICES_HEAD: Final = """\
AWS's pages fill most tables in the browser, so their copies often name a charge without its number. *Read on the
page* is a number that stood there, in a table or an example. **Check** is one on which two or more others agree who
copied it from that page or from AWS's price list: compare it with the page before you lean on it. The date is the
day of the look-up; the copy that was read may be older.
"""
_LEFT_OUT: Final = """\

Left out, since they come to cents or to nothing: SNS and its e-mails, SQS, SSM's parameter, CodeDeploy, the
functions that run when something is deployed or rolled back, errors and retries, queries of Logs Insights, what the
dashboard and the operator's tool read from CloudWatch, data transfer, and the storage of packages. The database
that a secret names is somebody's already.
"""

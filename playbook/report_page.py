"""The report: one HTML page made of one bundle. Pure; `playbook report` reads and writes."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final

import jinja2
from markupsafe import Markup, escape

from playbook.bundle import Bundle
from playbook.report_checklists import Checklist, checklist, kill_switch_is_set, position
from playbook.report_error_rate import error_rate
from playbook.report_images import WidgetImages
from playbook.report_latencies import latencies_by_path, p95_over_time
from playbook.report_timeline import alarm_lanes, dials, events, overrides
from playbook.report_view import Figure, Figured, Table
from playbook.verdict import Check, CheckName, Outcome
from playbook.verdict_view import next_line
from playbook.wording import count, milliseconds, percent

_ALL_PERCENT: Final = 100
_STOPPED: Final = "The kill switch is set: the mock serves every read, whatever the flag says."
_FINISHED: Final = "Prisma serves every read: the ramp is at its end."
_UNIT: Final = re.compile(r"(?<=\d) (?=(%|ms|min|h|×)(\W|$))")


@dataclass(frozen=True, kw_only=True)
class Tile:
    """A figure that is looked at first. `note` says what it has to be."""

    title: str
    figure: Figure
    notes: Sequence[str]
    outcome: Outcome


@dataclass(frozen=True, kw_only=True)
class ExactFigure:
    label: str
    figure: Figure


@dataclass(frozen=True, kw_only=True)
class CheckRow:
    """A row of the verdict's table."""

    name: str
    outcome: Outcome
    reason: str
    figures: Sequence[ExactFigure]


@dataclass(frozen=True, kw_only=True)
class Difference:
    """A field that differed. `bar_percent` is in proportion to the most frequent one."""

    path: str
    kind: str
    count: Figure
    share: Figure
    bar_percent: float


@dataclass(frozen=True, kw_only=True)
class Page:
    """What the template shows, in its order."""

    bundle: Bundle
    what: str
    now: str
    tiles: Sequence[Tile]
    checks: Sequence[CheckRow]
    limits: Table
    dials: Figured
    lanes: Figured | None
    events: Table
    error_rate: Figured | None
    failures: Table
    latencies: Figured | None
    p95: Figured | None
    differences: Sequence[Difference]
    overrides: Table
    checklist: Checklist
    images: WidgetImages
    sources: Table

    @property
    def outcome(self) -> Outcome:
        return self.bundle.verdict.outcome


def render(bundle: Bundle, images: WidgetImages) -> str:
    """The page's HTML; nothing in it comes from elsewhere than the bundle, but CloudWatch's own images."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("playbook", ""),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_unbroken,
    )
    environment.filters.update(date=_date, day=_day, clock=_clock, prose=_prose, headed=_headed)
    environment.tests.update(
        figure=lambda value: isinstance(value, Figure),
        moment=lambda value: isinstance(value, datetime),
        outcome=lambda value: isinstance(value, Outcome),
    )
    return environment.get_template("report.html.j2").render(page=page_of(bundle, images))


def page_of(bundle: Bundle, images: WidgetImages) -> Page:
    return Page(
        bundle=bundle,
        what=position(bundle),
        now=_now(bundle),
        tiles=list(_tiles(bundle)),
        checks=[_row(check) for check in bundle.verdict.checks],
        limits=_limits(bundle),
        dials=dials(bundle),
        lanes=alarm_lanes(bundle),
        events=events(bundle),
        error_rate=error_rate(bundle),
        failures=_failures(bundle),
        latencies=latencies_by_path(bundle.evidence, bundle.thresholds),
        p95=p95_over_time(bundle),
        differences=list(_differences(bundle)),
        overrides=overrides(bundle),
        checklist=checklist(bundle),
        images=images,
        sources=_sources(bundle),
    )


def _now(bundle: Bundle) -> str:
    if kill_switch_is_set(bundle):
        return _STOPPED
    if bundle.verdict.outcome is Outcome.GO and bundle.step.flag.percent >= _ALL_PERCENT:
        return _FINISHED
    return next_line(bundle)


def _tiles(bundle: Bundle) -> Iterator[Tile]:
    """Of each check that has been made, the figure that decides it."""
    checks = {check.name: check for check in bundle.verdict.checks}
    limits = bundle.thresholds
    for name, figure_name, title, note in (
        (CheckName.CANARY_ERROR_RATE, "rate_percent", "Canary errors", f"at most {limits.error_rate_percent:g} %"),
        (CheckName.CANARY_P95, "p95_ms", "Canary p95", f"budget {milliseconds(limits.latency_budget_ms)}"),
        (CheckName.SHADOW_DIFFS, "rate_percent", "Shadow diffs", f"below {limits.shadow_diff_go_percent:g} %"),
        (CheckName.SHADOW_ERRORS, "rate_percent", "Shadow errors", f"below {limits.shadow_error_percent:g} %"),
        (CheckName.SHADOW_P95, "p95_ms", "Shadow p95", f"below {milliseconds(limits.shadow_p95_ms)}"),
        (CheckName.SHADOW_COVERAGE, "coverage_percent", "Compared", f"at least {limits.shadow_coverage_percent:g} %"),
        (CheckName.ALARMS, "in_alarm", "In ALARM", f"of {count(len(bundle.evidence.alarms), 'alarm')}"),
    ):
        if name in checks:
            check = checks[name]
            value = check.figures.get(figure_name)
            low, high = check.figures.get("lower_percent"), check.figures.get("upper_percent")
            yield Tile(
                title=title,
                figure=Figure(name=f"{name}.{figure_name}", text=_text(figure_name, value), value=value),
                notes=[note] if low is None or high is None else [note, f"bounds {percent(low)} to {percent(high)}"],
                outcome=check.outcome,
            )


def _row(check: Check) -> CheckRow:
    return CheckRow(
        name=check.name,
        outcome=check.outcome,
        reason=check.reason,
        figures=[
            ExactFigure(
                label=name.replace("_", " "),
                figure=Figure(
                    name=f"{check.name}.{name}", text="none" if value is None else f"{value:,.10g}", value=value
                ),
            )
            for name, value in check.figures.items()
        ],
    )


def _limits(bundle: Bundle) -> Table:
    limits = bundle.thresholds
    return Table(
        key="limits-table",
        caption="The limits that were in force",
        columns=("Limit", "Value"),
        rows=[
            (
                limit.name.rsplit("_", 1)[0].replace("_", " "),
                Figure(name=limit.name, text=_text(limit.name, value := getattr(limits, limit.name)), value=value),
            )
            for limit in fields(limits)
        ],
    )


def _failures(bundle: Bundle) -> Table:
    return Table(
        key="failures-table",
        caption="Causes that the functions gave since the step began",
        columns=("Event", "Code", "Lines"),
        rows=[
            (each.event, each.code, Figure(name="failures", text=f"{each.count:,}", value=each.count))
            for each in bundle.failures
        ],
    )


def _differences(bundle: Bundle) -> Iterator[Difference]:
    compared = bundle.evidence.shadow.compared
    most = max((each.reads for each in bundle.diff_fields), default=0)
    for each in bundle.diff_fields:
        share = _ALL_PERCENT * each.reads / compared if compared else None
        yield Difference(
            path=each.path,
            kind=each.kind,
            count=Figure(name="reads", text=f"{each.reads:,}", value=each.reads),
            share=Figure(name="share_percent", text=_text("share_percent", share), value=share),
            bar_percent=round(_ALL_PERCENT * each.reads / most, 1),
        )


def _sources(bundle: Bundle) -> Table:
    return Table(
        key="sources-table",
        caption="What was read, and for which time",
        columns=("Source", "Service", "From", "To", "Read"),
        rows=[
            (
                source.name,
                source.service,
                source.since,
                source.until,
                Figure(name="count", text=f"{source.count:,} {source.items}", value=source.count),
            )
            for source in bundle.sources
        ],
    )


def _text(name: str, value: float | None) -> str:
    """A figure with the unit that is in its name."""
    if value is None:
        return "–"
    if name.endswith("_percent"):
        return percent(value)
    if name.endswith("_ms"):
        return milliseconds(value)
    return f"{value:g} ×" if name.endswith("_factor") else f"{value:,g}"


def _date(at: datetime) -> str:
    return f"{at:%-d %b %Y}"


def _day(at: datetime) -> str:
    return f"{at:%-d %b}"


def _clock(at: datetime) -> str:
    return f"{at:%H:%M:%S}" if at.second else f"{at:%H:%M}"


def _unbroken(value: Any) -> Any:
    """A number and its unit stay on one line."""
    return (
        _UNIT.sub("\N{NO-BREAK SPACE}", value) if isinstance(value, str) and not hasattr(value, "__html__") else value
    )


def _prose(text: str) -> Markup:
    """Text with what stands between backticks as code, and everything in it escaped."""
    parts = str(_unbroken(text)).split("`")
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if number % 2 and number < len(parts) - 1 else escape(part)
        for number, part in enumerate(parts)
    )


def _headed(text: str) -> str:
    """As a heading begins."""
    return text[:1].upper() + text[1:]

"""The dashboard `huntaze-prisma-migration`: what the go/no-go is read from.

What decides is on the first screen; below it stand what explains, the other alarms, and the saved queries. Its body is
data. It cannot show where the flag was set, only what reads do: `playbook status` shows both.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from dashboards.alarms import AlarmRule
from dashboards.console_links import Console
from dashboards.guide import Contacts, contacts, go_no_go, links, runbook
from dashboards.layout import Row, placed
from dashboards.limits import (
    P95_GO_FACTOR,
    P95_LIMIT_FACTOR,
    SHADOW_COVERAGE_GO_PERCENT,
    SHADOW_DIFF_GO_PERCENT,
    SHADOW_ERROR_LIMIT_PERCENT,
    SHADOW_P95_LIMIT_MS,
)
from dashboards.measures import (
    code_dial,
    mock_p95_times,
    path_dial,
    reads_by_version,
    shadow_coverage,
    shadow_error_rate,
)
from dashboards.queries import saved_queries
from dashboards.series import (
    environment_sum,
    lambda_invocations,
    path_fallbacks,
    path_latency_p95,
    path_requests,
    shadow_latency_p95,
)
from dashboards.widgets import (
    Limit,
    Line,
    Meaning,
    Widget,
    alarm_graph,
    alarm_status,
    graph,
    latest_values,
    measured,
    query_table,
    text,
)
from shared.names import PATH_MOCK, PATH_PRISMA, Metric, ResourceNames

_STATUS_HEIGHT: Final = 3
_GRAPH_HEIGHT: Final = 6
_HEADING_HEIGHT: Final = 1
_TABLES_A_ROW: Final = 2
_GRAPHS_A_ROW: Final = 3


@dataclass(frozen=True, kw_only=True)
class Dashboard:
    """What the dashboard is about.

    `alarms` are rules with the ARNs of their alarms; `versions` are by function the newest one, which is the new one
    while CodeDeploy moves `live` to it.
    """

    names: ResourceNames
    region: str
    latency_budget_ms: int
    alarms: Sequence[tuple[AlarmRule, str]]
    versions: Mapping[str, str]
    appconfig_application_id: str
    contacts: Contacts

    def body(self) -> dict[str, Any]:
        on_first_screen = {
            self.names.error_rate_alarm,
            self.names.canary_error_rate_alarm,
            self.names.shadow_diff_alarm,
        }
        others = [self._alarm_graph(rule.name) for rule, _ in self.alarms if rule.name not in on_first_screen]
        tables = [query_table(query, self.region) for query in saved_queries(self.names)]
        return {
            "start": "-PT3H",
            "periodOverride": "inherit",
            "widgets": placed(
                [
                    *self._first_screen(),
                    _heading("Reads, and the shadow comparison"),
                    *_rows(self._explanations(), _GRAPHS_A_ROW),
                    _heading("The other alarms"),
                    *_rows(others, _GRAPHS_A_ROW),
                    _heading("Logs"),
                    *_rows(tables, _TABLES_A_ROW),
                ]
            ),
        }

    def _first_screen(self) -> list[Row]:
        names = self.names
        go_diffs = Limit(
            label=f"GO below {SHADOW_DIFF_GO_PERCENT:g}", value=SHADOW_DIFF_GO_PERCENT, meaning=Meaning.NOT_YET_GO
        )
        status = alarm_status("Alarms", [arn for _, arn in self.alarms])
        return [
            Row(_STATUS_HEIGHT, [status, self._dials()], widths=(14, 10)),
            Row(
                _GRAPH_HEIGHT,
                [
                    self._alarm_graph(names.error_rate_alarm),
                    self._alarm_graph(names.canary_error_rate_alarm),
                    self._latency(),
                ],
            ),
            Row(
                _GRAPH_HEIGHT,
                [
                    self._alarm_graph(names.shadow_diff_alarm, go_diffs),
                    self._coverage(),
                    text(self._guide()),
                ],
            ),
        ]

    def _explanations(self) -> list[Widget]:
        names = self.names
        return [
            graph(
                "Reads by path",
                self.region,
                [
                    Line(label="mock", shown=path_requests(names, PATH_MOCK)),
                    Line(label="prisma", shown=path_requests(names, PATH_PRISMA)),
                    Line(label="all invocations", shown=lambda_invocations(names)),
                ],
            ),
            *(
                graph(f"Reads of {function} by version", self.region, [measured(reads_by_version(names, function))])
                for function in self.versions
            ),
            graph(
                "Shadow errors (% of sampled reads)",
                self.region,
                [measured(shadow_error_rate(names))],
                limits=[_investigate_from(SHADOW_ERROR_LIMIT_PERCENT)],
            ),
            graph(
                "Shadow latency, p95 (ms)",
                self.region,
                [Line(label="the path that did not serve", shown=shadow_latency_p95(names))],
                limits=[_investigate_from(SHADOW_P95_LIMIT_MS)],
            ),
            graph(
                "What was caught on the way",
                self.region,
                [
                    Line(label="fallbacks to the mock", shown=path_fallbacks(names, PATH_PRISMA)),
                    Line(label="flag not readable", shown=environment_sum(names, Metric.FLAG_ERRORS)),
                    Line(label="bad requests", shown=environment_sum(names, Metric.BAD_REQUESTS)),
                    Line(label="shadow lines skipped", shown=environment_sum(names, Metric.SHADOW_SKIPPED)),
                ],
            ),
        ]

    def _dials(self) -> Widget:
        return latest_values(
            "Dials, as reads see them",
            self.region,
            [
                measured(path_dial(self.names)),
                *(measured(code_dial(self.names, function, version)) for function, version in self.versions.items()),
            ],
        )

    def _latency(self) -> Widget:
        """The playbook's two lines move with the mock; the budget holds where it is above them."""
        budget = Limit(
            label=f"budget: up to {self.latency_budget_ms} ms always GO",
            value=self.latency_budget_ms,
            meaning=Meaning.NOT_YET_GO,
        )
        return graph(
            "Latency by path, p95 (ms)",
            self.region,
            [
                Line(label="mock", shown=path_latency_p95(self.names, PATH_MOCK)),
                Line(label="prisma", shown=path_latency_p95(self.names, PATH_PRISMA)),
                measured(mock_p95_times(self.names, P95_GO_FACTOR)),
                measured(mock_p95_times(self.names, P95_LIMIT_FACTOR)),
            ],
            limits=[budget],
        )

    def _coverage(self) -> Widget:
        go = Limit(
            label=f"GO from {SHADOW_COVERAGE_GO_PERCENT:g}",
            value=SHADOW_COVERAGE_GO_PERCENT,
            meaning=Meaning.NOT_YET_GO,
        )
        return graph(
            "Shadow coverage (% of sampled reads)", self.region, [measured(shadow_coverage(self.names))], limits=[go]
        )

    def _guide(self) -> str:
        console = Console(self.region)
        limit_percent = self._rule(self.names.canary_error_rate_alarm).threshold
        parts = (
            go_no_go(error_rate_limit_percent=limit_percent, latency_budget_ms=self.latency_budget_ms),
            links(self.names, console, appconfig_application_id=self.appconfig_application_id),
            contacts(self.names, self.contacts, console),
            runbook([rule for rule, _ in self.alarms], console),
        )
        return "\n\n".join(parts)

    def _alarm_graph(self, name: str, *limits: Limit) -> Widget:
        meaning = Meaning.ROLLBACK if name in self.names.rollback_alarms else Meaning.INVESTIGATE
        return alarm_graph(self._rule(name), self.region, meaning, limits=limits)

    def _rule(self, name: str) -> AlarmRule:
        return next(rule for rule, _ in self.alarms if rule.name == name)


def _investigate_from(value: float) -> Limit:
    return Limit(label=f"investigate from {value:g}", value=value, meaning=Meaning.INVESTIGATE)


def _heading(title: str) -> Row:
    return Row(_HEADING_HEIGHT, [text(f"## {title}")])


def _rows(widgets: Sequence[Widget], a_row: int) -> list[Row]:
    return [Row(_GRAPH_HEIGHT, widgets[first : first + a_row]) for first in range(0, len(widgets), a_row)]

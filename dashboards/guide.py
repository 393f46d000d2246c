"""The dashboard's text: what the go/no-go needs, where to look next, and whom to tell."""

from collections.abc import Sequence
from dataclasses import dataclass

from dashboards.alarms import AlarmRule
from dashboards.console_links import Console
from dashboards.limits import P95_GO_FACTOR, SHADOW_COVERAGE_GO_PERCENT, SHADOW_DIFF_GO_PERCENT
from dashboards.queries import saved_queries
from shared.names import XRAY_CANARY_TRACES, ResourceNames

_LINKED_MINUTES = 60
# The user got the mock's answer, so the trace itself is no fault: the annotation tells.
_FAILED_CANARY_READS = f'{XRAY_CANARY_TRACES} AND annotation.failure CONTAINS ""'
_FALLBACKS_BY_CODE = "07-fallbacks-by-code"


@dataclass(frozen=True, kw_only=True)
class Contacts:
    """Who hears of alarms. `slack` is a workspace's and a channel's id."""

    emails: tuple[str, ...]
    slack: tuple[str, str] | None


def go_no_go(*, error_rate_limit_percent: float, latency_budget_ms: int) -> str:
    return (
        f"**GO** needs all of it: alarms OK · canary errors ≤ {error_rate_limit_percent:g} % · prisma p95 ≤ the higher "
        f"of mock {P95_GO_FACTOR - 1:+.0%} and {latency_budget_ms} ms · shadow differences < "
        f"{SHADOW_DIFF_GO_PERCENT:g} % · coverage ≥ {SHADOW_COVERAGE_GO_PERCENT:g} %. Few reads prove little: "
        "`playbook decide` says how many more it takes."
    )


def runbook(rules: Sequence[AlarmRule], console: Console) -> str:
    sections = [f"- [{rule.name}]({console.alarm(rule.name)}) → `{rule.runbook}`" for rule in rules]
    return "\n".join(["**Runbook**", "", *sections])


def links(names: ResourceNames, console: Console, *, appconfig_application_id: str) -> str:
    (fallbacks,) = (query for query in saved_queries(names) if query.name.endswith(_FALLBACKS_BY_CODE))
    groups = {
        names.mock_read_function: names.mock_read_deployment_group,
        names.prisma_read_function: names.prisma_read_deployment_group,
    }
    targets = [
        ("alarms", console.alarms()),
        (
            "Logs Insights: fallbacks by code",
            console.logs_insights(fallbacks.log_groups, fallbacks.text, minutes=_LINKED_MINUTES),
        ),
        ("canary traces", console.traces(XRAY_CANARY_TRACES, minutes=_LINKED_MINUTES)),
        ("failed canary traces", console.traces(_FAILED_CANARY_READS, minutes=_LINKED_MINUTES)),
        ("trace map", console.trace_map(minutes=_LINKED_MINUTES)),
        ("flag and kill switch (AppConfig)", console.appconfig_application(appconfig_application_id)),
        *(
            (f"code of {function} (CodeDeploy)", console.deployment_group(names.codedeploy_application, group))
            for function, group in groups.items()
        ),
    ]
    return "**Console** " + " · ".join(f"[{label}]({url})" for label, url in targets)


def contacts(names: ResourceNames, people: Contacts, console: Console) -> str:
    told = [f"[{email}](mailto:{email})" for email in people.emails]
    if people.slack is not None:
        workspace, channel = people.slack
        told.append(f"[Slack](https://app.slack.com/client/{workspace}/{channel})")
    heard = " · ".join(told) or (
        "nobody hears of alarms yet: name people in `alarm_emails` or `slack` of `stacks/environments.py`"
    )
    return (
        f"**Contacts** {heard} · topics `{names.alarm_topic}` and `{names.rollback_topic}` · "
        f"[AWS Support]({console.support()})"
    )

"""What preflight looks at, read from the account. Whatever is raised here is botocore's, but NotWarmError."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from dashboards.queries import SavedQuery, saved_queries
from dashboards.series import path_requests
from playbook.account_state import AccountState, read_account_state
from playbook.baseline import Baseline, measure
from playbook.evidence import Evidence
from playbook.evidence_source import collect
from playbook.preflight_alarms import AlarmActions, GuardianFacts, Subscription
from playbook.preflight_capacity import Concurrency
from playbook.preflight_eyes import QUERY_MINUTES, TRACE_MINUTES, QueryRun
from playbook.version_probe import VersionProber, live_version
from shared.names import PATH_MOCK, PATH_PRISMA

if TYPE_CHECKING:
    from playbook.account import Account

RATE_MINUTES: Final = 10

_MINUTE: Final = timedelta(minutes=1)
_QUERY_POLL_SECONDS: Final = 0.3
_QUERY_PATIENCE: Final = timedelta(minutes=5)
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetQueryResults.html
_UNDER_WAY: Final = frozenset({"Scheduled", "Running"})
# https://docs.aws.amazon.com/sns/latest/api/API_ListSubscriptionsByTopic.html
_PENDING: Final = "PendingConfirmation"
_DELETED: Final = "Deleted"


class AccountSight:
    """The account, as preflight needs it. `on_progress` is told what is under way, where that takes long."""

    def __init__(self, account: "Account", *, on_progress: Callable[[str], None]) -> None:
        self._account = account
        self._on_progress = on_progress
        self.names: Final = account.names
        self.settings: Final = account.settings
        self.region: Final = account.region

    def state(self) -> AccountState:
        return read_account_state(self._account)

    def evidence(self, since: datetime) -> Evidence:
        return collect(self._account, since, on_progress=lambda told: self._on_progress(str(told))).evidence

    def alarm_actions(self) -> Mapping[str, AlarmActions]:
        """By alarm name."""
        pages = self._account.cloudwatch.get_paginator("describe_alarms").paginate(
            AlarmNames=[*self.names.rollback_alarms, *self.names.investigate_alarms]
        )
        return {
            alarm["AlarmName"]: AlarmActions(
                enabled=alarm.get("ActionsEnabled", True),
                on_alarm=tuple(alarm.get("AlarmActions", ())),
                on_ok=tuple(alarm.get("OKActions", ())),
            )
            for page in pages
            for alarm in page["MetricAlarms"]
        }

    def topic_arn(self, name: str) -> str:
        identity = self._account.identity.get_caller_identity()
        partition, account_id = identity["Arn"].split(":")[1], identity["Account"]
        return f"arn:{partition}:sns:{self.region}:{account_id}:{name}"

    def subscriptions(self, topic_name: str) -> Sequence[Subscription]:
        topics = self._account.topics
        pages = topics.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=self.topic_arn(topic_name))
        found: list[Subscription] = []
        for page in pages:
            for listed in page["Subscriptions"]:
                arn = listed["SubscriptionArn"]
                if arn == _DELETED:
                    continue
                attributes: Mapping[str, str] = (
                    {_PENDING: "true"}
                    if arn == _PENDING
                    else topics.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
                )
                found.append(
                    Subscription(
                        protocol=listed["Protocol"],
                        endpoint=listed["Endpoint"],
                        confirmed=attributes.get(_PENDING) != "true",
                        filter_policy=json.loads(attributes.get("FilterPolicy") or "{}"),
                        filter_scope=attributes.get("FilterPolicyScope", ""),
                    )
                )
        return found

    def guardian(self) -> GuardianFacts:
        functions, name = self._account.functions, self.names.rollback_guardian_function
        pages = functions.get_paginator("list_event_source_mappings").paginate(FunctionName=name)
        return GuardianFacts(
            reserved_concurrency=self._reserved(name),
            takes_recoveries=any(
                mapping["State"] == "Enabled"
                and mapping.get("EventSourceArn", "").endswith(f":{self.names.rollback_guardian_recoveries}")
                for page in pages
                for mapping in page["EventSourceMappings"]
            ),
        )

    def dashboard_widgets(self) -> int | None:
        client = self._account.cloudwatch
        try:
            body = client.get_dashboard(DashboardName=self.names.dashboard)["DashboardBody"]
        except client.exceptions.DashboardNotFoundError:
            return None
        return len(json.loads(body).get("widgets", ()))

    def traces(self) -> int:
        """Of users' reads, as far as X-Ray sampled them. A probe leaves none of these."""
        now = self._account.now()
        reads = f'annotation.path = "{PATH_MOCK}" OR annotation.path = "{PATH_PRISMA}"'
        # One page tells enough.
        answer = self._account.traces.get_trace_summaries(
            StartTime=now - TRACE_MINUTES * _MINUTE,
            EndTime=now,
            FilterExpression=f'service("{self.names.mock_read_function}") AND ({reads})',
        )
        return len(answer["TraceSummaries"])

    def run_queries(self) -> Sequence[QueryRun]:
        """Run each saved query as it is deployed."""
        pages = self._account.logs.describe_query_definitions(
            queryDefinitionNamePrefix=f"{self.names.prefix}/", maxResults=1000
        )
        deployed: Mapping[str, Any] = {each["name"]: each for each in pages["queryDefinitions"]}
        return [self._run_query(query, deployed.get(query.name)) for query in saved_queries(self.names)]

    def concurrency(self) -> Concurrency:
        """Lambda's own word on the account's limit: the applied quota, and what reservations leave of it."""
        limit = self._account.functions.get_account_settings()["AccountLimit"]
        functions = (self.names.prisma_read_function, self.names.prisma_shadow_function)
        return Concurrency(
            limit=limit["ConcurrentExecutions"],
            unreserved=limit["UnreservedConcurrentExecutions"],
            reserved={name: self._reserved(name) for name in functions},
        )

    def reads_a_minute(self) -> float | None:
        """The present rate, None where no read was counted in the last minutes."""
        now = self._account.now().replace(second=0, microsecond=0)
        series = [path_requests(self.names, path) for path in (PATH_MOCK, PATH_PRISMA)]
        answer = self._account.cloudwatch.get_metric_data(
            StartTime=now - RATE_MINUTES * _MINUTE,
            EndTime=now + _MINUTE,
            MetricDataQueries=[
                {
                    "Id": f"reads{number}",
                    "MetricStat": {
                        "Metric": {
                            "Namespace": each.namespace,
                            "MetricName": each.metric_name,
                            "Dimensions": [{"Name": key, "Value": value} for key, value in each.dimensions.items()],
                        },
                        "Period": int(_MINUTE.total_seconds()),
                        "Stat": each.statistic,
                    },
                }
                for number, each in enumerate(series)
            ],
        )
        reads: dict[datetime, float] = {}
        for result in answer["MetricDataResults"]:
            for minute, value in zip(result["Timestamps"], result["Values"], strict=True):
                reads[minute] = reads.get(minute, 0) + value
        return rate_a_minute(reads)

    def measure_baseline(self, users: Sequence[str]) -> Baseline:
        """By the version of mock-read that `live` points to, at most as many at a time as are kept warm."""
        functions, name = self._account.functions, self.names.mock_read_function
        version = live_version(functions, name)
        probes = 0

        def tell() -> None:
            nonlocal probes
            probes += 1
            self._on_progress(f"measuring prisma-read: {probes:,} probes")

        return measure(
            VersionProber(functions, name, version),
            users,
            version=version,
            concurrency=max(1, self.settings.prisma_provisioned_concurrency),
            on_probe=tell,
        )

    def _reserved(self, function_name: str) -> int | None:
        answer = self._account.functions.get_function_concurrency(FunctionName=function_name)
        return answer.get("ReservedConcurrentExecutions")

    def _run_query(self, query: SavedQuery, deployed: Mapping[str, Any] | None) -> QueryRun:
        if deployed is None:
            return QueryRun(name=query.name, status=None)
        self._on_progress(f"running {query.name}")
        logs, now = self._account.logs, self._account.now()
        as_here = deployed["queryString"] == query.text
        try:
            query_id = logs.start_query(
                logGroupNames=deployed["logGroupNames"],
                startTime=int((now - QUERY_MINUTES * _MINUTE).timestamp()),
                endTime=int(now.timestamp()),
                queryString=deployed["queryString"],
            )["queryId"]
        except ClientError as error:
            # Its text, or its log groups: that is what is looked for.
            return QueryRun(name=query.name, status=error.response["Error"]["Code"], as_here=as_here)
        while (answer := logs.get_query_results(queryId=query_id))["status"] in _UNDER_WAY:
            if self._account.now() > now + _QUERY_PATIENCE:
                break
            time.sleep(_QUERY_POLL_SECONDS)
        return QueryRun(name=query.name, status=answer["status"], rows=len(answer["results"]), as_here=as_here)


def rate_a_minute(reads: Mapping[datetime, float]) -> float | None:
    """From reads by minute: over the minutes from the first to the last that has any; metrics come minutes late."""
    counted = [minute for minute, number in reads.items() if number]
    if not counted:
        return None
    minutes = (max(counted) - min(counted)) / _MINUTE + 1
    return sum(reads.values()) / minutes

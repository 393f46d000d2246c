"""Just enough of a deployed environment for the commands that turn its dials, made with boto3 in a few seconds.

The names, limits and flags are those of the stacks; what no dial depends on is left out.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any, Final

from playbook.live_state import TAKEN_BACK
from playbook.settings import Settings
from shared.names import (
    FLAG_KILL_SWITCH,
    FLAG_PRISMA_ADAPTER,
    PROFILE_FEATURE_FLAGS,
    PROFILE_KILL_SWITCH,
)
from stacks.environments import SANDBOX
from stacks.flag_documents import FEATURE_FLAGS_SEED, KILL_SWITCH_SEED
from tests.playbook.code_stage import CodeStage
from tests.sandbox_process import RunningSandbox

NAMES: Final = SANDBOX.names
SHADOW: Final = {"enabled": True, "percent": 0, "shadowPercent": 100}
CANARY: Final = {"enabled": True, "percent": 1, "shadowPercent": 100}


@dataclass
class DialStage:
    """An environment in a running sandbox; `reset` makes its dials and its journal new."""

    sandbox: RunningSandbox

    @property
    def code(self) -> CodeStage:
        return CodeStage(self.sandbox)

    def build(self) -> None:
        """Everything that stays as it is."""
        # Nothing evaluates the alarms but the tests.
        self.sandbox.control.set_alarm_engine(running=False)
        settings = {item.name: getattr(SANDBOX, item.name) for item in fields(Settings)}
        settings["ramp_hold_minutes"] = dict(SANDBOX.ramp_hold_minutes)
        self.sandbox.client("ssm").put_parameter(
            Name=NAMES.settings_parameter, Value=json.dumps(settings), Type="String"
        )
        self.code.build()
        for alarm in (*NAMES.rollback_alarms, *NAMES.investigate_alarms):
            self.sandbox.client("cloudwatch").put_metric_alarm(
                AlarmName=alarm, Namespace="Tests", MetricName="Nothing", Statistic="Sum", Period=60,
                EvaluationPeriods=1, Threshold=0, ComparisonOperator="GreaterThanThreshold",
            )  # fmt: skip
            self.set_alarm(alarm, "OK")
        for function in (NAMES.mock_read_function, NAMES.prisma_shadow_function):
            self._create_log_group(f"/aws/lambda/{function}")

    def reset(self, *, monitors: tuple[str, ...] = (), minutes: float = 0, bake_minutes: float = 0) -> None:
        """A flag that was seeded off and a released kill switch; no entry in the journal.

        The flag's own strategy takes so many minutes; `monitors` are the alarms that AppConfig watches.
        """
        appconfig = self.sandbox.client("appconfig")
        for application in appconfig.list_applications()["Items"]:
            appconfig.delete_application(ApplicationId=application["Id"])
        for strategy in appconfig.list_deployment_strategies()["Items"]:
            if strategy["Name"].startswith(NAMES.prefix):
                appconfig.delete_deployment_strategy(DeploymentStrategyId=strategy["Id"])
        for name, duration, bake in (
            (NAMES.canary_strategy, minutes, bake_minutes),
            (NAMES.immediate_strategy, 0, 0),
        ):
            appconfig.create_deployment_strategy(
                Name=name, DeploymentDurationInMinutes=duration, FinalBakeTimeInMinutes=bake, GrowthFactor=50,
                ReplicateTo="NONE",
            )  # fmt: skip
        application = appconfig.create_application(Name=NAMES.appconfig_application)["Id"]
        for environment, profile, seed, watched in (
            (NAMES.appconfig_environment, PROFILE_FEATURE_FLAGS, FEATURE_FLAGS_SEED, monitors),
            (NAMES.kill_switch_environment, PROFILE_KILL_SWITCH, KILL_SWITCH_SEED, ()),
        ):
            appconfig.create_environment(
                ApplicationId=application,
                Name=environment,
                Monitors=[{"AlarmArn": self._alarm_arn(alarm)} for alarm in watched],
            )
            appconfig.create_configuration_profile(
                ApplicationId=application, Name=profile, LocationUri="hosted", Type="AWS.AppConfig.FeatureFlags"
            )
            self._deploy(environment, profile, json.loads(json.dumps(seed)), "Seeded off")
        logs = self.sandbox.client("logs")
        for group in logs.describe_log_groups(logGroupNamePrefix=NAMES.journal_log_group)["logGroups"]:
            logs.delete_log_group(logGroupName=group["logGroupName"])
        self._create_log_group(NAMES.journal_log_group)

    def put_flag(self, values: Mapping[str, Any], *, strategy: str = NAMES.immediate_strategy, by: str = "") -> int:
        """Another operator's turn of the path dial, complete at once; the deployment's number."""
        document = self._document(NAMES.appconfig_environment, PROFILE_FEATURE_FLAGS)
        document["values"][FLAG_PRISMA_ADAPTER] |= values
        return self._deploy(NAMES.appconfig_environment, PROFILE_FEATURE_FLAGS, document, by, strategy=strategy)

    def set_kill_switch(self) -> None:
        document = self._document(NAMES.kill_switch_environment, PROFILE_KILL_SWITCH)
        document["values"][FLAG_KILL_SWITCH] |= {"enabled": True}
        self._deploy(NAMES.kill_switch_environment, PROFILE_KILL_SWITCH, document, "a rollback")

    def set_alarm(self, name: str, state: str) -> None:
        self.sandbox.client("cloudwatch").set_alarm_state(AlarmName=name, StateValue=state, StateReason="a test")

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.sandbox.control.clock()["now"], UTC)

    def log(self, function: str, lines: Sequence[Mapping[str, Any]], *, at: datetime | None = None) -> None:
        """Lines of a function, all of one moment."""
        moment = int((at or self.now()).timestamp() * 1000)
        events = [{"timestamp": moment, "message": json.dumps(line)} for line in lines]
        for start in range(0, len(events), 5_000):
            self.sandbox.client("logs").put_log_events(
                logGroupName=f"/aws/lambda/{function}", logStreamName="all", logEvents=events[start : start + 5_000]
            )

    def clear_logs(self) -> None:
        for function in (NAMES.mock_read_function, NAMES.prisma_shadow_function):
            self.sandbox.client("logs").delete_log_group(logGroupName=f"/aws/lambda/{function}")
            self._create_log_group(f"/aws/lambda/{function}")

    @property
    def flag(self) -> dict[str, Any]:
        """The values that count, be their deployment complete or not."""
        values: dict[str, Any] = self._document(NAMES.appconfig_environment, PROFILE_FEATURE_FLAGS)["values"]
        flag: dict[str, Any] = values[FLAG_PRISMA_ADAPTER]
        return flag

    @property
    def switch_is_set(self) -> bool:
        values = self._document(NAMES.kill_switch_environment, PROFILE_KILL_SWITCH)["values"]
        return bool(values[FLAG_KILL_SWITCH]["enabled"])

    def counting_deployments(self, environment: str) -> list[int]:
        """Numbers of the deployments that were not taken back, from the first on."""
        return sorted(
            item["DeploymentNumber"] for item in self._deployments(environment) if item["State"] not in TAKEN_BACK
        )

    def versions(self) -> int:
        """How many versions of the flag and of the kill switch were ever made."""
        appconfig = self.sandbox.client("appconfig")
        return sum(
            len(
                appconfig.list_hosted_configuration_versions(
                    ApplicationId=application, ConfigurationProfileId=profile_id
                )["Items"]
            )
            for application, _, profile_id in (
                self._ids(NAMES.appconfig_environment, PROFILE_FEATURE_FLAGS),
                self._ids(NAMES.kill_switch_environment, PROFILE_KILL_SWITCH),
            )
        )

    def journal(self) -> list[tuple[str, dict[str, Any]]]:
        """Kind and facts of every entry, from the oldest on, without what differs from one run to the next."""
        events = self.sandbox.client("logs").filter_log_events(logGroupName=NAMES.journal_log_group)["events"]
        documents = [json.loads(event["message"]) for event in events]
        return [
            (item["kind"], {key: value for key, value in item["facts"].items() if not key.endswith("_at")})
            for item in documents
        ]

    def _create_log_group(self, name: str) -> None:
        logs = self.sandbox.client("logs")
        logs.create_log_group(logGroupName=name)
        logs.create_log_stream(logGroupName=name, logStreamName="all")

    def _alarm_arn(self, name: str) -> str:
        return f"arn:aws:cloudwatch:{self.sandbox.region}:000000000000:alarm:{name}"

    def _ids(self, environment: str, profile: str) -> tuple[str, str, str]:
        appconfig = self.sandbox.client("appconfig")
        (application,) = (item["Id"] for item in appconfig.list_applications()["Items"])
        environments = appconfig.list_environments(ApplicationId=application)["Items"]
        profiles = appconfig.list_configuration_profiles(ApplicationId=application)["Items"]
        return (
            application,
            next(item["Id"] for item in environments if item["Name"] == environment),
            next(item["Id"] for item in profiles if item["Name"] == profile),
        )

    def _deployments(self, environment: str) -> list[Any]:
        application, environment_id, _ = self._ids(environment, PROFILE_FEATURE_FLAGS)
        pages = (
            self.sandbox.client("appconfig")
            .get_paginator("list_deployments")
            .paginate(ApplicationId=application, EnvironmentId=environment_id)
        )
        return [item for page in pages for item in page["Items"]]

    def _document(self, environment: str, profile: str) -> dict[str, Any]:
        application, _, profile_id = self._ids(environment, profile)
        counting = max(
            (item for item in self._deployments(environment) if item["State"] not in TAKEN_BACK),
            key=lambda item: item["DeploymentNumber"],
        )
        version = self.sandbox.client("appconfig").get_hosted_configuration_version(
            ApplicationId=application,
            ConfigurationProfileId=profile_id,
            VersionNumber=int(counting["ConfigurationVersion"]),
        )
        document: dict[str, Any] = json.loads(version["Content"].read())
        return document

    def _deploy(
        self,
        environment: str,
        profile: str,
        document: dict[str, Any],
        description: str,
        *,
        strategy: str = NAMES.immediate_strategy,
    ) -> int:
        appconfig = self.sandbox.client("appconfig")
        application, environment_id, profile_id = self._ids(environment, profile)
        strategies = appconfig.list_deployment_strategies()["Items"]
        version = appconfig.create_hosted_configuration_version(
            ApplicationId=application,
            ConfigurationProfileId=profile_id,
            Content=json.dumps(document).encode(),
            ContentType="application/json",
            Description=description,
        )
        number: int = appconfig.start_deployment(
            ApplicationId=application,
            EnvironmentId=environment_id,
            ConfigurationProfileId=profile_id,
            ConfigurationVersion=str(version["VersionNumber"]),
            DeploymentStrategyId=next(item["Id"] for item in strategies if item["Name"] == strategy),
            Description=description,
        )["DeploymentNumber"]
        return number

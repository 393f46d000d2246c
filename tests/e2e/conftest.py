"""The real stacks, deployed by the real CDK command line to an embedded AWS, once for all tests of a process."""

import base64
import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from playbook.flag_dial import FlagPosition
from playbook.live_state import deployed_feature_flags, deployed_kill_switch
from playbook.traffic import beta_users
from shared.names import FLAG_KILL_SWITCH, FLAG_PRISMA_ADAPTER, PROFILE_FEATURE_FLAGS, PROFILE_KILL_SWITCH
from stacks.environments import SANDBOX
from tests.deployed_stacks import deploy_stacks
from tests.sandbox_process import RunningSandbox, running_sandbox

REPOSITORY = Path(__file__).resolve().parents[2]
NAMES = SANDBOX.names


@dataclass(frozen=True)
class Deployment:
    """The deployed sandbox stage, and what an operator does to it by AWS's own APIs."""

    sandbox: RunningSandbox

    def client(self, service: str) -> Any:
        return self.sandbox.client(service)

    def appconfig_ids(self, environment: str, profile: str) -> tuple[str, str, str]:
        """Ids of application, environment and profile, found by name."""
        appconfig = self.client("appconfig")
        (application,) = (
            item["Id"] for item in appconfig.list_applications()["Items"] if item["Name"] == NAMES.appconfig_application
        )
        environments = appconfig.list_environments(ApplicationId=application)["Items"]
        profiles = appconfig.list_configuration_profiles(ApplicationId=application)["Items"]
        (environment_id,) = (item["Id"] for item in environments if item["Name"] == environment)
        (profile_id,) = (item["Id"] for item in profiles if item["Name"] == profile)
        return application, environment_id, profile_id

    def strategy_id(self, name: str) -> str:
        items = self.client("appconfig").list_deployment_strategies()["Items"]
        return str(next(item["Id"] for item in items if item["Name"] == name))

    def deploy_flag(self, **values: Any) -> dict[str, Any]:
        """Deploy a new version of the flag, all at once; returns StartDeployment's answer."""
        return self._deploy(NAMES.appconfig_environment, PROFILE_FEATURE_FLAGS, FLAG_PRISMA_ADAPTER, values)

    def deploy_kill_switch(self, *, enabled: bool) -> dict[str, Any]:
        return self._deploy(NAMES.kill_switch_environment, PROFILE_KILL_SWITCH, FLAG_KILL_SWITCH, {"enabled": enabled})

    def _deploy(self, environment: str, profile: str, flag: str, values: dict[str, Any]) -> dict[str, Any]:
        appconfig = self.client("appconfig")
        application, environment_id, profile_id = self.appconfig_ids(environment, profile)
        seed = appconfig.get_hosted_configuration_version(
            ApplicationId=application, ConfigurationProfileId=profile_id, VersionNumber=1
        )
        document = json.loads(seed["Content"].read())
        document["values"][flag].update(values)
        version = appconfig.create_hosted_configuration_version(
            ApplicationId=application,
            ConfigurationProfileId=profile_id,
            Content=json.dumps(document).encode(),
            ContentType="application/json",
        )
        started: dict[str, Any] = appconfig.start_deployment(
            ApplicationId=application,
            EnvironmentId=environment_id,
            ConfigurationProfileId=profile_id,
            ConfigurationVersion=str(version["VersionNumber"]),
            DeploymentStrategyId=self.strategy_id(NAMES.immediate_strategy),
        )
        return started

    def read(self, payload: Any) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """Invoke `live` once: its answer, and the lines that the function logged for it."""
        response = self.client("lambda").invoke(
            FunctionName=NAMES.mock_read_function, Qualifier="live", LogType="Tail", Payload=json.dumps(payload)
        )
        assert "FunctionError" not in response, response["Payload"].read()
        tail = base64.b64decode(response["LogResult"]).decode()
        return json.loads(response["Payload"].read()), [
            json.loads(line) for line in tail.splitlines() if line.startswith("{")
        ]

    def read_candidate(self, user_id: str) -> dict[str, Any]:
        """The candidate's own answer, without mock-read in front of it."""
        response = self.client("lambda").invoke(
            FunctionName=NAMES.prisma_read_function, Qualifier="live", Payload=json.dumps({"userId": user_id})
        )
        answer: dict[str, Any] = json.loads(response["Payload"].read())
        assert answer["statusCode"] == 200, answer
        return answer

    def warm_candidate(self) -> None:
        """As an operator does before a canary: a cold candidate needs longer than a user waits."""
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(self.read_candidate, beta_users(20)))

    def set_flag(self, position: FlagPosition) -> None:
        """Turn the path dial and wait until reads see it; nothing is waited for where it stands already.

        A kill switch that an earlier test, or the guardian after one, has left set is released.
        """
        appconfig = self.client("appconfig")
        standing = deployed_feature_flags(appconfig, NAMES).values[FLAG_PRISMA_ADAPTER]
        wanted = {"percent": position.percent, "splitBy": position.split_by, "shadowPercent": position.shadow_percent}
        stands = standing["enabled"] and wanted.items() <= standing.items()
        is_cut_off = deployed_kill_switch(appconfig, NAMES).values[FLAG_KILL_SWITCH]["enabled"]
        if stands and not is_cut_off:
            return
        if not stands:
            self._quieten_alarms()
            self.deploy_flag(**position.values)
        if is_cut_off:
            self.deploy_kill_switch(enabled=False)
        time.sleep(SANDBOX.flag_poll_interval_seconds + 2)

    def _quieten_alarms(self) -> None:
        """An alarm that an earlier test's faults still raise would have AppConfig take a change of the flag back."""
        cloudwatch = self.client("cloudwatch")
        for name in NAMES.flag_rollback_alarms:
            cloudwatch.set_alarm_state(AlarmName=name, StateValue="OK", StateReason="another test begins")

    @contextmanager
    def guardian_asleep(self) -> Iterator[None]:
        """Whoever breaks things on purpose, or turns the switch by hand, does not want the guardian to be first."""
        functions, name = self.client("lambda"), NAMES.rollback_guardian_function
        concurrency = functions.get_function_concurrency(FunctionName=name)["ReservedConcurrentExecutions"]
        functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
        try:
            yield
        finally:
            functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=concurrency)

    def events(self, function_name: str, start_ms: int) -> Iterator[dict[str, Any]]:
        """Everything in a function's log group from `start_ms` on (epoch milliseconds)."""
        pages = self.client("logs").get_paginator("filter_log_events")
        for page in pages.paginate(logGroupName=f"/aws/lambda/{function_name}", startTime=start_ms):
            yield from page["events"]

    def lines(self, function_name: str, start_ms: int) -> Iterator[dict[str, Any]]:
        """The lines of ours among them, parsed."""
        for event in self.events(function_name, start_ms):
            if event["message"].startswith("{"):
                yield json.loads(event["message"])

    def path_of_a_read(self) -> str:
        """Which path a read takes now."""
        answer, lines = self.read({"userId": "user-7"})
        assert answer["user"]["id"] == "user-7"
        return str(lines[-1]["path"])

    def seconds_until(self, condition: Callable[[], bool], limit_seconds: float) -> float:
        """Wait until `condition` holds; fails when it does not within the limit."""
        started = time.monotonic()
        while time.monotonic() - started < limit_seconds:
            if condition():
                return time.monotonic() - started
            time.sleep(0.2)
        pytest.fail(f"it did not happen within {limit_seconds} s")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--record-answers", action="store_true", help="keep the queries' answers, for docs/LOGS_INSIGHTS_QUERIES.md"
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever is here needs deployed stacks, which take half a minute."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker("slow")


@pytest.fixture(scope="session")
def sandbox() -> Iterator[RunningSandbox]:
    """A sandbox with a database, for the stacks alone."""
    with running_sandbox("--postgres") as running:
        yield running


@pytest.fixture(scope="session")
def deployment(sandbox: RunningSandbox, tmp_path_factory: pytest.TempPathFactory) -> Deployment:
    """`cdk bootstrap` and `cdk deploy 'sandbox/*'`, as a team would type them, on a migrated and seeded database."""
    deploy_stacks(sandbox, tmp_path_factory.mktemp("cdk.out"))
    return Deployment(sandbox)

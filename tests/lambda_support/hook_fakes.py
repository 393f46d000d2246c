"""The Protocols of `pre_traffic_hook`, faked: a deployment, and versions that answer as real ones do."""

import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from pre_traffic_hook.answers import Answer
from pre_traffic_hook.hook import Hook, InvocationError
from pre_traffic_hook.probe_users import EXPECTED_STATUS
from pre_traffic_hook.targets import Target
from shared.event_log import EventLog
from shared.mock_reader import MockReader
from shared.names import ResourceNames
from tests.lambda_support.fakes import ENVIRONMENT, VERSION, Log

NAMES = ResourceNames(ENVIRONMENT)
CURRENT, NEW = "7", "8"
EVENT = {"DeploymentId": "d-1", "LifecycleEventHookExecutionId": "e-1"}
PATIENCE_MS = 120_000

# What one path of one version answers for a user; an exception is raised.
Answers = Callable[[str], Any]


def right_answer(user_id: str) -> Answer:
    status = EXPECTED_STATUS[user_id]
    user = MockReader().read(user_id)
    return {"statusCode": 200, "user": user} if user else {"statusCode": status, "error": {"code": "X"}}


def changed(user_id: str, change: Callable[[dict[str, Any]], object]) -> Answers:
    """Right, but for one user, whose document is changed."""

    def answers(asked: str) -> Answer:
        answer = copy.deepcopy(right_answer(asked))
        if asked == user_id:
            change(answer["user"])
        return answer

    return answers


def failing(error: Exception, *, times: int | None = None) -> Answers:
    """Raises the error, or does so for the first so many reads."""
    left = [times]

    def answers(asked: str) -> Answer:
        if left[0] is None:
            raise error
        if left[0] > 0:
            left[0] -= 1
            raise error
        return right_answer(asked)

    return answers


@dataclass
class FakeDeployments:
    deployed: Target | Exception
    reported: list[tuple[str, str, bool]] = field(default_factory=list)

    def target(self, deployment_id: str) -> Target:
        assert deployment_id == "d-1"
        if isinstance(self.deployed, Exception):
            raise self.deployed
        return self.deployed

    def report(self, deployment_id: str, hook_execution_id: str, *, succeeded: bool) -> None:
        self.reported.append((deployment_id, hook_execution_id, succeeded))


@dataclass
class FakeVersions:
    """Every version answers right, unless `answers` has another for its version and path."""

    answers: dict[tuple[str, str], Answers] = field(default_factory=dict)
    asked: list[tuple[str, str, str, str]] = field(default_factory=list)

    def probe(self, function_name: str, version: str, user_id: str, path: str) -> Answer:
        self.asked.append((function_name, version, user_id, path))
        answer: Answer = self.answers.get((version, path), right_answer)(user_id)
        return answer


class Bench:
    def __init__(
        self,
        *,
        function_name: str = NAMES.mock_read_function,
        answers: dict[tuple[str, str], Answers] | None = None,
        deployed: Exception | None = None,
    ) -> None:
        target = Target(function_name=function_name, current_version=CURRENT, target_version=NEW)
        self.deployments = FakeDeployments(deployed or target)
        self.versions = FakeVersions(answers or {})
        self.log = Log()
        self.hook = Hook(
            names=NAMES,
            deployments=self.deployments,
            versions=self.versions,
            mock=MockReader(),
            log=EventLog(
                environment=ENVIRONMENT,
                function=NAMES.pre_traffic_hook_function,
                version=VERSION,
                write=self.log.lines.append,
            ),
        )

    def run(self, remaining_ms: int = PATIENCE_MS) -> list[str]:
        """The findings, told alike in the answer, the log and the status that CodeDeploy gets."""
        answer = self.hook.handle(EVENT, "request-1", remaining_ms)
        findings: list[str] = answer["findings"]
        assert self.deployments.reported == [("d-1", "e-1", not findings)]
        (line,) = self.log.events
        assert line["verdict"] == answer["status"] == ("Failed" if findings else "Succeeded")
        assert line["findings"] == findings[:50]
        assert self.log.points == []
        return findings


UNREACHABLE = InvocationError("function-error")

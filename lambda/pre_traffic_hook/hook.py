"""Reads fixed users through the new version and says whether CodeDeploy may go on. Whatever fails here is a No.

Of mock-read, both paths of the new version must tell what the current version's mock path tells. Of prisma-read, the
new version must tell what the mock tells: not what the current version tells, for a version that mends a wrong answer
differs from the one it replaces. A database that cannot be reached is a No, too: a version that could not be tried is
not sent to users.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeAlias

from pre_traffic_hook.answers import Answer, MalformedAnswerError, differences, faults
from pre_traffic_hook.probe_users import EXPECTED_STATUS, KNOWN_USERS, MALFORMED_USER
from pre_traffic_hook.targets import Deployments, Target, UnknownTargetError
from shared.deadline import Deadline
from shared.event_log import EventLog
from shared.names import PATH_MOCK, PATH_PRISMA, LogToken, ResourceNames
from shared.read_facts import Invocation
from shared.reader import Reader

# What CodeDeploy is told, for whoever invokes the function by hand.
Verdict: TypeAlias = dict[str, Any]

# What the last read, begun just before the deadline, and telling CodeDeploy may take at the end of an invocation.
_RESERVE_MS: Final = 40_000
# A cold start is no wrong answer: so many reads may fail before the first that counts.
_WARM_UP_READS: Final = 5
_MOST_FINDINGS: Final = 50
_UNAVAILABLE: Final = 503


class InvocationError(Exception):
    """A version did not answer. `code` is a short word."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code: Final = code


class Versions(Protocol):
    """`pre_traffic_hook.aws.LambdaVersions` is the real one."""

    def probe(self, function_name: str, version: str, user_id: str, path: str) -> Answer:
        """What this path of this version answers. Raises InvocationError and MalformedAnswerError."""


@dataclass(frozen=True, slots=True)
class Finding:
    """`what` names fields and codes, never values."""

    user_id: str
    path: str
    what: str


class Hook:
    """`mock` is the mock as this package holds it, which prisma-read's answers are held against."""

    def __init__(
        self, *, names: ResourceNames, deployments: Deployments, versions: Versions, mock: Reader, log: EventLog
    ) -> None:
        self._names = names
        self._deployments = deployments
        self._versions = versions
        self._mock = mock
        self._log = log

    def handle(self, event: object, request_id: str, remaining_ms: int) -> Verdict:
        """Tells CodeDeploy, and answers the same. Raises only what keeps it from telling."""
        deadline = Deadline(remaining_ms - _RESERVE_MS)
        invocation = Invocation(request_id=request_id, cold_start=False)
        deployment_id, execution_id = _ids(event)
        try:
            target = self._deployments.target(deployment_id)
            findings = [f"{found.user_id} by {found.path}: {found.what}" for found in self._findings(target, deadline)]
            of = f"{target.function_name}:{target.target_version}"
        except TimeoutError:
            findings, of = ["the reads took too long"], deployment_id
        except UnknownTargetError as error:
            findings, of = [f"could not be tried: {error}"], deployment_id
        except Exception as error:  # noqa: BLE001 — a version that could not be tried is not sent to users
            findings, of = [f"could not be tried: {type(error).__name__}"], deployment_id
        self._write_line(invocation, of, findings)
        self._deployments.report(deployment_id, execution_id, succeeded=not findings)
        return {"status": "Failed" if findings else "Succeeded", "of": of, "findings": findings}

    def _findings(self, target: Target, deadline: Deadline) -> Iterator[Finding]:
        if target.function_name == self._names.mock_read_function:
            yield from self._of_mock_read(target, deadline)
        elif target.function_name == self._names.prisma_read_function:
            yield from self._of_prisma_read(target, deadline)
        else:
            yield Finding("nobody", target.function_name, "no function that this hook knows")

    def _of_mock_read(self, target: Target, deadline: Deadline) -> Iterator[Finding]:
        current = _Version(self._versions, target.function_name, target.current_version, deadline)
        new = _Version(self._versions, target.function_name, target.target_version, deadline)
        for path in (PATH_MOCK, PATH_PRISMA):
            new.warm_up(path)
        for user_id in EXPECTED_STATUS:
            reference = current.read(user_id, PATH_MOCK)
            for path in (PATH_MOCK, PATH_PRISMA):
                yield from _judged(user_id, path, new.read(user_id, path), reference)

    def _of_prisma_read(self, target: Target, deadline: Deadline) -> Iterator[Finding]:
        new = _Version(self._versions, target.function_name, target.target_version, deadline)
        new.warm_up(PATH_PRISMA)
        for user_id in EXPECTED_STATUS:
            # Refusing an id is mock-read's part, so prisma-read is never asked for one.
            if user_id != MALFORMED_USER:
                document = self._mock.read(user_id)
                reference: Answer = {"statusCode": 404} if document is None else {"statusCode": 200, "user": document}
                yield from _judged(user_id, PATH_PRISMA, new.read(user_id, PATH_PRISMA), reference)

    def _write_line(self, invocation: Invocation, of: str, findings: list[str]) -> None:
        verdict = "Failed" if findings else "Succeeded"
        told = findings[:_MOST_FINDINGS]
        text = "; ".join([f"{of}: {verdict}", *told])
        fields = {"tried": of, "verdict": verdict, "findings": told, "findingsInAll": len(findings)}
        self._log.emit(invocation, LogToken.PRE_TRAFFIC, text, fields, [])


class _Version:
    """One version of a function, whose failures are answers, too. Raises TimeoutError after the deadline."""

    def __init__(self, versions: Versions, function_name: str, version: str, deadline: Deadline) -> None:
        self._versions = versions
        self._function_name = function_name
        self._version = version
        self._deadline = deadline

    def read(self, user_id: str, path: str) -> Answer:
        self._deadline.remaining_s()
        try:
            return self._versions.probe(self._function_name, self._version, user_id, path)
        except InvocationError as error:
            return _unavailable(error.code)
        except MalformedAnswerError:
            return _unavailable("malformed")

    def warm_up(self, path: str) -> None:
        for _ in range(_WARM_UP_READS):
            if self.read(KNOWN_USERS[0], path)["statusCode"] != _UNAVAILABLE:
                return


def _judged(user_id: str, path: str, answer: Answer, reference: Answer) -> Iterator[Finding]:
    """A wrong status says all there is to say."""
    wrong = list(faults(user_id, answer)) or list(differences(reference, answer))
    for what in wrong:
        yield Finding(user_id, path, what)


def _unavailable(code: str) -> Answer:
    return {"statusCode": _UNAVAILABLE, "error": {"code": code}}


def _ids(event: object) -> tuple[str, str]:
    """The event is CodeDeploy's: without its ids, there is nobody to tell.

    https://docs.aws.amazon.com/codedeploy/latest/userguide/reference-appspec-file-structure-hooks.html
    """
    match event:
        case {"DeploymentId": str(deployment_id), "LifecycleEventHookExecutionId": str(execution_id)}:
            return deployment_id, execution_id
    raise ValueError("the event has no DeploymentId or no LifecycleEventHookExecutionId")

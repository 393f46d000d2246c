"""What is being deployed: CodeDeploy hands a hook ids, and tells the rest when asked."""

from dataclasses import dataclass
from typing import Protocol


class UnknownTargetError(LookupError):
    """The deployment is none of a function's. The message says what is missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Users are with `current_version`, and are to be sent to `target_version`."""

    function_name: str
    current_version: str
    target_version: str


class Deployments(Protocol):
    """`pre_traffic_hook.aws.CodeDeployDeployments` is the real one."""

    def target(self, deployment_id: str) -> Target:
        """Raises UnknownTargetError."""

    def report(self, deployment_id: str, hook_execution_id: str, *, succeeded: bool) -> None: ...

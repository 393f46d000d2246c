"""The deployments that CodeDeploy keeps: changed by requests and by their runner, watched by whoever waits for one."""

import secrets
import string
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from sandbox.aws_api import AwsError
from sandbox.codedeploy_deployment import Deployment, Plan, Scope
from sandbox.codedeploy_progress import rollback_plan

_ID_LETTERS: Final = string.ascii_uppercase + string.digits


class Deployments:
    """Safe to use on several threads. A deployment is known here alone: a runner may end and another begin."""

    def __init__(self) -> None:
        self._by_id: dict[str, Deployment] = {}
        self._changed = threading.Condition(threading.RLock())
        self._listeners: list[Callable[[], None]] = []
        self._closed = False

    def on_change(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` after each change; returns what ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def create(self, plan: Plan) -> Deployment:
        """Keep a new deployment. Raises `AwsError` while its group has another.

        https://docs.aws.amazon.com/codedeploy/latest/userguide/limits.html
        """
        with self._changed:
            active = next((d for d in self.of_group(plan.scope, plan.application, plan.group) if not _is_over(d)), None)
            if active:
                raise AwsError(
                    "DeploymentLimitExceededException",
                    f"The Deployment Group '{plan.group}' already has an active Deployment "
                    f"'{active.plan.deployment_id}'",
                )
            return self._put(Deployment(plan))

    def roll_back(self, deployment_id: str, now: float) -> Deployment:
        """Create the deployment that rolls this one back, once; return either."""
        with self._changed:
            deployment = self._by_id[deployment_id]
            if not deployment.needs_rollback:
                return deployment
            plan = rollback_plan(deployment, new_deployment_id(), now)
            # Before the other is marked as rolled back, so that nobody sees it over too early.
            rollback = self._put(Deployment(plan))
            self._put(replace(deployment, rollback_id=plan.deployment_id))
            return rollback

    def change(self, deployment_id: str, changed: Callable[[Deployment], Deployment]) -> Deployment:
        with self._changed:
            before = self._by_id[deployment_id]
            after = changed(before)
            return before if after == before else self._put(after)

    def get(self, deployment_id: str) -> Deployment | None:
        return self._by_id.get(deployment_id)

    def all(self) -> list[Deployment]:
        """In the order in which they were created."""
        return list(self._by_id.values())

    def of_group(self, scope: Scope, application: str, group: str) -> list[Deployment]:
        return [
            deployment
            for deployment in self.all()
            if (deployment.plan.scope, deployment.plan.application, deployment.plan.group)
            == (scope, application, group)
        ]

    def unfinished(self) -> list[Deployment]:
        """Those that a runner has something to do for."""
        return [deployment for deployment in self.all() if not _is_over(deployment)]

    def wait_until_over(self, deployment_id: str) -> Deployment | None:
        """Wait until the deployment, and its rollback if there is one, have ended; None when `close` comes first."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._is_over_with_rollback(deployment_id))
            return None if self._closed else self._by_id[deployment_id]

    def close(self) -> None:
        """End every wait."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _is_over_with_rollback(self, deployment_id: str) -> bool:
        deployment = self._by_id[deployment_id]
        rollback = self._by_id.get(deployment.rollback_id or "")
        return _is_over(deployment) and (rollback is None or rollback.is_finished)

    def _put(self, deployment: Deployment) -> Deployment:
        self._by_id[deployment.plan.deployment_id] = deployment
        self._changed.notify_all()
        for listener in tuple(self._listeners):
            listener()
        return deployment


def new_deployment_id() -> str:
    return "d-" + "".join(secrets.choice(_ID_LETTERS) for _ in range(9))


def _is_over(deployment: Deployment) -> bool:
    return deployment.is_finished and not deployment.needs_rollback

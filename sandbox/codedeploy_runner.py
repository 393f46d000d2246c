"""Carries deployments out: a thread that does what each asks for at the time it asks for it."""

import base64
import logging
import secrets
import threading
from collections.abc import Callable
from typing import Final

from sandbox.clock import Clock
from sandbox.codedeploy_calls import CallError, Calls
from sandbox.codedeploy_deployment import Deployment, Status
from sandbox.codedeploy_deployments import Deployments
from sandbox.codedeploy_progress import (
    Action,
    CheckAlias,
    InvokeHook,
    SetWeight,
    acted,
    due_action,
    due_at,
    ended,
    settled,
    stopped_by_alarms,
)

_logger = logging.getLogger(__name__)

ALARM_POLL_S: Final = 10.0
"""Playbook seconds between two looks at a deployment's alarms. AWS names no number; it takes less than a quarter of a
minute from an alarm to the alias."""


class DeploymentRunner:
    """Drives all deployments, of every account and region. It knows nothing that is not in `deployments`."""

    def __init__(self, deployments: Deployments, calls: Calls, clock: Clock) -> None:
        self._deployments = deployments
        self._calls = calls
        self._clock = clock
        self._stopping = False
        self._wake = threading.Event()
        self._looking = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="codedeploy", daemon=True)
        self._unsubscribe: tuple[Callable[[], None], ...] = ()

    def start(self) -> None:
        """A runner starts once; after it another may take over."""
        self._unsubscribe = (
            self._deployments.on_change(self._wake.set),
            # A jump of the clock goes minute by minute, and each is to be seen.
            self._clock.on_change(self.look),
        )
        self._thread.start()

    def stop(self) -> None:
        """Return when the call in progress, if any, has ended."""
        if not self._unsubscribe:
            return
        for unsubscribe in self._unsubscribe:
            unsubscribe()
        self._unsubscribe = ()
        self._stopping = True
        self._wake.set()
        self._thread.join()

    def look(self) -> None:
        """Do what every deployment asks for now."""
        with self._looking:
            seen: set[str] = set()
            # A deployment that is looked at may leave a rollback behind, which is due at once.
            while not self._stopping and (unseen := self._unfinished() - seen):
                for deployment_id in sorted(unseen):
                    self._advance(deployment_id)
                seen |= unseen

    def _unfinished(self) -> set[str]:
        return {deployment.plan.deployment_id for deployment in self._deployments.unfinished()}

    def _run(self) -> None:
        while not self._stopping:
            self._wake.clear()
            self.look()
            wait_s = self._wait_s()
            if wait_s is None:
                self._wake.wait()
            else:
                self._clock.wait(wait_s, self._wake)

    def _wait_s(self) -> float | None:
        unfinished = self._deployments.unfinished()
        if not unfinished:
            return None
        now = self._clock.now()
        due = [at - now for at in (due_at(deployment, now) for deployment in unfinished) if at is not None]
        return max(0.0, min([ALARM_POLL_S, *due]))

    def _advance(self, deployment_id: str) -> None:
        try:
            self._stop_on_alarm(deployment_id)
            while action := self._due(deployment_id):
                self._act(deployment_id, action)
        except CallError as failed:
            error = failed.error
            self._change(deployment_id, lambda d: ended(d, Status.FAILED, error, self._clock.now()))
        except Exception:
            # The others must go on, and this one is looked at again.
            _logger.exception("deployment %s could not be carried on", deployment_id)
            return
        self._deployments.roll_back(deployment_id, self._clock.now())

    def _stop_on_alarm(self, deployment_id: str) -> None:
        deployment = self._deployments.get(deployment_id)
        if deployment is None or deployment.stop or not deployment.watched_alarms:
            return
        active = self._calls.active_alarms(deployment.plan, deployment.plan.alarms)
        if active:
            self._change(deployment_id, lambda d: stopped_by_alarms(d, active, self._clock.now()))

    def _due(self, deployment_id: str) -> Action | None:
        now = self._clock.now()
        deployment = self._change(deployment_id, lambda d: settled(d, now, _new_execution_id()))
        return due_action(deployment, now)

    def _act(self, deployment_id: str, action: Action) -> None:
        deployment = self._deployments.get(deployment_id)
        if deployment is None:
            return
        match action:
            case CheckAlias():
                self._calls.check_alias(deployment.plan)
            case SetWeight(weight):
                self._calls.set_weight(deployment.plan, weight)
            case InvokeHook(hook):
                self._calls.invoke(deployment.plan, hook.function, hook.execution_id)
        self._change(deployment_id, lambda d: acted(d, action, self._clock.now()))

    def _change(self, deployment_id: str, changed: Callable[[Deployment], Deployment]) -> Deployment:
        return self._deployments.change(deployment_id, changed)


def _new_execution_id() -> str:
    """An opaque text, as CodeDeploy's is."""
    return base64.b64encode(secrets.token_bytes(48)).decode()

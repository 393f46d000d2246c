"""Plans of deployments for the tests of CodeDeploy's rules and of what carries them out."""

from typing import Any

from sandbox.codedeploy_app_spec import AppSpec
from sandbox.codedeploy_deployment import Plan, Scope

HOOKS = {"BeforeAllowTraffic": "before", "AfterAllowTraffic": "after"}
CANARY = {
    "type": "TimeBasedCanary",
    "timeBasedCanary": {"canaryPercentage": 10, "canaryInterval": 5},
}
EVERY_EVENT = frozenset({"DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_STOP_ON_REQUEST"})


def plan(*, hooks: dict[str, str] | None = None, deployment_id: str = "d-1", **changes: Any) -> Plan:
    """A canary of 10 % for five minutes, from version 1 to version 2, without alarms, hooks or rollback."""
    app_spec = AppSpec("reads", "live", "1", "2", hooks or {})
    values = {
        "deployment_id": deployment_id,
        "scope": Scope("000000000000", "us-east-1"),
        "application": "app",
        "group": "group",
        "config": "Canary10Percent5Minutes",
        "routing": CANARY,
        "role_arn": "arn:aws:iam::000000000000:role/deployer",
        "app_spec": app_spec,
        "revision": app_spec.revision(),
        "creator": "user",
        "created_at": 0.0,
        **changes,
    }
    return Plan(**values)

"""The role that an AWS service assumes to act for its customer."""

import json
from collections.abc import Callable
from typing import Any

from sandbox import ministack_internals
from sandbox.appconfig_agent_credentials import Credentials
from sandbox.codedeploy_deployment import Scope


def service_role_session(service: str, session_name: str) -> Callable[[str, Scope], Credentials | None]:
    """Return what assumes roles for a service principal: credentials of a role, given as ARN, in a region.

    They are None for a role that is not there or does not trust the service. With enforced IAM they are held to the
    role's policies, otherwise they are the account's.
    """

    def session(role_arn: str, scope: Scope) -> Credentials | None:
        trust = ministack_internals.role_trust_policy(role_arn)
        if trust is None or not trusts(trust, service):
            return None
        return ministack_internals.role_credentials(role_arn, scope.region, session_name)

    return session


def trusts(trust_policy: str, service: str) -> bool:
    """Whether a role's trust policy lets a service principal assume it.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
    """
    statements = _listed(json.loads(trust_policy).get("Statement"))
    return any(
        statement.get("Effect") == "Allow"
        and {"sts:AssumeRole", "sts:*", "*"} & set(_listed(statement.get("Action")))
        and isinstance(statement.get("Principal"), dict)
        and service in _listed(statement["Principal"].get("Service"))
        for statement in statements
    )


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]

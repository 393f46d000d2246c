"""DescribeAlarms and GetDashboard are authorized as in AWS: on alarms and a dashboard, not on everything.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html gives them the resource
types `alarm` and `dashboard`. Whichever alarms a call names, it is authorized on the pattern of all: what AWS does with
a policy that names single alarms is not rehearsed here.
"""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from sandbox import ministack_internals
from sandbox.aws_api import Request


def install() -> None:
    ministack_internals.change_authorized_resource("monitoring", resource)


def resource(request: Request, arn: str) -> str:
    """Return the ARN on which a request is authorized; `arn` as it is for other operations."""
    operation, parameters = _call(request)
    account_id = ministack_internals.account_id()
    match operation:
        case "DescribeAlarms":
            return f"arn:aws:cloudwatch:{ministack_internals.region()}:{account_id}:alarm:*"
        case "GetDashboard" if "DashboardName" in parameters:
            # Dashboards are of no region.
            return f"arn:aws:cloudwatch::{account_id}:dashboard/{parameters['DashboardName']}"
        case _:
            return arn


def _call(request: Request) -> tuple[str, Mapping[str, Any]]:
    """Operation and parameters, by the protocol that the client speaks; of CBOR without its parameters."""
    target = request.headers.get("x-amz-target", "")
    if target:
        return target.rpartition(".")[2], _document(request.body)
    if "/operation/" in request.path:
        return request.path.rpartition("/")[2], {}
    form = dict(parse_qsl(request.body.decode("utf-8", "replace")))
    return form.get("Action", ""), form


def _document(body: bytes) -> Mapping[str, Any]:
    try:
        document = json.loads(body or b"{}")
    except ValueError:  # which the operation says itself
        return {}
    return document if isinstance(document, dict) else {}

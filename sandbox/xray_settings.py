"""X-Ray's groups and sampling rules: AWS::XRay::Group, AWS::XRay::SamplingRule and their reads.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-xray-group.html
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-xray-samplingrule.html
https://docs.aws.amazon.com/xray/latest/api/API_Operations.html
"""

import uuid
from collections.abc import Callable
from typing import Any, Final

from sandbox.aws_api import AwsError, Extension, rest_operations
from sandbox.cloudformation_types import Properties, Resource, ResourceType
from sandbox.ministack_internals import account_id, region, regional_store
from sandbox.resource_properties import TAGS, Rule, flag, integer, number, structure, text

Document = dict[str, Any]

_GROUP: Final = {
    "GroupName": text(required=True, max_length=32),
    "FilterExpression": text(),
    "InsightsConfiguration": structure({"InsightsEnabled": flag(), "NotificationsEnabled": flag()}),
    "Tags": TAGS,
}
_SAMPLING_RULE: Final = {
    "SamplingRule": structure(
        {
            "RuleName": text(required=True, max_length=32),
            "ResourceARN": text(required=True, max_length=500),
            "Priority": integer(required=True, minimum=1, maximum=9999),
            "FixedRate": number(required=True, minimum=0, maximum=1),
            "ReservoirSize": integer(required=True, minimum=0),
            "ServiceName": text(required=True, max_length=64),
            "ServiceType": text(required=True, max_length=64),
            "Host": text(required=True, max_length=64),
            "HTTPMethod": text(required=True, max_length=10),
            "URLPath": text(required=True, max_length=128),
            "Version": integer(minimum=1),
            "Attributes": Rule(dict),
        },
        required=True,
    ),
    "Tags": TAGS,
}


class XRaySettings:
    """The groups and sampling rules of each account and region, by ARN. `now` gives epoch seconds of playbook time."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._groups = regional_store()
        self._rules = regional_store()

    def groups(self) -> list[Document]:
        """The groups of the account and region at hand."""
        return list(self._groups.values())

    def group(self, request: Document) -> Document:
        """The one that a request names by `GroupName` or `GroupARN`. Raises `AwsError`."""
        for group in self._groups.values():
            if request.get("GroupARN") == group["GroupARN"] or request.get("GroupName") == group["GroupName"]:
                found: Document = group
                return found
        raise AwsError("InvalidRequestException", "Group not found")

    def extension(self) -> Extension:
        return rest_operations(
            {
                "/Groups": lambda _request: {"Groups": self.groups()},
                "/GetGroup": lambda request: {"Group": self.group(request)},
                "/GetSamplingRules": lambda _request: {"SamplingRuleRecords": list(self._rules.values())},
            }
        )

    def resource_types(self) -> tuple[ResourceType, ...]:
        return (
            ResourceType(
                "AWS::XRay::Group", _GROUP, self._create_group, self._put_group,
                lambda ref, _properties: self._groups.pop(ref, None),
                replacing=("GroupName",),
            ),
            ResourceType(
                "AWS::XRay::SamplingRule", _SAMPLING_RULE, self._create_rule, self._put_rule,
                lambda ref, _properties: self._rules.pop(ref, None),
            ),
        )  # fmt: skip

    def _create_group(self, properties: Properties, _generated_name: str) -> Resource:
        name = properties["GroupName"]
        if any(group["GroupName"] == name for group in self._groups.values()):
            raise ValueError(f"Group {name} already exists")
        unique = uuid.uuid4().hex.upper()
        return self._put_group(f"arn:aws:xray:{region()}:{account_id()}:group/{name}/{unique}", properties)

    def _put_group(self, ref: str, properties: Properties) -> Resource:
        insights = {"InsightsEnabled": False, "NotificationsEnabled": False}
        self._groups[ref] = {
            "GroupName": properties["GroupName"],
            "GroupARN": ref,
            "FilterExpression": properties.get("FilterExpression", ""),
            "InsightsConfiguration": {**insights, **properties.get("InsightsConfiguration", {})},
        }
        return Resource(ref, {"GroupARN": ref})

    def _create_rule(self, properties: Properties, _generated_name: str) -> Resource:
        name = properties["SamplingRule"]["RuleName"]
        arn = f"arn:aws:xray:{region()}:{account_id()}:sampling-rule/{name}"
        if arn in self._rules:
            raise ValueError(f"Sampling rule {name} already exists")
        return self._put_rule(arn, properties)

    def _put_rule(self, ref: str, properties: Properties) -> Resource:
        now = self._now()
        created = self._rules[ref]["CreatedAt"] if ref in self._rules else now
        self._rules[ref] = {
            "SamplingRule": {"Attributes": {}, "Version": 1, **properties["SamplingRule"], "RuleARN": ref},
            "CreatedAt": created,
            "ModifiedAt": now,
        }
        return Resource(ref, {"RuleARN": ref})

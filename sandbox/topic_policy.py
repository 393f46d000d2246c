# ruff: noqa: SLF001  # MiniStack offers no other way in, and this is the one file of this part that goes there.
"""Whether a service may publish to a topic: the topic's policy must admit it, and so must the policy of its key.

https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services

MiniStack publishes for CloudWatch whatever the policies say, so that an alarm that AWS would swallow arrives.
"""

from dataclasses import dataclass
from typing import Any, Final

from ministack.core import iam_evaluator, responses
from ministack.services import kms, sns

_KEY_ACTIONS: Final = ("kms:GenerateDataKey", "kms:Decrypt")


@dataclass(frozen=True)
class Publisher:
    """A service that publishes on behalf of a resource: an alarm, to CloudWatch."""

    service: str
    source_arn: str
    source_account: str

    def may(self, action: str, resource_arn: str, policy: str) -> bool:
        """Whether a resource's own policy admits the service for one action."""
        context = iam_evaluator.EvalContext(
            principal_arn="*",
            principal_type="Service",
            principal_account="",
            action=action,
            resource_arn=resource_arn,
            region=responses.get_region(),
            service_context={
                "aws:sourcearn": self.source_arn,
                "aws:sourceaccount": self.source_account,
                "aws:sourceowner": self.source_account,
            },
        )
        evaluated = iam_evaluator.evaluate_resource_policy(policy, context, service=self.service)
        return bool(evaluated.decision == "Allow")


def refusal(topic_arn: str, publisher: Publisher) -> str | None:
    """Why SNS refuses a message of `publisher` for the topic, or None where it takes it."""
    topic = sns._topic_by_arn_any_scope(topic_arn)
    if topic is None:
        return f"Topic does not exist: {topic_arn}"
    attributes: dict[str, Any] = topic.get("attributes", {})
    if not publisher.may("sns:Publish", topic_arn, attributes.get("Policy") or ""):
        return f"{publisher.service} is not authorized to perform: SNS:Publish on resource: {topic_arn}"
    key_id = attributes.get("KmsMasterKeyId")
    if not key_id:
        return None
    key = kms._resolve_key(key_id)
    if key is None:
        # Such as alias/aws/sns, the key that AWS manages: nobody can change its policy, and it admits no service.
        return f"{publisher.service} may not use the topic's key {key_id}"
    for action in _KEY_ACTIONS:
        if not publisher.may(action, key["Arn"], key.get("Policy") or ""):
            return f"{publisher.service} is not authorized to perform: {action} on resource: {key['Arn']}"
    return None

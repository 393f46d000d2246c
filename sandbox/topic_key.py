"""A stack's topic keeps the key that its template names; MiniStack keeps one only where SNS itself is told.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sns-topic.html
"""

from typing import Any, Final

from ministack.services import sns

from sandbox import ministack_internals

_ATTRIBUTE: Final = "KmsMasterKeyId"


def install() -> None:
    """Call it once a process."""
    ministack_internals.after_resource("AWS::SNS::Topic", _keep_key)


def _keep_key(arn: str, properties: dict[str, Any]) -> None:
    attributes: dict[str, Any] = sns._topics[arn]["attributes"]  # noqa: SLF001 - MiniStack offers no other way in
    if key_id := properties.get(_ATTRIBUTE):
        attributes[_ATTRIBUTE] = key_id
    else:
        attributes.pop(_ATTRIBUTE, None)

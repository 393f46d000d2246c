"""A stack's topic keeps the key of its template, without which its messages would need no key policy."""

from typing import Any

from tests.sandbox.templates import stack, update
from tests.sandbox_process import RunningSandbox


def topic(**properties: Any) -> dict[str, Any]:
    return {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "keyed", **properties}}}


def attributes(sandbox: RunningSandbox, arn: str) -> dict[str, str]:
    found: dict[str, str] = sandbox.client("sns").get_topic_attributes(TopicArn=arn)["Attributes"]
    return found


def test_a_topic_has_the_key_that_its_template_names(sandbox: RunningSandbox) -> None:
    with stack(sandbox, "keyed", topic(KmsMasterKeyId="alias/ours"), arn={"Ref": "Topic"}) as outputs:
        assert attributes(sandbox, outputs["arn"])["KmsMasterKeyId"] == "alias/ours"


def test_a_topic_loses_its_key_with_the_template(sandbox: RunningSandbox) -> None:
    with stack(sandbox, "keyed", topic(KmsMasterKeyId="alias/ours"), arn={"Ref": "Topic"}) as outputs:
        update(sandbox, "keyed", topic(), arn={"Ref": "Topic"})
        assert "KmsMasterKeyId" not in attributes(sandbox, outputs["arn"])


def test_a_topic_without_a_key_has_none(sandbox: RunningSandbox) -> None:
    with stack(sandbox, "keyed", topic(), arn={"Ref": "Topic"}) as outputs:
        assert "KmsMasterKeyId" not in attributes(sandbox, outputs["arn"])

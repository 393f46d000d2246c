"""The sandbox stage with one policy statement taken out: `python -m tests.e2e.apps.without_statement SID`."""

import sys
from typing import Any, Final

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns

from app import build_app
from stacks.environments import SANDBOX

_DOCUMENTS: Final[dict[type[Any], str]] = {
    iam.CfnManagedPolicy: "policy_document",
    sns.CfnTopicPolicy: "policy_document",
    kms.CfnKey: "key_policy",
}


def _take_out(construct: Any, sid: str) -> bool:
    """Whether the construct's policy had the statement."""
    for kind, attribute in _DOCUMENTS.items():
        if isinstance(construct, kind):
            document = Stack.of(construct).resolve(getattr(construct, attribute))
            kept = [statement for statement in document["Statement"] if statement.get("Sid") != sid]
            if len(kept) < len(document["Statement"]):
                setattr(construct, attribute, {**document, "Statement": kept})
                return True
    return False


(sid,) = sys.argv[1:]
app = build_app({"sandbox": SANDBOX}, caller_account=None)
taken_out = [construct for construct in app.node.find_all() if _take_out(construct, sid)]
assert taken_out, f"there is no statement {sid}"
app.synth()

"""With enforced IAM, X-Ray's operations need their permissions.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html
"""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.sandbox_process import RunningSandbox, running_sandbox

TRACE_ID = "1-5960082b-ab52431b496add878434aa25"


@pytest.fixture(scope="module")
def enforcing() -> Iterator[RunningSandbox]:
    with running_sandbox("--enforce-iam") as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def reader(enforcing: RunningSandbox) -> Any:
    """A client that may only read traces."""
    iam = enforcing.client("iam")
    iam.create_user(UserName="reader")
    policy = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": ["xray:Get*", "xray:BatchGet*"], "Resource": "*"}],
    }
    iam.put_user_policy(UserName="reader", PolicyName="read", PolicyDocument=json.dumps(policy))
    key = iam.create_access_key(UserName="reader")["AccessKey"]
    return enforcing.client_as((key["AccessKeyId"], key["SecretAccessKey"], None), "xray")


@pytest.mark.parametrize(
    "call",
    [
        lambda xray: xray.get_trace_summaries(StartTime=1, EndTime=2),
        lambda xray: xray.batch_get_traces(TraceIds=[TRACE_ID]),
        lambda xray: xray.get_service_graph(StartTime=1, EndTime=2),
        lambda xray: xray.get_groups(),
    ],
    ids=["summaries", "traces", "graph", "groups"],
)
def test_whoever_may_read_reads(reader: Any, call: Callable[[Any], Any]) -> None:
    call(reader)


def test_whoever_may_only_read_sends_nothing(reader: Any) -> None:
    with pytest.raises(reader.exceptions.ClientError, match="AccessDenied"):
        reader.put_trace_segments(TraceSegmentDocuments=[])

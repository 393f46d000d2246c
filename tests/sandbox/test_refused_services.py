"""What neither MiniStack nor the sandbox does answers an error that SDKs read, in the service's own protocol."""

import json
import urllib.error
import urllib.request

import pytest
from botocore.exceptions import ClientError

from tests.sandbox_process import RunningSandbox


@pytest.mark.parametrize(
    ("service", "operation", "arguments"),
    [
        ("xray", "get_insight_summaries", {"StartTime": 1, "EndTime": 2}),  # REST-JSON, served in part
        ("guardduty", "list_detectors", {}),  # REST-JSON
        ("shield", "list_protections", {}),  # JSON
        ("redshift", "describe_clusters", {}),  # query
    ],
)
def test_an_unsupported_operation_is_a_named_error(
    sandbox: RunningSandbox, service: str, operation: str, arguments: dict[str, int]
) -> None:
    with pytest.raises(ClientError, match=f"{service}: the sandbox does not do") as caught:
        getattr(sandbox.client(service), operation)(**arguments)
    assert caught.value.response["Error"]["Code"] == "UnknownOperationException"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_a_service_that_nobody_knows_is_refused_by_name_and_not_taken_for_s3(sandbox: RunningSandbox) -> None:
    credential = "Credential=test/20260101/us-east-1/brand-new/aws4_request"
    request = urllib.request.Request(  # noqa: S310 - http, to this machine
        f"{sandbox.endpoint_url}/things",
        headers={"Authorization": f"AWS4-HMAC-SHA256 {credential}, SignedHeaders=host, Signature=0"},
    )
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request)  # noqa: S310 - as above
    with caught.value as answer:
        assert answer.headers["x-amzn-errortype"] == "UnknownOperationException"
        assert json.load(answer)["message"] == "brand-new: the sandbox does not do GET /things."


def test_an_error_of_a_service_that_is_done_passes_unchanged(sandbox: RunningSandbox) -> None:
    client = sandbox.client("dynamodb")
    with pytest.raises(client.exceptions.ResourceNotFoundException) as caught:
        client.describe_table(TableName="absent")
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400

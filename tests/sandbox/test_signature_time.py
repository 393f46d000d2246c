"""A request may be signed by the machine's clock or by the playbook's, where signatures are looked at."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.sandbox_process import RunningSandbox, running_sandbox

BEHIND = timedelta(hours=9)
FAR = timedelta(minutes=20)


class SignedAt(S3SigV4Auth):
    """Signs as a machine does whose clock stands at `time`."""

    def __init__(self, credentials: Credentials, region: str, time: datetime) -> None:
        super().__init__(credentials, "s3", region)
        self._time = time

    def add_auth(self, request: AWSRequest) -> None:
        request.context["timestamp"] = self._time.strftime("%Y%m%dT%H%M%SZ")
        self._modify_request_before_signing(request)  # type: ignore[attr-defined]  # the stubs leave it out
        to_sign = self.string_to_sign(request, self.canonical_request(request))
        signature = self.signature(to_sign, request)
        self._inject_signature_to_request(request, signature)  # type: ignore[attr-defined]  # likewise


@dataclass(frozen=True)
class Caller:
    """A user with a key of its own: the account's root is not looked at."""

    sandbox: RunningSandbox
    credentials: Credentials

    def list_buckets(self, time: datetime) -> httpx.Response:
        """S3's answer to a request that was signed as if it were that time."""
        request = AWSRequest("GET", f"{self.sandbox.endpoint_url}/")
        SignedAt(self.credentials, self.sandbox.region, time).add_auth(request)
        return httpx.get(str(request.url), headers=dict(request.headers.items()), trust_env=False)


@pytest.fixture(scope="module")
def caller() -> Iterator[Caller]:
    with running_sandbox("--enforce-iam", "--clock-behind", f"{BEHIND.total_seconds():.0f}") as sandbox:
        iam = sandbox.client("iam")
        iam.create_user(UserName="lister")
        statement = {"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam.put_user_policy(UserName="lister", PolicyName="lists", PolicyDocument=policy)
        key = iam.create_access_key(UserName="lister")["AccessKey"]
        yield Caller(sandbox, Credentials(key["AccessKeyId"], key["SecretAccessKey"]))


@pytest.mark.parametrize("off", [timedelta(), -BEHIND, -BEHIND - timedelta(minutes=10)])
def test_either_clock_is_taken(caller: Caller, off: timedelta) -> None:
    answer = caller.list_buckets(datetime.now(UTC) + off)
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("off", [FAR, -FAR, -BEHIND + FAR, -BEHIND - FAR])
def test_a_clock_that_is_neither_is_not(caller: Caller, off: timedelta) -> None:
    answer = caller.list_buckets(datetime.now(UTC) + off)
    assert answer.status_code == 403
    assert "RequestTimeTooSkewed" in answer.text

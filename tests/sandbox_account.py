"""A sandbox as the operator's tool sees an account, within a test's own process."""

from typing import Any

import boto3

from playbook.account import Account
from tests.sandbox_process import RunningSandbox


def account_of(running: RunningSandbox, environment: str = "beta") -> Account:
    """The sandbox's root user, at work on an environment."""
    return Account(environment, _Session(running.endpoint_url, running.region))


class _Session(boto3.Session):
    """Whose clients all go to one endpoint, whatever the environment's variables say."""

    def __init__(self, endpoint_url: str, region: str) -> None:
        super().__init__(aws_access_key_id="test", aws_secret_access_key="test", region_name=region)
        self._endpoint_url = endpoint_url

    def client(self, service_name: Any, **keywords: Any) -> Any:  # type: ignore[override]  # every service at once
        return super().client(service_name, endpoint_url=self._endpoint_url, **keywords)

"""Sends what Lambda gave up to the function's on-failure destination and its dead-letter queue, as the function's role.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
"""

import json
import logging
from datetime import UTC, datetime
from typing import Any

import boto3
from botocore.config import Config

from sandbox.appconfig_agent_credentials import Credentials
from sandbox.async_invocation import Failure, InvocationPolicy
from sandbox.clock import Clock

_logger = logging.getLogger(__name__)


class FailureDestinations:
    """Queues, topics and functions of the sandbox at `endpoint_url`.

    A destination that cannot be reached, or that the role may not write to, is logged: on AWS it is counted, and the
    event is lost.
    """

    def __init__(self, endpoint_url: str, clock: Clock) -> None:
        self._endpoint_url = endpoint_url
        self._clock = clock

    def send(self, failure: Failure, policy: InvocationPolicy, credentials: Credentials) -> None:
        """`credentials` are those of the function's role."""
        if policy.on_failure:
            record = json.dumps(failure.record(datetime.fromtimestamp(self._clock.now(), UTC)))
            self._send(policy.on_failure, record, {}, credentials)
        if policy.dead_letter_queue:
            event = json.dumps(failure.event)
            self._send(policy.dead_letter_queue, event, failure.dead_letter_attributes(), credentials)

    def _send(self, arn: str, message: str, attributes: dict[str, Any], credentials: Credentials) -> None:
        _, _, service, region, account, resource = arn.split(":", 5)
        session = boto3.session.Session(
            aws_access_key_id=credentials.access_key_id,
            aws_secret_access_key=credentials.secret_access_key,
            aws_session_token=credentials.session_token,
            region_name=region,
        )
        # Not more tries than one, and none that outlives the sandbox.
        config = Config(retries={"max_attempts": 0}, connect_timeout=5, read_timeout=10)
        try:
            if service == "sqs":
                session.client("sqs", endpoint_url=self._endpoint_url, config=config).send_message(
                    QueueUrl=f"{self._endpoint_url}/{account}/{resource}",
                    MessageBody=message,
                    MessageAttributes=attributes,
                )
            elif service == "sns":
                session.client("sns", endpoint_url=self._endpoint_url, config=config).publish(
                    TopicArn=arn, Message=message, MessageAttributes=attributes
                )
            elif service == "lambda":
                session.client("lambda", endpoint_url=self._endpoint_url, config=config).invoke(
                    FunctionName=arn, InvocationType="Event", Payload=message.encode()
                )
            else:
                _logger.error("%s: the sandbox does not do destinations of this kind", arn)
        except Exception:
            _logger.exception("%s: what was given up could not be sent", arn)

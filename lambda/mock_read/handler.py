"""What Lambda calls: `mock_read.handler.lambda_handler`."""

import os
from typing import Protocol

from mock_read.composition import build_read_service
from mock_read.read_service import Answer
from shared.probe import probed_path


class LambdaContext(Protocol):
    """The part of Lambda's context object that is used."""

    aws_request_id: str
    invoked_function_arn: str


_service = build_read_service(os.environ)


def lambda_handler(event: object, context: LambdaContext) -> Answer:
    path = probed_path(event, context.invoked_function_arn)
    if path is not None:
        return _service.probe(event, context.aws_request_id, path)
    return _service.handle(event, context.aws_request_id)

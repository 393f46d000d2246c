"""What Lambda calls: `prisma_read.handler.lambda_handler`."""

import os
from typing import Protocol

from prisma_read.composition import build_read_service
from prisma_read.engine_start import import_client
from prisma_read.read_service import Answer


class LambdaContext(Protocol):
    """The part of Lambda's context object that is used."""

    aws_request_id: str

    def get_remaining_time_in_millis(self) -> int: ...


_service = build_read_service(os.environ)
_service.prepare()
# Imported while the engine started. Where that was not tried, it is not to be left to the first read, and a package
# without it is to fail the cold start.
import_client()


def lambda_handler(event: object, context: LambdaContext) -> Answer:
    return _service.handle(event, context.aws_request_id, context.get_remaining_time_in_millis())

"""What Lambda calls, subscribed to mock-read's log: `prisma_read.shadow_handler.lambda_handler`."""

import os
from typing import Protocol

from prisma_read.composition import build_prisma_reader
from prisma_read.engine_start import import_client
from prisma_read.shadow_composition import build_comparator


class LambdaContext(Protocol):
    """The part of Lambda's context object that is used."""

    aws_request_id: str

    def get_remaining_time_in_millis(self) -> int: ...


# Not to be left to the first batch.
import_client()
_comparator = build_comparator(os.environ, prisma=build_prisma_reader(os.environ))


def lambda_handler(event: object, context: LambdaContext) -> None:
    _comparator.handle(event, context.aws_request_id, context.get_remaining_time_in_millis)

"""What Lambda calls: `prisma_read.migrate_handler.lambda_handler`."""

import os
from typing import Protocol

from prisma_read.migrate_composition import build_migrate_service
from prisma_read.migrate_service import Answer


class LambdaContext(Protocol):
    """The part of Lambda's context object that is used."""

    aws_request_id: str


_service = build_migrate_service(os.environ)


def lambda_handler(event: object, context: LambdaContext) -> Answer:
    return _service.handle(event, context.aws_request_id)

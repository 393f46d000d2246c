"""What CodeDeploy invokes before it moves `live`: `pre_traffic_hook.handler.lambda_handler`."""

import os
from typing import Protocol

from pre_traffic_hook.composition import build_hook
from pre_traffic_hook.hook import Verdict


class LambdaContext(Protocol):
    """The part of Lambda's context object that is used."""

    aws_request_id: str

    def get_remaining_time_in_millis(self) -> int: ...


_hook = build_hook(os.environ)


def lambda_handler(event: object, context: LambdaContext) -> Verdict:
    return _hook.handle(event, context.aws_request_id, context.get_remaining_time_in_millis())

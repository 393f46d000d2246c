"""mock-read with AppConfig asked by the function itself; all else is mock-read's own."""

import os
from collections.abc import Callable
from typing import Any

from mock_read.read_service import ReadService
from mock_read.settings import Settings
from mock_read.shadow import Shadow
from shared.digests import Digester
from shared.mock_reader import MockReader
from shared.telemetry import Telemetry
from shared.tracing import XRayTracer
from tests.bench.account import NAMES
from tests.bench.peers.direct_flags import DirectFlags
from tests.lambda_support.fakes import FakeCandidate


def direct_handler(*, every_read: bool) -> Callable[[Any, Any], Any]:
    """A handler over parts of its own; `DirectFlags` says what `every_read` is. No read reaches its candidate."""
    settings = Settings.from_environ(os.environ)
    telemetry = Telemetry(
        environment=settings.environment, function=NAMES.mock_read_function, version=settings.function_version
    )
    service = ReadService(
        flags=DirectFlags(every_read=every_read),
        mock=MockReader(),
        candidate=FakeCandidate(),
        shadow=Shadow(digester=Digester(settings.digest_key), telemetry=telemetry),
        telemetry=telemetry,
        tracer=XRayTracer(version=settings.function_version),
    )

    def lambda_handler(event: Any, context: Any) -> Any:
        return service.handle(event, context.aws_request_id)

    return lambda_handler

"""Which parts make the function. Built once per execution environment, at the cold start."""

from collections.abc import Mapping
from typing import Final

from mock_read.agent import AgentClient
from mock_read.breaker import Breaker
from mock_read.candidate import CandidateReader
from mock_read.flag_client import FlagClient
from mock_read.lambda_invoker import LambdaInvoker
from mock_read.read_service import ReadService
from mock_read.settings import Settings
from mock_read.shadow import Shadow
from shared.digests import Digester
from shared.mock_reader import MockReader
from shared.names import ResourceNames
from shared.telemetry import Telemetry
from shared.tracing import XRayTracer

# A dead candidate costs three users the limit, and then one user every ten seconds.
BREAKER_THRESHOLD: Final = 3
BREAKER_COOL_DOWN_S: Final = 10


def build_read_service(environ: Mapping[str, str]) -> ReadService:
    """Raises SettingsError when a variable is missing or unusable."""
    settings = Settings.from_environ(environ)
    telemetry = Telemetry(
        environment=settings.environment,
        function=ResourceNames(settings.environment).mock_read_function,
        version=settings.function_version,
    )
    tracer = XRayTracer(version=settings.function_version)
    return ReadService(
        flags=FlagClient(
            agent=AgentClient(settings.agent_port),
            flag_path=settings.flag_path,
            kill_switch_path=settings.kill_switch_path,
            timeout_ms=settings.flag_timeout_ms,
            cache_ms=settings.flag_cache_ms,
        ),
        mock=MockReader(),
        candidate=CandidateReader(
            invoker=LambdaInvoker(function_name=settings.candidate_function, timeout_ms=settings.candidate_timeout_ms),
            timeout_ms=settings.candidate_timeout_ms,
            breaker=Breaker(threshold=BREAKER_THRESHOLD, cool_down_s=BREAKER_COOL_DOWN_S),
            trace_header=tracer.header,
        ),
        shadow=Shadow(digester=Digester(settings.digest_key), telemetry=telemetry),
        telemetry=telemetry,
        tracer=tracer,
    )

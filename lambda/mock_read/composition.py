"""Which parts make the function. Built once per execution environment, at the cold start."""

from collections.abc import Mapping

from mock_read.agent import AgentClient
from mock_read.candidate import CandidateReader
from mock_read.flag_client import FlagClient
from mock_read.read_service import ReadService
from mock_read.settings import Settings
from shared.mock_reader import MockReader
from shared.telemetry import Telemetry
from shared.tracing import XRayTracer


def build_read_service(environ: Mapping[str, str]) -> ReadService:
    """Raises SettingsError when a variable is missing or unusable."""
    settings = Settings.from_environ(environ)
    return ReadService(
        flags=FlagClient(
            agent=AgentClient(settings.agent_port),
            flag_path=settings.flag_path,
            kill_switch_path=settings.kill_switch_path,
            timeout_ms=settings.flag_timeout_ms,
            cache_ms=settings.flag_cache_ms,
        ),
        mock=MockReader(),
        candidate=CandidateReader(),
        telemetry=Telemetry(environment=settings.environment, version=settings.function_version),
        tracer=XRayTracer(version=settings.function_version),
    )

"""Which parts make the comparator. Built once per execution environment, at the cold start."""

from collections.abc import Mapping

from prisma_read.shadow_comparator import Comparator
from prisma_read.shadow_telemetry import ShadowTelemetry
from shared.digests import Digester
from shared.environ import digest_key, required
from shared.mock_reader import MockReader
from shared.names import ResourceNames
from shared.reader import Reader


def build_comparator(environ: Mapping[str, str], *, prisma: Reader) -> Comparator:
    """Raises SettingsError when a variable is missing or unusable."""
    environment = required(environ, "HUNTAZE_ENVIRONMENT")
    return Comparator(
        mock=MockReader(),
        prisma=prisma,
        digester=Digester(digest_key(environ)),
        telemetry=ShadowTelemetry(
            environment=environment,
            function=ResourceNames(environment).prisma_shadow_function,
            version=required(environ, "AWS_LAMBDA_FUNCTION_VERSION"),
        ),
    )

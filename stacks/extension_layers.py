"""The AWS AppConfig Agent Lambda extension, pinned by region and architecture.

Release 2.0.20159. CDK's own look-up answers an older release, so the ARNs are written down; adding a region means
adding its row from
https://docs.aws.amazon.com/appconfig/latest/userguide/appconfig-integration-lambda-extensions-versions.html
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Architecture(StrEnum):
    """Instruction sets that Lambda runs."""

    ARM64 = "arm64"
    X86_64 = "x86_64"


_LAYER_NAMES: Final[Mapping[Architecture, str]] = {
    Architecture.ARM64: "AWS-AppConfig-Extension-Arm64",
    Architecture.X86_64: "AWS-AppConfig-Extension",
}

# region → (publishing account, layer version by architecture)
_RELEASE: Final[Mapping[str, tuple[str, Mapping[Architecture, int]]]] = {
    "us-east-1": ("027255383542", {Architecture.X86_64: 329, Architecture.ARM64: 262}),
    "eu-west-1": ("434848589818", {Architecture.X86_64: 306, Architecture.ARM64: 244}),
    "eu-west-3": ("493207061005", {Architecture.X86_64: 276, Architecture.ARM64: 195}),
}

SUPPORTED_REGIONS: Final = tuple(sorted(_RELEASE))


def extension_layer_arn(region: str, architecture: Architecture) -> str:
    """The layer version's ARN; KeyError for a region that is not pinned here."""
    account, versions = _RELEASE[region]
    return f"arn:aws:lambda:{region}:{account}:layer:{_LAYER_NAMES[architecture]}:{versions[architecture]}"

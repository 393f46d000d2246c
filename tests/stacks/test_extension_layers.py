import pytest

from stacks.extension_layers import SUPPORTED_REGIONS, Architecture, extension_layer_arn

# Transcribed from
# https://docs.aws.amazon.com/appconfig/latest/userguide/appconfig-integration-lambda-extensions-versions.html
PUBLISHED = {
    ("us-east-1", Architecture.X86_64): "arn:aws:lambda:us-east-1:027255383542:layer:AWS-AppConfig-Extension:329",
    ("us-east-1", Architecture.ARM64): "arn:aws:lambda:us-east-1:027255383542:layer:AWS-AppConfig-Extension-Arm64:262",
    ("eu-west-1", Architecture.X86_64): "arn:aws:lambda:eu-west-1:434848589818:layer:AWS-AppConfig-Extension:306",
    ("eu-west-1", Architecture.ARM64): "arn:aws:lambda:eu-west-1:434848589818:layer:AWS-AppConfig-Extension-Arm64:244",
    ("eu-west-3", Architecture.X86_64): "arn:aws:lambda:eu-west-3:493207061005:layer:AWS-AppConfig-Extension:276",
    ("eu-west-3", Architecture.ARM64): "arn:aws:lambda:eu-west-3:493207061005:layer:AWS-AppConfig-Extension-Arm64:195",
}


@pytest.mark.parametrize(("where", "arn"), PUBLISHED.items())
def test_the_layer_is_the_one_aws_publishes_for_region_and_architecture(
    where: tuple[str, Architecture], arn: str
) -> None:
    assert extension_layer_arn(*where) == arn


def test_every_supported_region_has_both_architectures() -> None:
    assert {(region, architecture) for region in SUPPORTED_REGIONS for architecture in Architecture} == set(PUBLISHED)

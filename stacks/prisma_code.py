"""The Prisma package as a function's code: published by a command that builds it then."""

import sys

from aws_cdk import Annotations, Stack
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from constructs import Construct

from stacks.environments import Environment
from stacks.prisma_bundle import PRISMA


def prisma_code(scope: Construct, environment: Environment) -> lambda_.Code:
    """Code that `python -m stacks.prisma_bundle` builds when the CDK command line publishes it."""
    target, architecture = environment.bundle_platform, environment.architecture
    location = Stack.of(scope).synthesizer.add_file_asset(
        source_hash=PRISMA.digest(target, architecture),
        executable=[sys.executable, "-m", "stacks.prisma_bundle", target.value, architecture.value],
    )
    assets = s3.Bucket.from_bucket_name(scope, "Assets", location.bucket_name)
    Annotations.of(assets).acknowledge_warning(
        "@aws-cdk/aws-lambda:codeFromBucketObjectVersionNotSpecified",
        "The object's key is the hash of its content, so another content is another object.",
    )
    return lambda_.Code.from_bucket(assets, location.object_key)

"""A package as a function's code."""

from pathlib import Path

from aws_cdk import AssetHashType
from aws_cdk import aws_lambda as lambda_

from stacks.bundle import BUILD, Recipe, build_bundle
from stacks.environments import Environment


def package_code(recipe: Recipe, environment: Environment, build: Path = BUILD) -> lambda_.Code:
    """The package for an environment, built below `build`, and told from others by what went into it.

    With or without bytecode, compiled for it or left by an interpreter that ran it where it lies, it is the same
    package: nothing is to be deployed for that. Raises BundleError.
    """
    target = environment.bundle_platform, environment.architecture
    return lambda_.Code.from_asset(
        str(build_bundle(recipe, *target, build)),
        asset_hash=recipe.digest(*target),
        asset_hash_type=AssetHashType.CUSTOM,
    )

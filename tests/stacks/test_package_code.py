from pathlib import Path

from aws_cdk import App, Stack

from stacks.bundle import PRE_TRAFFIC_HOOK, ROLLBACK_GUARDIAN, Recipe
from stacks.environments import BETA
from stacks.package_code import package_code


def key_in_the_bucket(recipe: Recipe, build: Path) -> str:
    location = package_code(recipe, BETA, build).bind(Stack(App(), "Stack")).s3_location
    assert location is not None
    return location.object_key


def test_bytecode_that_an_interpreter_leaves_in_a_package_makes_no_other_package_of_it(tmp_path: Path) -> None:
    before = key_in_the_bucket(PRE_TRAFFIC_HOOK, tmp_path)
    (package,) = tmp_path.iterdir()
    (package / "shared" / "left.cpython-311.pyc").write_bytes(b"bytecode")

    assert key_in_the_bucket(PRE_TRAFFIC_HOOK, tmp_path) == before
    assert key_in_the_bucket(ROLLBACK_GUARDIAN, tmp_path) != before

"""What is measured as the floor of a synthesis has every resource that is measured against it."""

import json
from pathlib import Path
from typing import Any

from tests.bench.included_app import included, write_included_app
from tests.review.templates import template, written


def test_every_resource_of_the_assembly_is_in_the_app(tmp_path: Path) -> None:
    written(tmp_path / "cdk.out", "prod")

    write_included_app(tmp_path / "cdk.out", tmp_path / "app")

    (file,) = (tmp_path / "app" / "templates").rglob("*.json")
    assert file.relative_to(tmp_path / "app" / "templates") == Path("prod/ReadPath.json")
    assert json.loads((tmp_path / "app" / "acknowledged.json").read_text()) == ["AwsSolutions::AwsSolutions-L1"]
    assert included(template("prod"))["Resources"].keys() == template("prod")["Resources"].keys()


def test_what_another_stack_tells_is_a_text_of_its_own() -> None:
    found = included({"Resources": {"A": {"Properties": {"Arn": [{"Fn::GetStackOutput": ["x", "y"]}, {"Ref": "B"}]}}}})

    (text, reference) = found["Resources"]["A"]["Properties"]["Arn"]
    assert isinstance(text, str)
    assert reference == {"Ref": "B"}


def test_what_a_stack_adds_by_itself_is_not_there_twice() -> None:
    of_the_cdk: dict[str, Any] = {
        "Parameters": {"BootstrapVersion": {}, "Of": {}},
        "Rules": {"CheckBootstrapVersion": {}},
    }

    assert included(of_the_cdk) == {"Parameters": {"Of": {}}}

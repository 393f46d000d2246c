"""What is read of a cloud assembly on disk."""

import json
from pathlib import Path

import pytest

from review.assembly import AssemblyError, Finding, StackKey, read_assembly
from tests.review.templates import template, written


def test_stacks_of_nested_assemblies_and_acknowledged_findings_are_read(tmp_path: Path) -> None:
    written(tmp_path / "cdk.out", "prod")

    assembly = read_assembly(tmp_path / "cdk.out")

    (stack,) = assembly.stacks.values()
    assert stack.key == StackKey("prod", "ReadPath")
    assert stack.template == template("prod")
    assert stack.settings["terminationProtection"] is True
    assert assembly.acknowledged == {Finding("prod", "ReadPath/Reader", "AwsSolutions-L1"): "Not on that release yet."}
    assert assembly.open_findings == frozenset()


def test_a_folder_without_a_manifest_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AssemblyError, match="is no cloud assembly"):
        read_assembly(tmp_path)


def test_a_validation_that_knows_no_acknowledgement_is_read_too(tmp_path: Path) -> None:
    written(tmp_path / "cdk.out", "prod")
    report = tmp_path / "cdk.out" / "validation-report.json"
    plugin = {"pluginName": "Construct Annotations", "conclusion": "success", "violations": []}
    report.write_text(json.dumps({"pluginReports": [plugin]}))

    assert read_assembly(tmp_path / "cdk.out").acknowledged == {}

"""An app that includes the templates of another: its resources, and none of its constructs."""

import json
import shutil
from pathlib import Path
from typing import Any, Final

from review.assembly import read_assembly
from stacks.acknowledgements import acknowledged_id
from tests.bench.child import REPOSITORY

_APP: Final = Path(__file__).with_name("peers") / "included_templates_app" / "app.py"


def write_included_app(assembly: Path, folder: Path) -> None:
    """Write to `folder`, which is new, the app that has the resources of the cloud assembly. Raises AssemblyError."""
    folder.mkdir()
    shutil.copyfile(_APP, folder / "app.py")
    cdk_json = json.loads((REPOSITORY / "cdk.json").read_text(encoding="utf-8"))
    (folder / "cdk.json").write_text(json.dumps({**cdk_json, "app": "python app.py"}), encoding="utf-8")
    read = read_assembly(assembly)
    # What is accepted somewhere is accepted everywhere here.
    acknowledged = [acknowledged_id(rule) for rule in sorted({finding.rule for finding in read.acknowledged})]
    (folder / "acknowledged.json").write_text(json.dumps(acknowledged), encoding="utf-8")
    for key, stack in read.stacks.items():
        template = folder / "templates" / key.environment / f"{key.name}.json"
        template.parent.mkdir(parents=True, exist_ok=True)
        template.write_text(json.dumps(included(stack.template)), encoding="utf-8")


def included(template: Any) -> Any:
    """The template without what a stack adds by itself, and without references to other stacks."""
    alone = {**template, "Parameters": {**template.get("Parameters", {})}}
    alone.pop("Rules", None)
    alone["Parameters"].pop("BootstrapVersion", None)
    return _without_references(alone)


def _without_references(value: Any) -> Any:
    match value:
        case {"Fn::GetStackOutput": _}:
            return "arn:aws:sns:us-east-1:111122223333:of-another-stack"
        case dict():
            return {key: _without_references(item) for key, item in value.items()}
        case list():
            return [_without_references(item) for item in value]
        case _:
            return value

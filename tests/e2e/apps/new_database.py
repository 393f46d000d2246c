"""The sandbox stage with a new database: `python -m tests.e2e.apps.new_database ARN`.

One thing is replaced by hand: the secret in which RDS keeps the administrator's password, which the sandbox does not
make. ARN is the secret that stands in for it.
"""

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Final

from app import build_app
from stacks.environments import NEW_DATABASE, SANDBOX

_MANAGED_SECRET: Final = "MasterUserSecret.SecretArn"


def _without_the_managed_secret(template: Path, stand_in: str) -> None:
    """The CDK command line deploys what the file holds when it does."""
    document = json.loads(template.read_text(encoding="utf-8"))
    handed_on = [output for output in document["Outputs"].values() if _MANAGED_SECRET in json.dumps(output["Value"])]
    assert len(handed_on) == 1, f"{_MANAGED_SECRET} is handed on {len(handed_on)} times"
    handed_on[0]["Value"] = stand_in
    template.write_text(json.dumps(document), encoding="utf-8")


(arn,) = sys.argv[1:]
assembly = build_app({"sandbox": replace(SANDBOX, database=NEW_DATABASE)}, caller_account=None).synth()
(database,) = (
    stack
    for stack in assembly.get_nested_assembly("assembly-sandbox").stacks
    if stack.stack_name == f"{SANDBOX.names.prefix}-database"
)
_without_the_managed_secret(Path(database.template_full_path), arn)

"""CDK entry point: one stage per environment, checked against three rule packs.

`cdk synth`, `cdk diff 'beta/*'` and `cdk deploy 'beta/*'` all start here. The command line runs the whole app whatever
stacks it is asked for; `-c environment=beta` builds that environment alone.
"""

import gc
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aws_cdk import App, Validations
from cdk_nag import AwsSolutionsChecks, NIST80053R5Checks, ServerlessChecks

# The functions' folder is an import root of its own; names that both sides spell alike live there.
sys.path.insert(0, str(Path(__file__).resolve().parent / "lambda"))

from stacks.environments import ENVIRONMENTS, Environment, InvalidEnvironmentError
from stacks.migration_stage import MigrationStage

_CONTEXT_KEY = "environment"


def build_app(environments: Mapping[str, Environment], *, caller_account: str | None, **app_options: Any) -> App:
    """A stage for each environment, by stage name, or for the one that the context names.

    `caller_account` stands in where an environment names no account of its own; without either, templates are
    account-agnostic. Synthesis fails on any finding of the rule packs that is not acknowledged. Raises
    InvalidEnvironmentError.
    """
    app = App(**app_options)
    Validations.of(app).add_plugins(AwsSolutionsChecks(), ServerlessChecks(), NIST80053R5Checks())
    for stage_name, environment in _wanted(environments, app.node.try_get_context(_CONTEXT_KEY)).items():
        MigrationStage(app, stage_name, environment=environment, caller_account=caller_account)
    return app


def _wanted(environments: Mapping[str, Environment], stage_name: str | None) -> Mapping[str, Environment]:
    if stage_name is None:
        return environments
    if stage_name not in environments:
        accepted = ", ".join(environments)
        raise InvalidEnvironmentError(
            f"context {_CONTEXT_KEY} is {stage_name!r}; accepted: {accepted}, or none for all"
        )
    return {stage_name: environments[stage_name]}


if __name__ == "__main__":
    # A synthesis ends before there is garbage worth looking for among the CDK's many classes.
    gc.disable()
    # The CDK command line sets this from the caller's credentials, where there are any.
    build_app(ENVIRONMENTS, caller_account=os.environ.get("CDK_DEFAULT_ACCOUNT")).synth()

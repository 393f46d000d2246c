"""The stacks of a rehearsal: bootstrapped and deployed by the real CDK command line, with a database that is ready."""

import os
from dataclasses import dataclass
from typing import Final

from rich.console import Console

from playbook.cdk_cli import run_cdk
from playbook.clients import Clients
from playbook.database import DatabaseSecrets, store_secrets
from playbook.embedded_aws import EmbeddedAws
from playbook.live_state import NotDeployedError
from playbook.rehearsal_steps import shown_step
from playbook.rehearsed_operator import operator_credentials
from playbook.rehearsed_tool import Tool
from shared.names import ResourceNames

STAGE: Final = "sandbox"
# Those of beta, which the sandbox stands in for.
NAMES: Final = ResourceNames("beta")
# "It can take up to two minutes" until a data point can be retrieved.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/publishingMetrics.html
METRIC_DELAY_SECONDS: Final = 120.0


def database_url() -> str:
    """The superuser's. Raises NotDeployedError where there is no database."""
    url = os.environ.get("SANDBOX_POSTGRES_URL")
    if not url:
        raise NotDeployedError("SANDBOX_POSTGRES_URL is not set; run the sandbox with --postgres")
    return url


@dataclass(frozen=True, kw_only=True)
class DeployedStacks:
    """When they stood, in the embedded AWS's seconds, and the operator's tool."""

    deployed_at: float
    tool: Tool


@dataclass(frozen=True)
class RehearsedStacks:
    """Of one embedded AWS."""

    console: Console
    clients: Clients
    aws: EmbeddedAws

    def deploy(self, app: str | None) -> DeployedStacks:
        """The playbook's H+0. `app` replaces the app that cdk.json names.

        Raises CdkError, NotDeployedError, EmbeddedAwsError and UnexpectedEndError.
        """
        target = f"aws://{self.clients.account}/{self.clients.region}"
        with shown_step(self.console, f"cdk bootstrap {target}") as show:
            run_cdk(["bootstrap", target], app=None, on_line=show)
        with shown_step(self.console, "store the database's secrets"):
            url = database_url()
            secrets = DatabaseSecrets(NAMES.database_reader_secret, NAMES.database_admin_secret)
            store_secrets(self.clients.secrets, secrets, url)
        with shown_step(self.console, f"cdk deploy '{STAGE}/*'") as show:
            stage = ["deploy", f"{STAGE}/*", "--context", f"environment={STAGE}"]
            unattended = ["--require-approval", "never", "--concurrency", "4", "--progress", "events"]
            run_cdk([*stage, *unattended], app=app, on_line=show)
        self.aws.delay_metrics(METRIC_DELAY_SECONDS)
        deployed_at = self.aws.now()
        with shown_step(self.console, f"hand the operator a role with {NAMES.operator_policy}, and nothing else"):
            tool = Tool(self.console, operator_credentials(self.clients, NAMES))
        tool.run("db", "migrate")
        tool.run("db", "seed")
        return DeployedStacks(deployed_at=deployed_at, tool=tool)

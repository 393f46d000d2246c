"""The sandbox's stage, deployed by the real command line as a team would type it, on a migrated and seeded database."""

import subprocess
from pathlib import Path
from typing import Final

from playbook.database import DatabaseSecrets, run_migrations, store_secrets
from stacks.environments import SANDBOX
from tests.sandbox_process import RunningSandbox

REPOSITORY: Final = Path(__file__).resolve().parents[1]
_CDK: Final = REPOSITORY / "node_modules" / ".bin" / "cdk"
_DEPLOY: Final = (
    *("deploy", "sandbox/*", "--context", "environment=sandbox"),
    *("--require-approval", "never", "--concurrency", "4"),
)


def deploy_stacks(sandbox: RunningSandbox, output: Path) -> None:
    """Into a sandbox with a PostgreSQL; `output` is the folder of the cloud assembly."""
    assert sandbox.postgres_url is not None
    names = SANDBOX.names
    secrets = DatabaseSecrets(names.database_reader_secret, names.database_admin_secret)
    store_secrets(sandbox.client("secretsmanager"), secrets, sandbox.postgres_url)
    for command in (("bootstrap",), _DEPLOY):
        done = subprocess.run(
            [str(_CDK), *command, "--output", str(output), "--no-notices"],
            cwd=REPOSITORY,
            env={**sandbox.environment, "CDK_DISABLE_CLI_TELEMETRY": "true"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-4000:]
    for action in ("migrate", "seed"):
        run_migrations(sandbox.client("lambda"), names.prisma_migrate_function, action)

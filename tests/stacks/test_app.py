"""The app that the CDK command line runs, and which environments it builds."""

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.stacks.conftest import REPOSITORY, Synthesis, cdk_context


def run_app(output: Path, *, environment: str) -> subprocess.CompletedProcess[str]:
    """`app.py` as the command line starts it with `-c environment=…`."""
    variables = {
        "CDK_OUTDIR": str(output),
        "CDK_CONTEXT_JSON": json.dumps({**cdk_context(), "environment": environment}),
    }
    command = [sys.executable, "app.py"]
    return subprocess.run(
        command, cwd=REPOSITORY, env={**os.environ, **variables}, capture_output=True, text=True, check=False
    )


def templates_of(assembly: Path) -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in assembly.glob("*.template.json")}


def test_one_environment_alone_has_the_templates_that_it_has_among_all(tmp_path: Path, synthesis: Synthesis) -> None:
    done = run_app(tmp_path, environment="dev")

    assert done.returncode == 0, done.stderr
    assert [folder.name for folder in tmp_path.glob("assembly-*")] == ["assembly-dev"]
    alone = templates_of(tmp_path / "assembly-dev")
    assert alone == templates_of(synthesis.folder / "assembly-dev")
    assert len(alone) == 4


def test_an_environment_that_is_not_there_ends_the_synthesis_with_those_that_are(tmp_path: Path) -> None:
    done = run_app(tmp_path, environment="staging")

    assert done.returncode != 0
    assert (
        done.stderr.strip()
        .splitlines()[-1]
        .endswith("context environment is 'staging'; accepted: dev, beta, prod, sandbox, or none for all")
    )

"""The app run for its templates: without credentials, without the CDK command line, without copying packages.

The command line adds credentials and a second Node to what the app does by itself; neither is wanted here.
"""

import json
import os
import subprocess
from pathlib import Path
from typing import Any, Final

from review.assembly import Assembly, AssemblyError, read_assembly

_PYTHON: Final = Path(".venv") / "bin" / "python"
_KEPT_LINES: Final = 20
# The environment that decides where an app's stacks go must not decide what a review says.
_LEFT_OUT: Final = ("AWS_", "CDK_")
_OPTIONS: Final[dict[str, Any]] = {
    "aws:cdk:enable-path-metadata": True,
    # Packages are compared by their hashes alone.
    "aws:cdk:enable-asset-metadata": False,
    "aws:cdk:disable-asset-staging": True,
    "aws:cdk:disable-stack-trace": True,
    # A finding is shown, so it must not end the synthesis.
    "@aws-cdk/core:failSynthOnValidationErrors": False,
}
# CloudFormation's own rules are for `make synth` and the tests. Loading them takes two seconds on each side.
_WITHOUT_CLOUDFORMATION_RULES: Final = {"CDK_VALIDATION": "false"}

# What an assembly in the cache depends on besides its commit.
FINGERPRINT: Final = json.dumps(_OPTIONS, sort_keys=True)


class SynthesisError(RuntimeError):
    """The app did not synthesise; the message is the end of what it printed."""


def synthesise(tree: Path, output: Path) -> Assembly:
    """Run `app.py` of the tree with the tree's own `.venv`. Raises SynthesisError."""
    context = json.loads((tree / "cdk.json").read_text(encoding="utf-8")).get("context", {})
    done = subprocess.run(
        [str(tree / _PYTHON), "app.py"],
        cwd=tree,
        env={
            **{name: value for name, value in os.environ.items() if not name.startswith(_LEFT_OUT)},
            **_WITHOUT_CLOUDFORMATION_RULES,
            "CDK_CONTEXT_JSON": json.dumps(context | _OPTIONS),
            "CDK_OUTDIR": str(output),
            "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "20",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise SynthesisError(_end_of(done.stderr, tree) or f"app.py exited with {done.returncode}")
    try:
        return read_assembly(output)
    except AssemblyError as error:
        raise SynthesisError(str(error)) from error


def _end_of(text: str, tree: Path) -> str:
    """The last lines, with paths as a reader elsewhere knows them."""
    return "\n".join(text.strip().replace(f"{tree}/", "").splitlines()[-_KEPT_LINES:])

"""`python -m review BASE`: what a change does to the templates of every environment."""

import json
import sys
import tempfile
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Final

import click
from rich.console import Console
from rich.markdown import Markdown

from review.assembly import EMPTY, Assembly
from review.base import Base, UnknownBaseError, find_base, synthesise_base
from review.comment import Sides, render
from review.comparison import Comparison, compare, pairs_of
from review.differ import DifferError, diff_templates
from review.document import document
from review.synthesis import SynthesisError, synthesise

_REPOSITORY: Final = Path(__file__).resolve().parent.parent
_EXIT_INTERRUPTED: Final = 130
_SHORT: Final = 12


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("base")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of text.")
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Also write the comment to this file, as Markdown.",
)
def review(base: str, *, as_json: bool, output: Path | None) -> None:
    """Compare the work tree's templates with those of BASE, in every environment.

    What changes permissions, alarms, rollbacks, limits or data comes first, then replacements, then new findings of the
    rule packs, then everything. No credentials are used. BASE is any commit; compared is where it and the work tree
    parted. Its templates are kept in .cache/review.

    Exit codes: 0 compared, whether or not anything differs; 1 the work tree does not synthesise; 2 wrong usage, such as
    an unknown BASE.
    """
    console = Console(highlight=False, soft_wrap=True)
    progress = Console(highlight=False, stderr=True)
    try:
        found = find_base(_REPOSITORY, base)
    except UnknownBaseError as error:
        raise click.BadParameter(str(error), param_hint="BASE") from error
    sides, comparison = _compared(found, progress)
    comment = render(sides, comparison)
    if output is not None:
        output.write_text(comment, encoding="utf-8")
    if as_json:
        click.echo(json.dumps(document(sides, comparison), indent=2))
    elif console.is_terminal:
        console.print(Markdown(comment))
    else:
        click.echo(comment, nl=False)
    if sides.head_failure is not None:
        sys.exit(1)


def main(arguments: list[str] | None = None) -> None:
    """The module's entry point. Errors that somebody can do something about are one line; no traceback."""
    try:
        review.main(arguments, standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted; nothing was changed", err=True)
        sys.exit(_EXIT_INTERRUPTED)
    except DifferError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(1)


def _compared(base: Base, progress: Console) -> tuple[Sides, Comparison | None]:
    def say(step: str) -> None:
        progress.print(f"==> {step}", style="dim", markup=False)

    with tempfile.TemporaryDirectory(prefix="cdk.out-") as output, ThreadPoolExecutor(max_workers=2) as both:
        say(f"synthesising the work tree, and {base.commit[:_SHORT]} unless it is in the cache")
        # A base that does not synthesise is compared with all the same, as if there were none.
        head_run = both.submit(synthesise, _REPOSITORY, Path(output))
        base_run = both.submit(synthesise_base, base, on_step=say)
        head, head_failure = _outcome(head_run)
        before, base_failure = _outcome(base_run)
    sides = Sides(
        base=f"`{base.commit[:_SHORT]}`", head="The work tree", base_failure=base_failure, head_failure=head_failure
    )
    if head is None:
        return sides, None
    before = before or EMPTY
    pairs = pairs_of(before, head)
    return sides, compare(before, head, pairs, diff_templates([pair.templates() for pair in pairs]))


def _outcome(run: Future[Assembly]) -> tuple[Assembly | None, str | None]:
    try:
        return run.result(), None
    except SynthesisError as error:
        return None, str(error)

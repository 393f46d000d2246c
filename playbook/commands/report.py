"""`playbook report`: how it went, to be read, sent and kept."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from playbook import bundle as bundles
from playbook.bundle import Bundle, Gate, InvalidBundleError
from playbook.command import Playbook, playbook_command
from playbook.decision import look
from playbook.report_images import NOT_ASKED, AccountGraphs, WidgetImages, widget_images
from playbook.report_page import render
from playbook.step import current_step
from playbook.verdict_output import write_bundle
from playbook.whole_file import write_whole

if TYPE_CHECKING:
    from playbook.account import Account

_A_DAY: Final = 24.0


@playbook_command("report")
@click.option(
    "--evidence",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="A bundle that `decide` or `report` wrote. Without it the account is read now.",
)
@click.option(
    "--hours",
    type=click.FloatRange(0, min_open=True),
    default=_A_DAY,
    show_default=True,
    help="How far back the timeline and the plots go. The evidence counts from the step's begin in any case.",
)
@click.option(
    "--out",
    "directory",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    required=True,
    help="Where to write the bundle and the page.",
)
def command(playbook: Playbook, *, evidence: Path | None, hours: float, directory: Path) -> None:
    """Write how it went: the evidence bundle, and one HTML page made of it.

    After a go/no-go, a rollback, or at the end of the ramp. The page needs no network and no script: it can be sent,
    printed and read on a phone. Every number in it is in the bundle, which `playbook judge` judges again. With
    --evidence no account and no credentials are needed, and CloudWatch's own graphs are left out.

    \b
    Examples:
      playbook report --out report
      playbook report --evidence evidence/beta-20261124T110000Z.jsonl --out report

    Exit codes: 0 written, 1 failed, 2 wrong usage, 3 refused.
    """  # noqa: D301 - \b is click's own, for lines that are not to be filled
    output = playbook.output
    if evidence is not None:
        bundle, images = _read(evidence), NOT_ASKED
    else:
        with output.progress.status("reading the account") as status:
            bundle = _collected(playbook.account, hours, on_progress=status.update)
            status.update("asking CloudWatch for its graphs")
            images = _images(playbook.account, bundle)
    stem = f"{bundle.environment}-{bundle.at:%Y%m%dT%H%M%SZ}"
    bundle_path, page_path = directory / f"{stem}.jsonl", directory / f"{stem}.html"
    write_bundle(bundle_path, bundle)
    _write_page(page_path, render(bundle, images))
    output.line(f"{bundle.verdict.outcome.name}: {page_path}")
    output.line(f"Evidence: {bundle_path}")
    output.document(
        {"outcome": bundle.verdict.outcome.name, "page": str(page_path), "evidence": str(bundle_path)},
    )


def _read(path: Path) -> Bundle:
    try:
        return bundles.read(path)
    except InvalidBundleError as error:
        raise click.ClickException(str(error)) from error


def _collected(account: "Account", hours: float, *, on_progress: Callable[[str], None]) -> Bundle:
    """The evidence of now, on the question that is open at this position of the dial."""
    gate = Gate.CANARY if current_step(account).flag.reaches_anybody else Gate.SHADOW
    return look(account, gate, since=account.now() - timedelta(hours=hours), on_progress=on_progress)


def _images(account: "Account", bundle: Bundle) -> WidgetImages:
    since = min((source.since for source in bundle.sources), default=bundle.step.started_at)
    return widget_images(AccountGraphs(account.cloudwatch, account.names.dashboard), since, bundle.at)


def _write_page(path: Path, page: str) -> None:
    try:
        write_whole(path, page)
    except OSError as error:
        raise click.FileError(str(path), error.strerror) from error

"""`playbook rollback`: back to safety by hand, one dial at a time."""

import click

from playbook.code_rollback import (
    CodePlan,
    Way,
    move_alias,
    newest_deployment,
    plan,
    stop,
    wait_until_back,
)
from playbook.command import Playbook, playbook_command
from playbook.confirmation import confirmer, yes_option
from playbook.dial_reading import said_by
from playbook.failures import Refusal
from playbook.journal import AccountJournal, Kind
from playbook.journal_once import write_once
from playbook.live_state import alias_weights
from playbook.rollback_flag import FlagRollback
from playbook.wording import moment

_FUNCTIONS = ("mock-read", "prisma-read")


@click.group("rollback")
def command() -> None:
    """Back to safety: the flag to 0 % Prisma, or the code to the version before."""


@playbook_command("flag")
@yes_option
def flag(playbook: Playbook, *, yes: bool) -> None:
    """Have the mock serve every read, and end only when reads show it.

    The kill switch first, which nothing can turn back. Then the flag: a deployment that is under way is stopped, and
    the flag goes to 0 %. While a rollback alarm is not OK AppConfig takes no such change, so the flag waits for it; the
    guardian turns it off then, and so does this command, said again. Reads are safe meanwhile.

    It is never refused, and may be said while the guardian is at it. `playbook release` is the way back.

    \b
    Examples:
      playbook rollback flag
      playbook rollback flag --yes

    Exit codes: 0 safe, 1 failed or not safe yet, 2 wrong usage.
    """  # noqa: D301 - \b is click's own, for lines that are not to be filled
    account, output = playbook.account, playbook.output
    confirmer(output, yes=yes)(f"{account.environment}: send every read to the mock, now?")
    done = FlagRollback(account, output).run()
    safe, since = done.safe, done.since
    output.line(f"The kill switch is set since {moment(since.switched_at)}, {said_by(done.switch_description)}.")
    if safe.waits_for:
        output.line(f"The flag itself waits: {', '.join(safe.waits_for)} not OK, and AppConfig would take 0 % back.")
        output.line("  The guardian turns it off when they are; so does `playbook rollback flag`, said again.")
    else:
        output.line(f"The flag sends nobody to Prisma: deployment {safe.flag.deployment.number}.")
    last = since.last_prisma_read_at
    after = f"the last read on Prisma was at {moment(last)}" if last else "no read went to Prisma since"
    output.line(f"Safe since {moment(since.at)}: {after}.")
    output.line("Next: find the cause; `playbook report`. `playbook release` when it is mended.")
    output.document(
        {
            "switch_deployment": safe.switch.deployment.number,
            "switched_at": since.switched_at.isoformat(),
            "flag_deployment": safe.flag.deployment.number,
            "flag_is_off": not safe.waits_for,
            "waits_for": list(safe.waits_for),
            "safe_at": since.at.isoformat(),
            "last_prisma_read_at": last.isoformat() if last else None,
        }
    )


@playbook_command("code")
@click.option(
    "--function",
    "short_name",
    type=click.Choice(_FUNCTIONS),
    help="Whose `live` goes back.  [default: of whatever is being deployed]",
)
@yes_option
def code(playbook: Playbook, *, short_name: str | None, yes: bool) -> None:
    """Have `live` serve the version before.

    A deployment that is under way is stopped, and CodeDeploy takes it back. When none is, --function says whose alias
    to move by hand; `playbook status` shows that as drift until the next `cdk deploy`. Said again, it never goes back a
    further version.

    \b
    Examples:
      playbook rollback code
      playbook rollback code --function mock-read --yes

    Exit codes: 0 done, or had been; 1 failed; 2 wrong usage; 3 refused, as there is nothing to go back to.
    """  # noqa: D301 - as above
    plans = _plans(playbook, short_name)
    outcomes = [_carry_out(playbook, function, planned, yes=yes) for function, planned in plans.items()]
    playbook.output.document({"functions": outcomes})


def _plans(playbook: Playbook, short_name: str | None) -> dict[str, CodePlan]:
    account, names = playbook.account, playbook.account.names
    groups = dict(
        zip(
            _FUNCTIONS,
            (
                (names.mock_read_function, names.mock_read_deployment_group),
                (names.prisma_read_function, names.prisma_read_deployment_group),
            ),
            strict=True,
        )
    )
    found: dict[str, CodePlan] = {}
    refusals: list[str] = []
    with playbook.output.progress.status("looking"):
        for name, (function, group) in groups.items():
            if short_name not in {None, name}:
                continue
            newest = newest_deployment(account.codedeploy, names.codedeploy_application, group)
            try:
                found[function] = plan(newest, alias_weights(account.functions, function))
            except Refusal as refusal:
                refusals.append(f"{function}: {refusal.message}")
    if short_name is None:
        under_way = {name: planned for name, planned in found.items() if planned.way in {Way.STOP, Way.WAIT}}
        # Whoever says it again after it was done is told so.
        found = under_way or {name: planned for name, planned in found.items() if planned.way is Way.NOTHING}
        if not found:
            raise Refusal("nothing is being deployed; --function says whose live is to go back")
    if not found:
        raise Refusal("; ".join(refusals))
    return found


def _carry_out(playbook: Playbook, function: str, planned: CodePlan, *, yes: bool) -> dict[str, object]:
    account, output = playbook.account, playbook.output
    back_to, question = planned.back_to, confirmer(output, yes=yes)
    if planned.way is Way.STOP:
        question(f"{account.environment}: stop {planned.deployment_id} of {function}, and have it taken back?")
        stop(account.codedeploy, planned.deployment_id)
    if planned.way in {Way.STOP, Way.WAIT}:
        with output.progress.status(f"waiting for CodeDeploy to take {planned.deployment_id} back"):
            back_to = wait_until_back(
                account.codedeploy,
                planned.deployment_id,
                weights=lambda: alias_weights(account.functions, function),
                now=account.now,
            )
    if planned.way is Way.ALIAS and back_to is not None:
        question(f"{account.environment}: move live of {function} back to version {back_to}, past CodeDeploy?")
        move_alias(account.functions, function, back_to=back_to)
    key = {"dial": "code", "function": function, "deployment": planned.deployment_id}
    write_once(AccountJournal(account), Kind.ROLLBACK, key, since=planned.created_at, back_to=back_to)
    already = planned.way is Way.NOTHING
    output.line(f"{function}: every read gets version {back_to}{', and did before' if already else ''}.")
    if planned.way is Way.ALIAS:
        output.line("  `playbook status` calls it drift until the next `cdk deploy`.")
    return {"function": function, "version": back_to, "deployment": planned.deployment_id, "already": already}


command.add_command(flag)
command.add_command(code)

"""`playbook release`: the kill switch off again."""

from playbook.account_state import read_account_state
from playbook.command import Playbook, playbook_command
from playbook.confirmation import confirmer, yes_option
from playbook.dial_deployment import wait_until_deployed
from playbook.dial_note import DialNote
from playbook.dial_reading import Deployment, kill_switch, read_dial, said_by
from playbook.flag_dial import turn
from playbook.gate import Act, Situation, pass_gates
from playbook.gates import gates
from playbook.journal import AccountJournal, Kind
from playbook.journal_once import write_once
from playbook.wording import moment

_RELEASED = {"enabled": False}


@playbook_command("release")
@yes_option
def command(playbook: Playbook, *, yes: bool) -> None:
    """Release the kill switch, after a rollback whose cause is mended.

    It exposes nobody: it is refused unless the flag itself is at 0 %, nothing of it is being deployed, and no rollback
    alarm is in ALARM. No reason overrides that. The day then begins anew, with the shadow.

    \b
    Examples:
      playbook release

    Exit codes: 0 released, or was before; 1 failed; 2 wrong usage; 3 refused.
    """  # noqa: D301 - \b is click's own, for lines that are not to be filled
    account, output = playbook.account, playbook.output
    with output.progress.status("reading the account"):
        settings = account.settings
        reading = read_dial(account.appconfig, kill_switch(account.names))
    already = reading.stands_at(_RELEASED)
    if already:
        deployment = reading.counting
    else:
        with output.progress.status("reading the account"):
            state = read_account_state(account)
        situation = Situation(act=Act.RELEASE, percent=0, state=state, settings=settings)
        pass_gates(gates(situation), what="releasing the kill switch", override=None)
        was_set = f"set since {moment(reading.counting.started_at)}, {said_by(reading.counting.description)}"
        confirmer(output, yes=yes)(f"{account.environment}: release the kill switch, {was_set}?")
        note = DialNote(what="kill switch released", operator=account.operator, at=account.now())
        deployment = turn(account.appconfig, reading, _RELEASED, strategy=account.names.immediate_strategy, note=note)
    _record(playbook, deployment)
    with output.progress.status(f"deployment {deployment.number}") as status:
        deployed = wait_until_deployed(
            account.appconfig,
            reading.ids,
            deployment.number,
            now=account.now,
            on_progress=lambda percent: status.update(f"deployment {deployment.number}: {percent:g} %"),
        )
    released = "was released before" if already else "is released"
    output.line(f"The kill switch {released}: deployment {deployment.number} at {moment(deployed.started_at)}.")
    output.line("The flag is at 0 %, so nobody is on Prisma. Next: `playbook canary shadow`.")
    output.document(
        {"deployment": deployment.number, "released_at": deployed.started_at.isoformat(), "already": already}
    )


def _record(playbook: Playbook, deployment: Deployment) -> None:
    """What this operator did, now or in an earlier attempt."""
    account = playbook.account
    note = DialNote.parse(deployment.description)
    if note is None or note.operator != account.operator:
        return
    write_once(
        AccountJournal(account),
        Kind.KILL_SWITCH,
        {"deployment": deployment.number},
        since=deployment.started_at,
        version=deployment.version,
        is_set=False,
    )

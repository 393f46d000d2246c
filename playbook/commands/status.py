"""`playbook status`: where everything stands, and what comes next."""

from playbook.account_state import read_account_state
from playbook.command import Playbook, playbook_command
from playbook.status_view import status_document, status_lines, status_of


@playbook_command("status")
def command(playbook: Playbook) -> None:
    """Where everything stands, and what comes next.

    Both dials and the kill switch, deployments in progress, alarms, the phase of the playbook, the commands to type
    next, links to AWS's console; and drift: weights of an alias that nobody should have set, a version of it that is
    not the one deployed last, a version of the flag that nobody recorded.

    It changes nothing. Say it first of all, before each step, and after anything was interrupted.

    \b
    Examples:
      playbook status
      playbook --env prod status --json

    Exit codes: 0 whatever it finds, 1 when it could not look.
    """  # noqa: D301 - \b is click's own, for lines that are not to be filled
    account = playbook.account
    settings = account.settings
    with playbook.output.progress.status("reading the account"):
        state = read_account_state(account)
    status = status_of(state, settings)
    for line in status_lines(status):
        playbook.output.line(line.text, style=line.style)
    playbook.output.document(status_document(status))

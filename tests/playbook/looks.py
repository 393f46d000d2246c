"""What a look at the account may find: the healthy canary of `account_states` with the evidence of `judged`."""

from playbook.account_state import AccountState
from playbook.evidence import Evidence
from playbook.judge import judge, judge_shadow
from playbook.status_view import status_of
from playbook.watch import Look
from tests.playbook.account_states import CANARY, SETTINGS
from tests.playbook.judged import HEALTHY


def look(state: AccountState = CANARY, evidence: Evidence = HEALTHY) -> Look:
    check = judge if state.step.flag.reaches_anybody else judge_shadow
    return Look(status=status_of(state, SETTINGS), evidence=evidence, verdict=check(evidence, SETTINGS.thresholds))

"""What nobody should have set, or nobody wrote down: where the account differs from what its own records say. Pure."""

from dataclasses import dataclass
from typing import Final

from playbook.account_state import AccountState
from playbook.code_dial import CodeDial
from playbook.step import Step
from playbook.wording import percent
from shared.names import FLAG_PRISMA_ADAPTER, LIVE_ALIAS

# Who else deploys the flag says so in the deployment's description: the stacks, and the rollback guardian.
SEEDED: Final = "Seeded off"
BY_GUARDIAN: Final = "Rollback guardian: "


@dataclass(frozen=True)
class Drift:
    """`what` is a sentence, and so is `remedy`, which says what to do about it."""

    what: str
    remedy: str


def drift(state: AccountState) -> tuple[Drift, ...]:
    """Nothing where all is as it was deployed and recorded."""
    found = [*(_of_code_dial(dial) for dial in state.code_dials), _of_flag(state.step, state.recorded_versions)]
    return tuple(item for item in found if item is not None)


def _of_code_dial(dial: CodeDial) -> Drift | None:
    under_way = dial.in_progress
    if under_way is not None:
        expected = {under_way.from_version, under_way.to_version}
        # In its first moments a deployment does not tell its versions, and has not moved anything.
        if None in expected or set(dial.weights) <= expected:
            return None
        return Drift(
            f"{LIVE_ALIAS} of {dial.function_name} stands for {_shares(dial)}, while CodeDeploy's "
            f"{under_way.deployment_id} moves it from version {under_way.from_version} to {under_way.to_version}.",
            "Find out who moved the alias; CodeDeploy ends the deployment or fails it.",
        )
    by_hand = (
        f"Give it back: aws lambda update-alias --function-name {dial.function_name} --name {LIVE_ALIAS} "
        f"--function-version {dial.deployed_version} --routing-config AdditionalVersionWeights={{}}"
    )
    if len(dial.weights) > 1:
        return Drift(
            f"{LIVE_ALIAS} of {dial.function_name} stands for {_shares(dial)}, and no CodeDeploy deployment is in "
            "progress: somebody set weights by hand.",
            by_hand,
        )
    (version,) = dial.weights
    if version != dial.deployed_version:
        return Drift(
            f"{LIVE_ALIAS} of {dial.function_name} stands for version {version}; deployed last was version "
            f"{dial.deployed_version}.",
            f"After a rollback by hand that is meant, and ends with the next deployment. {by_hand}",
        )
    return None


def _of_flag(step: Step, recorded_versions: frozenset[str]) -> Drift | None:
    if step.version in recorded_versions or step.description == SEEDED or step.description.startswith(BY_GUARDIAN):
        return None
    said = f"its description says {step.description!r}" if step.description else "it has no description"
    return Drift(
        f"Version {step.version} of {FLAG_PRISMA_ADAPTER} is deployed, and the journal has no entry of it; {said}.",
        "If a command was interrupted, say it again and it writes the entry. Otherwise somebody turned the dial by "
        "hand: find out who before the next step.",
    )


def _shares(dial: CodeDial) -> str:
    return " and ".join(
        f"version {version} ({percent(100 * share)})" for version, share in sorted(dial.weights.items(), key=_number)
    )


def _number(item: tuple[str, float]) -> int:
    return int(item[0])

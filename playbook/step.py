"""Which step of the playbook the path dial is on, and since when."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from playbook.live_state import TAKEN_BACK, NotDeployedError, id_of
from shared.flag import Flag, SplitBy
from shared.names import FLAG_PRISMA_ADAPTER, PROFILE_FEATURE_FLAGS

if TYPE_CHECKING:
    from playbook.account import Account

# https://docs.aws.amazon.com/appconfig/2019-10-09/APIReference/API_GetDeployment.html
IN_PROGRESS: Final = frozenset({"VALIDATING", "DEPLOYING", "BAKING", "ROLLING_BACK"})

# https://docs.aws.amazon.com/appconfig/2019-10-09/APIReference/API_DeploymentEvent.html, from the last on.
_ENDS: Final = ("ROLLBACK_COMPLETED", "REVERT_COMPLETED", "ROLLBACK_STARTED")


@dataclass(frozen=True, kw_only=True)
class Step:
    """A position of the path dial, and the deployment that put it there.

    The attributes are as the deployed version holds them, whether or not the flag is `enabled`; `flag` is what the
    functions make of them. Percentages go from 0 to 100. `state` is AppConfig's, of the deployment, and `description`
    says who deployed what.

    `started_at` is when the position began to be served: the deployment's start or, after a later deployment was taken
    back, the end of that. The evidence on the step is counted from there on. `completed_at` is the deployment's own
    end, None while it goes on.
    """

    percent: float
    split_by: str
    shadow_percent: float
    enabled: bool
    allow_users: tuple[str, ...]
    seed: str
    version: str
    deployment_number: int
    state: str
    started_at: datetime
    completed_at: datetime | None
    description: str

    @property
    def in_progress(self) -> bool:
        """Whether AppConfig still deploys or bakes, and so takes no other deployment."""
        return self.state in IN_PROGRESS

    @property
    def flag(self) -> Flag:
        """What the functions go by."""
        if not self.enabled:
            return Flag.OFF
        return Flag(
            enabled=True,
            percent=self.percent,
            split_by=SplitBy(self.split_by),
            allow_users=frozenset(self.allow_users),
            shadow_percent=self.shadow_percent,
            seed=self.seed,
        )

    def __str__(self) -> str:
        if not self.enabled:
            return f"off (version {self.version})"
        return f"{self.percent:g} % by {self.split_by}, shadow {self.shadow_percent:g} % (version {self.version})"


def current_step(account: "Account") -> Step:
    """The step that counts: of the newest deployment that was not taken back, be it complete or not.

    Raises NotDeployedError and botocore's errors.
    """
    client, names = account.appconfig, account.names
    application = id_of(client.get_paginator("list_applications").paginate(), names.appconfig_application)
    environment = id_of(
        client.get_paginator("list_environments").paginate(ApplicationId=application), names.appconfig_environment
    )
    profile = id_of(
        client.get_paginator("list_configuration_profiles").paginate(ApplicationId=application), PROFILE_FEATURE_FLAGS
    )
    pages = client.get_paginator("list_deployments").paginate(ApplicationId=application, EnvironmentId=environment)
    listed = [
        item for page in pages for item in page["Items"] if item.get("ConfigurationName") == PROFILE_FEATURE_FLAGS
    ]
    counting, taken_back = counting_deployment(listed)

    def deployment(number: int) -> Mapping[str, Any]:
        return client.get_deployment(ApplicationId=application, EnvironmentId=environment, DeploymentNumber=number)

    deployed = deployment(counting)
    version = client.get_hosted_configuration_version(
        ApplicationId=application,
        ConfigurationProfileId=profile,
        VersionNumber=int(deployed["ConfigurationVersion"]),
    )
    attributes = json.loads(version["Content"].read())["values"][FLAG_PRISMA_ADAPTER]
    return step_of(deployed, attributes, [deployment(number) for number in taken_back])


def counting_deployment(listed: Iterable[Mapping[str, Any]]) -> tuple[int, list[int]]:
    """The number of the deployment that counts, and those of later ones, which were all taken back.

    `listed` are one profile's deployments as ListDeployments has them. Raises NotDeployedError where none counts.
    """
    taken_back: list[int] = []
    for item in sorted(listed, key=lambda item: -item["DeploymentNumber"]):
        if item["State"] not in TAKEN_BACK:
            return item["DeploymentNumber"], taken_back
        taken_back.append(item["DeploymentNumber"])
    raise NotDeployedError(f"{PROFILE_FEATURE_FLAGS} was never deployed here; deploy the stacks first")


def step_of(
    deployment: Mapping[str, Any], attributes: Mapping[str, Any], taken_back: Sequence[Mapping[str, Any]]
) -> Step:
    """The step of a deployment as GetDeployment has it, with its version's attributes of the flag.

    `taken_back` are the later deployments, likewise.
    """
    return Step(
        percent=float(attributes.get("percent", 0)),
        split_by=attributes.get("splitBy", SplitBy.USER),
        shadow_percent=float(attributes.get("shadowPercent", 0)),
        enabled=bool(attributes["enabled"]),
        allow_users=tuple(attributes.get("allowUsers", ())),
        seed=attributes.get("seed", ""),
        version=deployment["ConfigurationVersion"],
        deployment_number=deployment["DeploymentNumber"],
        state=deployment["State"],
        started_at=max([deployment["StartedAt"], *map(_end_of, taken_back)]),
        completed_at=deployment.get("CompletedAt"),
        description=deployment.get("Description", ""),
    )


def _end_of(taken_back: Mapping[str, Any]) -> datetime:
    """When a deployment that was taken back had no effect any more, or the last that is known of it."""
    times = {event["EventType"]: event["OccurredAt"] for event in taken_back.get("EventLog", ())}
    end: datetime = next((times[kind] for kind in _ENDS if kind in times), taken_back["StartedAt"])
    return end

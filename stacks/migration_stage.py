"""One environment: its four stacks and what they hand to each other."""

from aws_cdk import Environment as Target
from aws_cdk import Stage, Tags
from constructs import Construct

from stacks.environments import Environment
from stacks.eyes_stack import EyesStack
from stacks.flags_stack import FlagsStack
from stacks.guard_rails_stack import GuardRailsStack
from stacks.read_path_stack import ReadPathStack


class MigrationStage(Stage):
    """guard rails → flags → read path, and the eyes on all of them."""

    def __init__(
        self, scope: Construct, construct_id: str, *, environment: Environment, caller_account: str | None
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            env=Target(account=environment.account or caller_account, region=environment.region),
        )
        prefix = environment.names.prefix
        guard_rails = GuardRailsStack(
            self,
            "GuardRails",
            environment=environment,
            stack_name=f"{prefix}-guard-rails",
            description="Alarms of the Prisma migration and the topic that tells of them",
        )
        flags = FlagsStack(
            self,
            "Flags",
            environment=environment,
            guard_rails=guard_rails,
            stack_name=f"{prefix}-flags",
            description="Feature flag and kill switch of the Prisma migration, and the guardian that turns them",
        )
        read_path = ReadPathStack(
            self,
            "ReadPath",
            environment=environment,
            flags=flags.flags,
            guard_rails=guard_rails,
            stack_name=f"{prefix}-read-path",
            description="Functions of the Prisma migration behind their live aliases",
        )
        EyesStack(
            self,
            "Eyes",
            environment=environment,
            alarms=[
                *guard_rails.rollback_alarms,
                *read_path.new_version_alarms,
                *guard_rails.investigate_alarms,
                flags.guardian_failed,
            ],
            versions=read_path.published_versions,
            appconfig_application_id=flags.flags.application_id,
            stack_name=f"{prefix}-eyes",
            description="Dashboard, queries and trace group of the Prisma migration",
        )
        for key, value in environment.tags.items():
            Tags.of(self).add(key, value)

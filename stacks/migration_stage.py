"""One environment: its stacks and what they hand to each other."""

from typing import Any

from aws_cdk import Environment as Target
from aws_cdk import Stage, Tags
from constructs import Construct

from stacks.database_access import DatabaseAccess, existing_database
from stacks.databases import NewDatabase
from stacks.environments import Environment
from stacks.eyes_stack import EyesStack
from stacks.flags_stack import FlagsStack
from stacks.guard_rails_stack import GuardRailsStack
from stacks.read_path_stack import ReadPathStack


class MigrationStage(Stage):
    """guard rails → flags → database, where a new one is asked for → read path, and the eyes on all of them."""

    def __init__(
        self, scope: Construct, construct_id: str, *, environment: Environment, caller_account: str | None
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            env=Target(account=environment.account or caller_account, region=environment.region),
        )
        self._environment = environment
        guard_rails = GuardRailsStack(
            self,
            "GuardRails",
            environment=environment,
            **self._stack("guard-rails", "Alarms of the Prisma migration and the topic that tells of them"),
        )
        flags = FlagsStack(
            self,
            "Flags",
            environment=environment,
            guard_rails=guard_rails,
            **self._stack(
                "flags", "Feature flag and kill switch of the Prisma migration, and the guardian that turns them"
            ),
        )
        read_path = ReadPathStack(
            self,
            "ReadPath",
            environment=environment,
            database=self._database(),
            flags=flags.flags,
            guard_rails=guard_rails,
            **self._stack("read-path", "Functions of the Prisma migration behind their live aliases"),
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
            **self._stack("eyes", "Dashboard, queries and trace group of the Prisma migration"),
        )
        for key, value in environment.tags.items():
            Tags.of(self).add(key, value)

    def _database(self) -> DatabaseAccess:
        database = self._environment.database
        if not isinstance(database, NewDatabase):
            return existing_database(database)
        # It brings aws_ec2 and aws_rds, which take as long to import as all the rest of this.
        from stacks.database_stack import DatabaseStack  # noqa: PLC0415

        return DatabaseStack(
            self,
            "Database",
            environment=self._environment,
            database=database,
            **self._stack("database", "Database of the Prisma migration in a VPC of its own"),
        ).access

    def _stack(self, name: str, description: str) -> dict[str, Any]:
        """What every stack has, by the name that follows the environment's prefix.

        A stack that must outlive mistakes is protected from being deleted. The others are made to be thrown away and
        deployed again; a protection that everybody is used to taking off protects nothing.
        https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-protect-stacks.html
        """
        environment = self._environment
        return {
            "stack_name": f"{environment.names.prefix}-{name}",
            "description": description,
            "tags": dict(environment.tags),
            "termination_protection": environment.retain_data,
        }

"""Where an environment's database comes from: one that exists, or a new one. Values; `environments` checks them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

# An invalid field, its value, and what would be accepted.
Problem: TypeAlias = tuple[str, object, str]

# https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html
# The secrets that RDS manages have an exclamation mark besides: rds!cluster-….
_SECRET_NAME: Final = re.compile(r"[\w/+=.@!-]{1,512}", re.ASCII)
_SUBNET_ID: Final = re.compile(r"subnet-[0-9a-f]{8,17}")
_SECURITY_GROUP_ID: Final = re.compile(r"sg-[0-9a-f]{8,17}")
_KEY_ARN: Final = re.compile(r"arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key/[\w-]+", re.ASCII)
# https://docs.aws.amazon.com/lambda/latest/api/API_VpcConfig.html
_MOST_SUBNETS: Final = 16
_MOST_SECURITY_GROUPS: Final = 5
# https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ServerlessV2ScalingConfiguration.html
_MOST_ACU: Final = 256
_STEP_ACU: Final = 0.5
# https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.Managing.Backups.html
_MOST_BACKUP_DAYS: Final = 35
# A writer, and readers that take over when it fails, up to 15 of them.
# https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.Overview.html
_MOST_INSTANCES: Final = 16


@dataclass(frozen=True, kw_only=True)
class ExistingNetwork:
    """Where the database's functions are put: private subnets of one VPC, and the groups that the database admits.

    The subnets say which VPC it is. They need a way to Secrets Manager, through an endpoint or a NAT.
    """

    subnet_ids: tuple[str, ...]
    security_group_ids: tuple[str, ...]

    def problems(self) -> Iterator[Problem]:
        if not 1 <= len(self.subnet_ids) <= _MOST_SUBNETS or not all(map(_SUBNET_ID.fullmatch, self.subnet_ids)):
            yield "network.subnet_ids", self.subnet_ids, f"1 to {_MOST_SUBNETS} ids such as subnet-0123456789abcdef0"
        groups = self.security_group_ids
        if not 1 <= len(groups) <= _MOST_SECURITY_GROUPS or not all(map(_SECURITY_GROUP_ID.fullmatch, groups)):
            yield "network.security_group_ids", groups, f"1 to {_MOST_SECURITY_GROUPS} ids such as sg-0123456789abcdef0"


@dataclass(frozen=True, kw_only=True)
class ExistingDatabase:
    """A PostgreSQL that is there. Its two secrets are found by name: the reader's and the migrations'.

    Each holds a URL or RDS's JSON; docs/DEPLOY.md says how they are made. `secrets_key_arn` is the customer-managed key
    that encrypts them, None where it is Secrets Manager's own. `network` None leaves the functions outside any VPC.
    """

    reader_secret_name: str
    admin_secret_name: str
    secrets_key_arn: str | None = None
    network: ExistingNetwork | None = None

    def problems(self) -> Iterator[Problem]:
        for field in ("reader_secret_name", "admin_secret_name"):
            name = getattr(self, field)
            if not _SECRET_NAME.fullmatch(name):
                yield field, name, "1 to 512 of a–z, A–Z, 0–9 and /_+=.@-!"
        if self.secrets_key_arn is not None and not _KEY_ARN.fullmatch(self.secrets_key_arn):
            yield "secrets_key_arn", self.secrets_key_arn, "the ARN of a key, or None"
        if self.network is not None:
            yield from self.network.problems()


@dataclass(frozen=True, kw_only=True)
class NewDatabase:
    """An Aurora PostgreSQL Serverless v2 that a stack of ours makes, in a VPC of its own.

    Capacity is in Aurora capacity units for each of `instances`; one of them writes, the others take over from it. With
    `min_capacity_acu` 0 it pauses when nobody was connected for five minutes, and the first reads after that fail, for
    it takes about 15 seconds to resume and a read waits three for a connection.
    https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-serverless-v2-auto-pause.html
    """

    min_capacity_acu: float
    max_capacity_acu: float
    instances: int
    backup_retention_days: int

    @property
    def pauses(self) -> bool:
        return self.min_capacity_acu == 0

    def problems(self) -> Iterator[Problem]:
        for field, low in (("min_capacity_acu", 0.0), ("max_capacity_acu", max(1.0, self.min_capacity_acu))):
            acu = getattr(self, field)
            if not low <= acu <= _MOST_ACU or acu % _STEP_ACU:
                yield field, acu, f"{low:g} to {_MOST_ACU} in steps of {_STEP_ACU}"
        for field, most in (("instances", _MOST_INSTANCES), ("backup_retention_days", _MOST_BACKUP_DAYS)):
            if not 1 <= getattr(self, field) <= most:
                yield field, getattr(self, field), f"1 to {most}"


Database: TypeAlias = ExistingDatabase | NewDatabase

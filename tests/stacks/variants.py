"""Environments that exist for tests alone. Each is one value: a new database, or a VPC that is there, far from beta."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from stacks.databases import ExistingDatabase, ExistingNetwork
from stacks.environments import BETA, NEW_DATABASE, PROD, Environment
from stacks.extension_layers import Architecture

KEY_ARN: Final = "arn:aws:kms:eu-west-1:111122223333:key/0123abcd-0123-0123-0123-0123456789ab"
ELSEWHERE: Final = replace(
    BETA,
    name="elsewhere",
    account="111122223333",
    region="eu-west-1",
    architecture=Architecture.X86_64,
    database=ExistingDatabase(
        reader_secret_name="app/reader",
        admin_secret_name="rds!cluster-0123abcd",
        secrets_key_arn=KEY_ARN,
        network=ExistingNetwork(
            subnet_ids=("subnet-0123456789abcdef0", "subnet-0123456789abcdef1"),
            security_group_ids=("sg-0123456789abcdef0",),
        ),
    ),
)
VARIANTS: Final[Mapping[str, Environment]] = {
    "fresh": replace(BETA, name="fresh", database=NEW_DATABASE),
    "elsewhere": ELSEWHERE,
    # The account is known here, as it is when someone with credentials deploys.
    "kept": replace(
        PROD,
        name="kept",
        account="111122223333",
        alarm_emails=("on-call@example.com",),
        database=replace(NEW_DATABASE, min_capacity_acu=1, max_capacity_acu=16, instances=2),
    ),
}

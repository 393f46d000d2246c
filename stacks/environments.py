"""The environments: one frozen value each, and nothing else that differs between them.

An invalid value is refused when the value is made, so `cdk synth` ends with the field's name and what it accepts.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import UnionType
from typing import Any, Final

from aws_cdk.aws_logs import RetentionDays

from shared.names import ResourceNames
from stacks.databases import Database, ExistingDatabase, NewDatabase
from stacks.extension_layers import SUPPORTED_REGIONS, Architecture

_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
_SLACK_ID: Final = re.compile(r"[A-Z0-9]{9,14}")
_ACCOUNT_ID: Final = re.compile(r"\d{12}")
_ALL_PERCENT: Final = 100


class InvalidEnvironmentError(ValueError):
    """A field of an environment holds a value that AWS or the playbook does not accept."""


class BundlePlatform(StrEnum):
    """Whose machine code a function's dependencies are built for."""

    LAMBDA = "lambda"
    THIS_MACHINE = "this-machine"


@dataclass(frozen=True, kw_only=True)
class SlackChannel:
    """Where alarms are posted: Slack's own ids, after the workspace was authorised in the account once."""

    workspace_id: str
    channel_id: str


@dataclass(frozen=True, kw_only=True)
class Environment:
    """Everything that may differ between two environments.

    `account` None means the caller's. `flag_poll_interval_seconds` is how stale a read's flag may be, and so a
    part of the time to safety. A canary step takes `code_canary_interval_minutes` at `code_canary_percent`.
    `candidate_timeout_ms` is how long a user waits for Prisma before the mock answers; a cold prisma-read may need more
    than a second, so 1000 wants `prisma_provisioned_concurrency`. The two reserved concurrencies together bound the
    connections to the database. `latency_budget_ms` is a p95 that no caller minds, however much faster the mock is;
    above it the mock's p95 counts. `ramp_hold_minutes` is by percentage how long a step of the ramp lasts at least; the
    playbook's are 1, 5, 25 and 50. `retain_data` is for what must outlive a mistake: logs, queues, the database of our
    own, and the stacks themselves. `on_call` says that someone must be there to be woken: without `alarm_emails` and
    `slack` each synthesis warns, and `cdk deploy --strict` refuses.
    """

    name: str
    account: str | None
    region: str
    architecture: Architecture
    bundle_platform: BundlePlatform
    log_retention: RetentionDays
    flag_poll_interval_seconds: int
    flag_deployment_minutes: int
    flag_bake_minutes: int
    code_canary_percent: int
    code_canary_interval_minutes: int
    candidate_timeout_ms: int
    latency_budget_ms: int
    query_timeout_ms: int
    prisma_provisioned_concurrency: int
    prisma_reserved_concurrency: int
    shadow_reserved_concurrency: int
    database: Database
    allow_seed: bool
    error_rate_limit_percent: float
    ramp_hold_minutes: Mapping[int, int] = field(hash=False)
    alarm_emails: tuple[str, ...]
    slack: SlackChannel | None
    on_call: bool
    retain_data: bool
    tags: Mapping[str, str] = field(hash=False)

    def __post_init__(self) -> None:
        self._require("name", re.fullmatch(r"[a-z][a-z0-9]{1,11}", self.name), "2 to 12 of a–z and 0–9")
        self._require("account", self.account is None or _ACCOUNT_ID.fullmatch(self.account), "12 digits, or None")
        self._require(
            "region",
            self.region in SUPPORTED_REGIONS,
            f"a region whose AppConfig extension layer is pinned: {', '.join(SUPPORTED_REGIONS)} "
            "(stacks/extension_layers.py says how to add one)",
        )
        # The data plane refuses a session that wants to poll more often than every 15 s.
        # https://docs.aws.amazon.com/appconfig/2019-10-09/APIReference/API_appconfigdata_StartConfigurationSession.html
        self._require_between("flag_poll_interval_seconds", 15, 86400)
        # https://docs.aws.amazon.com/appconfig/2019-10-09/APIReference/API_CreateDeploymentStrategy.html
        self._require_between("flag_deployment_minutes", 0, 1440)
        self._require_between("flag_bake_minutes", 0, 1440)
        # https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_TimeBasedCanary.html
        self._require_between("code_canary_percent", 1, 99)
        self._require_between("code_canary_interval_minutes", 1, 2880)
        self._require_between("candidate_timeout_ms", 100, 10_000)
        # Reads that take longer than the timeout have no latency: the mock answered them.
        self._require_between("latency_budget_ms", 1, self.candidate_timeout_ms)
        self._require_between("query_timeout_ms", 50, self.candidate_timeout_ms)
        self._require_between("prisma_reserved_concurrency", 1, 500)
        # https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html
        self._require_between("prisma_provisioned_concurrency", 0, self.prisma_reserved_concurrency)
        self._require_between("shadow_reserved_concurrency", 1, 500)
        for database_field, value, accepted in self.database.problems():
            self._require(f"database.{database_field}", None, accepted, value)
        self._require(
            "database.min_capacity_acu",
            not (self._wants_a_pausing_database() and self.prisma_provisioned_concurrency),
            "0.5 and more where prisma_provisioned_concurrency holds connections, which keep a database from pausing",
            0,
        )
        self._require(
            "database.min_capacity_acu",
            not (self._wants_a_pausing_database() and self.on_call),
            "0.5 and more where someone is on call: while a paused database resumes, every read by Prisma fails",
            0,
        )
        self._require_between("error_rate_limit_percent", 0.1, 50, int | float)
        self._require(
            "ramp_hold_minutes",
            all(0 < percent < _ALL_PERCENT and minutes > 0 for percent, minutes in self.ramp_hold_minutes.items())
            and self.ramp_hold_minutes,
            "minutes above 0 by percentages between 0 and 100",
        )
        for email in self.alarm_emails:
            self._require("alarm_emails", _EMAIL.fullmatch(email), "e-mail addresses", email)
        if self.slack is not None:
            for slack_field in ("workspace_id", "channel_id"):
                value = getattr(self.slack, slack_field)
                self._require(f"slack.{slack_field}", _SLACK_ID.fullmatch(value), "a Slack id such as T0123ABCD", value)

    def _require_between(self, field_name: str, low: float, high: float, kind: type | UnionType = int) -> None:
        value = getattr(self, field_name)
        is_number = isinstance(value, kind) and not isinstance(value, bool)
        accepted = f"{'an integer' if kind is int else 'a number'} from {low:g} to {high:g}"
        self._require(field_name, is_number and low <= value <= high, accepted)

    def _require(self, field_name: str, valid: object, accepted: str, value: object = ...) -> None:
        if not valid:
            shown = getattr(self, field_name) if value is ... else value
            raise InvalidEnvironmentError(f"environment {self.name!r}: {field_name} is {shown!r}; accepted: {accepted}")

    def _wants_a_pausing_database(self) -> bool:
        return isinstance(self.database, NewDatabase) and self.database.pauses

    @property
    def somebody_hears(self) -> bool:
        """Whether an alarm reaches anybody."""
        return bool(self.alarm_emails) or self.slack is not None

    @property
    def names(self) -> ResourceNames:
        return ResourceNames(self.name)


def _by_our_names(environment: str) -> ExistingDatabase:
    """The secrets where the docs say to put them."""
    names = ResourceNames(environment)
    return ExistingDatabase(
        reader_secret_name=names.database_reader_secret, admin_secret_name=names.database_admin_secret
    )


# For an environment that has no database yet: `database=NEW_DATABASE` in its value. Half a unit is the least that does
# not pause.
NEW_DATABASE: Final = NewDatabase(min_capacity_acu=0.5, max_capacity_acu=4, instances=1, backup_retention_days=7)

BETA: Final = Environment(
    name="beta",
    account=None,
    region="us-east-1",
    architecture=Architecture.ARM64,
    bundle_platform=BundlePlatform.LAMBDA,
    log_retention=RetentionDays.ONE_MONTH,
    flag_poll_interval_seconds=15,
    # The playbook moves a flag with AppConfig.Linear50PercentEvery30Seconds, which takes a minute and bakes one. Our
    # own strategy bakes longer: a rollback alarm needs a five-minute window, its evaluation and the metric's delay.
    flag_deployment_minutes=1,
    flag_bake_minutes=10,
    code_canary_percent=1,
    code_canary_interval_minutes=10,
    candidate_timeout_ms=1000,
    # The playbook only has ratios to the mock, which reads from memory in a millisecond or two. 200 ms is what web
    # performance guides grant a server's whole answer, and a fifth of what we let a user wait for Prisma.
    latency_budget_ms=200,
    query_timeout_ms=800,
    prisma_provisioned_concurrency=2,
    prisma_reserved_concurrency=10,
    shadow_reserved_concurrency=5,
    database=_by_our_names("beta"),
    allow_seed=True,
    error_rate_limit_percent=2.0,
    # The playbook: an hour at 1 % (H+1 to H+2), 5 % from H+3 to H+24. Of the steps after it only says that each is
    # watched; four hours see more than one user's day part, and with it a whole ramp takes less than two days.
    ramp_hold_minutes={1: 60, 5: 21 * 60, 25: 4 * 60, 50: 4 * 60},
    alarm_emails=(),
    slack=None,
    on_call=False,
    retain_data=False,
    tags={"project": "huntaze-prisma-migration", "environment": "beta"},
)

DEV: Final = replace(
    BETA,
    name="dev",
    log_retention=RetentionDays.ONE_WEEK,
    # Nobody waits here for a cold candidate but its developers.
    candidate_timeout_ms=3000,
    query_timeout_ms=2000,
    prisma_provisioned_concurrency=0,
    database=_by_our_names("dev"),
    code_canary_interval_minutes=1,
    tags={**BETA.tags, "environment": "dev"},
)

PROD: Final = replace(
    BETA,
    name="prod",
    log_retention=RetentionDays.ONE_YEAR,
    flag_bake_minutes=30,
    prisma_provisioned_concurrency=5,
    prisma_reserved_concurrency=40,
    shadow_reserved_concurrency=10,
    database=_by_our_names("prod"),
    allow_seed=False,
    # A day at each step shows every hour's traffic.
    ramp_hold_minutes={1: 4 * 60, 5: 24 * 60, 25: 24 * 60, 50: 24 * 60},
    code_canary_interval_minutes=30,
    on_call=True,
    retain_data=True,
    tags={**BETA.tags, "environment": "prod"},
)

# The sandbox is beta on a laptop. Whatever is not named here is beta's, so a rehearsal rehearses beta.
SANDBOX_OVERRIDES: Final[Mapping[str, Any]] = {
    "account": "000000000000",
    "bundle_platform": BundlePlatform.THIS_MACHINE,
}
SANDBOX: Final = replace(BETA, **SANDBOX_OVERRIDES)

# Stage name → environment, as in `cdk deploy 'beta/*'`.
ENVIRONMENTS: Final[Mapping[str, Environment]] = {"dev": DEV, "beta": BETA, "prod": PROD, "sandbox": SANDBOX}

"""The journal: who did what to an environment and when, in a log group that the stacks bring.

Entries are only ever appended, so nothing that two operators do at once is lost, and all of them read the same. What
must be right at once, such as where a dial stands, is read from AWS itself and never from here.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from mypy_boto3_logs.type_defs import InputLogEventTypeDef

    from playbook.account import Account


class Kind(StrEnum):
    """What an entry tells of."""

    BASELINE = "baseline"
    FLAG = "flag"
    KILL_SWITCH = "kill-switch"
    DECISION = "decision"
    OVERRIDE = "override"
    ROLLBACK = "rollback"
    DATABASE = "database"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """`at` is the account's time; `facts` are JSON."""

    at: datetime
    operator: str
    kind: Kind
    facts: Mapping[str, Any] = field(hash=False)


class Journal(Protocol):
    """`AccountJournal` is the real one."""

    def write(self, kind: Kind, **facts: Any) -> None:
        """Append an entry, now."""

    def entries(self, since: datetime) -> Iterator[Entry]:
        """From `since` on, the oldest first."""


class AccountJournal:
    """Raises botocore's errors."""

    def __init__(self, account: "Account") -> None:
        self._account = account
        self._group = account.names.journal_log_group
        self._stream = account.environment

    def write(self, kind: Kind, **facts: Any) -> None:
        client = self._account.logs
        event: InputLogEventTypeDef = {
            "timestamp": int(self._account.now().timestamp() * 1000),
            "message": json.dumps({"kind": kind, "operator": self._account.operator, "facts": facts}),
        }
        for _ in range(2):
            try:
                client.put_log_events(
                    logGroupName=self._group,
                    logStreamName=self._stream,
                    logEvents=[event],
                )
            except client.exceptions.ResourceNotFoundException:
                try:
                    client.create_log_stream(logGroupName=self._group, logStreamName=self._stream)
                except client.exceptions.ResourceAlreadyExistsException:
                    continue
            else:
                return
        raise RuntimeError(f"{self._group} takes no entry")

    def entries(self, since: datetime) -> Iterator[Entry]:
        pages = self._account.logs.get_paginator("filter_log_events").paginate(
            logGroupName=self._group, startTime=int(since.timestamp() * 1000)
        )
        for page in pages:
            for event in page["events"]:
                document = json.loads(event["message"])
                yield Entry(
                    at=datetime.fromtimestamp(event["timestamp"] / 1000, UTC),
                    operator=document["operator"],
                    kind=Kind(document["kind"]),
                    facts=document["facts"],
                )

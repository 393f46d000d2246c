"""Entries that are written once, though a command may be killed after what it tells of and said again.

CloudWatch Logs shows an entry some seconds after it was written. Who says a command again within these may leave it
twice; both tell of the same deployment, by its number.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_AnalyzeLogData_LogQuery.html
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from playbook.journal import Journal, Kind

# The journal's stamps are whole seconds.
_SLACK: Final = timedelta(seconds=2)


def write_once(journal: Journal, kind: Kind, key: Mapping[str, Any], *, since: datetime, **facts: Any) -> None:
    """Write the entry, unless there is one of its kind with the facts in `key` from `since` on."""
    for entry in journal.entries(since - _SLACK):
        if entry.kind is kind and key.items() <= entry.facts.items():
            return
    journal.write(kind, **key, **facts)

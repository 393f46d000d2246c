"""Where numbers come from, so that a reader can look for himself."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class Source:
    """So many `items` of `name` in `service`, from `since` to `until`.

    `service` is AWS's word for it ("CloudWatch Logs"), `name` the resource's own, `items` what was counted ("lines").
    """

    service: str
    name: str
    items: str
    since: datetime
    until: datetime
    count: int

    def __str__(self) -> str:
        window = f"{self.since:%Y-%m-%d %H:%M:%S} to {self.until:%H:%M:%S %Z}"
        return f"{self.service}, {self.name}: {self.count:,} {self.items}, {window}"

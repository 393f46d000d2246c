"""Playbook time for what MiniStack's services stamp and advance by time: AppConfig, CloudWatch, its logs, and SNS.

Each of their modules reads the time through its global `time`, the standard library's module, and that is what is
replaced. CloudFormation, IAM, STS and Lambda stay with the wall's clock: their clients poll and sign by it.
"""

import time
from time import struct_time
from types import ModuleType
from typing import Any, Final

from ministack.services import appconfig, cloudwatch, cloudwatch_logs, sns

from sandbox.clock import Clock

MODULES: Final[tuple[ModuleType, ...]] = (appconfig, cloudwatch, cloudwatch_logs, sns)


class PlaybookTime:
    """The standard library's `time`, but that what it calls now is the clock's."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def __getattr__(self, name: str) -> Any:
        return getattr(time, name)

    def time(self) -> float:
        return self._clock.now()

    def time_ns(self) -> int:
        return int(self._clock.now() * 1e9)

    def gmtime(self, seconds: float | None = None, /) -> struct_time:
        return time.gmtime(self._clock.now() if seconds is None else seconds)

    def localtime(self, seconds: float | None = None, /) -> struct_time:
        return time.localtime(self._clock.now() if seconds is None else seconds)

    def strftime(self, form: str, moment: struct_time | None = None, /) -> str:
        return time.strftime(form, self.localtime() if moment is None else moment)


def install(clock: Clock) -> None:
    """Call it once a process."""
    for module in MODULES:
        module.time = PlaybookTime(clock)  # type: ignore[attr-defined] # a global of the module, not its own name

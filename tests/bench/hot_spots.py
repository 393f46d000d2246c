"""Where time goes: by function, from a profile; by module, from Python's own import times."""

import cProfile
import pstats
import re
import sysconfig
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from tests.bench.result import Spent

SHOWN: Final = 8

_REPOSITORY: Final = Path(__file__).resolve().parents[2]
_SITE_PACKAGES: Final = Path(sysconfig.get_path("purelib"))
_IMPORT_TIME: Final = re.compile(r"import time:\s+(\d+) \|\s+\d+ \| +(\S+)")


def of_calls(call: Callable[[], object]) -> tuple[Spent, ...]:
    """The functions in which a call spends most time of their own, under cProfile, which makes small ones look big."""
    profile = cProfile.Profile()
    profile.runcall(call)
    return of_profile(profile)


def of_profile(profile: cProfile.Profile | str) -> tuple[Spent, ...]:
    """The same, of a profile or the file that one was written to."""
    functions: Mapping[tuple[str, int, str], Any] = pstats.Stats(profile).stats  # type: ignore[attr-defined] # untyped
    return _largest({_shown(*function): figures[2] for function, figures in functions.items()})


def of_imports(text: str) -> tuple[Spent, ...]:
    """What `-X importtime` wrote, by top-level package: the time in its own modules."""
    packages: Counter[str] = Counter()
    for own_us, module in _IMPORT_TIME.findall(text):
        packages[module.partition(".")[0]] += int(own_us)
    return _largest({f"import {package}": own_us for package, own_us in packages.items()})


def of_phases(phases: Mapping[str, float]) -> tuple[Spent, ...]:
    """Phases that were timed one by one."""
    return _largest(phases)


def _largest(parts: Mapping[str, float]) -> tuple[Spent, ...]:
    total = sum(parts.values())
    largest = sorted(parts.items(), key=lambda part: part[1], reverse=True)[:SHOWN]
    shares = [(round(100 * part / total, 1), where) for where, part in largest]
    return tuple(Spent(share_percent, where) for share_percent, where in shares if share_percent > 0)


def _shown(file: str, line: int, function: str) -> str:
    if file in {"~", ""}:
        return function
    path = Path(file)
    for root in (_SITE_PACKAGES, _REPOSITORY):
        if path.is_relative_to(root):
            return f"{function} ({path.relative_to(root)}:{line})"
    return f"{function} ({path.name}:{line})"

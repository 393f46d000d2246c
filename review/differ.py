"""Two templates compared by the CDK's own differ, which is a Node library."""

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

Template = Mapping[str, Any]

_HELPER: Final = Path(__file__).with_name("differ.mjs")
_NODE: Final = "node"


class DifferError(RuntimeError):
    """The differ could not be run; the message says why."""


@dataclass(frozen=True)
class Update:
    """A property or attribute. `old` or `new` is None where there was or is none; `impact` as in ResourceChange."""

    name: str
    old: Any
    new: Any
    impact: str | None


@dataclass(frozen=True)
class ResourceChange:
    """`old` and `new` are the whole resource. `attributes` are what stands beside its properties, such as its policies.

    `impact` is the differ's: WILL_CREATE, WILL_UPDATE, WILL_REPLACE, MAY_REPLACE, WILL_DESTROY, WILL_ORPHAN.
    """

    logical_id: str
    old: Mapping[str, Any] | None
    new: Mapping[str, Any] | None
    impact: str
    properties: tuple[Update, ...]
    attributes: tuple[Update, ...]

    @property
    def type(self) -> str:
        return str((self.new or self.old or {}).get("Type", ""))

    @property
    def construct_path(self) -> str:
        """Within its stage, without the construct that CDK wraps around every resource."""
        path = str((self.new or self.old or {}).get("Metadata", {}).get("aws:cdk:path", self.logical_id))
        return path.partition("/")[2].removesuffix("/Resource") or path


@dataclass(frozen=True)
class TemplateDiff:
    """`text` is what `cdk diff` prints, without colours; empty when nothing differs."""

    text: str
    resources: tuple[ResourceChange, ...]
    others: tuple[Update, ...]


_NOTHING: Final = TemplateDiff(text="", resources=(), others=())


def diff_templates(pairs: Sequence[tuple[Template, Template]]) -> list[TemplateDiff]:
    """Each pair is what is there and what is to come. Raises DifferError."""
    differing = [index for index, (old, new) in enumerate(pairs) if old != new]
    diffs = [_NOTHING] * len(pairs)
    if differing:
        for index, diff in zip(differing, _run([pairs[index] for index in differing]), strict=True):
            diffs[index] = diff
    return diffs


def _run(pairs: Sequence[tuple[Template, Template]]) -> list[TemplateDiff]:
    document = json.dumps([{"old": old, "new": new} for old, new in pairs])
    try:
        done = subprocess.run(
            [_NODE, str(_HELPER)],
            input=document,
            capture_output=True,
            text=True,
            check=False,
            encoding="utf-8",
            env={**os.environ, "FORCE_COLOR": "0"},
        )
    except FileNotFoundError as error:
        raise DifferError("node is not on PATH; the CDK's differ runs on it") from error
    if done.returncode != 0:
        raise DifferError(f"the CDK's differ ended with {done.returncode}:\n{done.stderr.strip()}")
    return [_template_diff(found) for found in json.loads(done.stdout)]


def _template_diff(found: Mapping[str, Any]) -> TemplateDiff:
    return TemplateDiff(
        text=found["text"].strip("\n"),
        resources=tuple(_resource_change(resource) for resource in found["resources"]),
        others=tuple(_update({**other, "name": f"{other['section']}.{other['name']}"}) for other in found["others"]),
    )


def _resource_change(found: Mapping[str, Any]) -> ResourceChange:
    return ResourceChange(
        logical_id=found["logical_id"],
        old=found["old"],
        new=found["new"],
        impact=found["impact"],
        properties=tuple(map(_update, found["properties"])),
        attributes=tuple(map(_update, found["attributes"])),
    )


def _update(found: Mapping[str, Any]) -> Update:
    return Update(name=found["name"], old=found["old"], new=found["new"], impact=found["impact"])

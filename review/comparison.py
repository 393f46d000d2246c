"""Two cloud assemblies compared: remarks on what differs, new findings of the rule packs, and the whole text."""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

from review.assembly import Assembly, Finding, Stack, StackKey
from review.differ import TemplateDiff
from review.once import STANDS_IN_FOR, Shared, said_once, without_names
from review.remarks import Kind, Remark, is_code_only, resource_remarks, settings_remarks
from review.versions import masked, version_hashes


@dataclass(frozen=True)
class Acknowledged:
    """A finding that is accepted now and was not there, or not accepted, before."""

    finding: Finding
    reason: str


@dataclass(frozen=True)
class StackText:
    """What `cdk diff` prints of a stack. `name` is the stack's within its environment."""

    name: str
    text: str


@dataclass(frozen=True)
class Comparison:
    """Everything is said once for all environments that it holds for, in the app's order."""

    remarks: tuple[Shared[Remark], ...]
    findings: tuple[Shared[Finding], ...]
    acknowledged: tuple[Shared[Acknowledged], ...]
    stacks: tuple[Shared[StackText], ...]

    @property
    def nothing_differs(self) -> bool:
        return not (self.remarks or self.findings or self.acknowledged or self.stacks)


@dataclass(frozen=True)
class Pair:
    """A stack before and after; None where there was or is none."""

    key: StackKey
    old: Stack | None
    new: Stack | None

    def templates(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """As they are compared: without what changes with every change of a function."""
        return (
            masked(self.old.template) if self.old else {},
            masked(self.new.template) if self.new else {},
        )


def pairs_of(base: Assembly, head: Assembly) -> list[Pair]:
    """Stacks in head's order, then those that are gone."""
    keys = [*head.stacks, *(key for key in base.stacks if key not in head.stacks)]
    return [Pair(key, base.stacks.get(key), head.stacks.get(key)) for key in keys]


def compare(base: Assembly, head: Assembly, pairs: Sequence[Pair], diffs: Sequence[TemplateDiff]) -> Comparison:
    """`diffs` are those of the pairs' templates, in their order."""
    differing = [(pair, diff) for pair, diff in zip(pairs, diffs, strict=True) if _differs(pair, diff)]
    shapes = {pair.key: _shape(pair, diff) for pair, diff in differing}
    kept = [(pair, diff) for pair, diff in differing if not _said_already(pair.key, shapes)]
    return Comparison(
        remarks=tuple(
            said_once(
                ((pair.key.environment, remark) for pair, diff in kept for remark in _remarks(pair, diff)),
                key=lambda remark: (remark.heading, remark.stack.name),
                text=lambda remark: f"{remark.path}\n{remark.text}",
            )
        ),
        findings=tuple(_new_findings(base.open_findings, head.open_findings)),
        acknowledged=tuple(_newly_acknowledged(base, head)),
        stacks=tuple(
            said_once(
                (
                    (pair.key.environment, StackText(pair.key.name, diff.text))
                    for pair, diff in kept
                    if diff.text and not _only_code(diff)
                ),
                key=lambda stack: stack.name,
                text=lambda stack: stack.text,
            )
        ),
    )


def _differs(pair: Pair, diff: TemplateDiff) -> bool:
    return bool(diff.text) or _settings(pair.old) != _settings(pair.new) or bool(_published(pair))


def _remarks(pair: Pair, diff: TemplateDiff) -> Iterator[Remark]:
    if pair.new is None:
        yield Remark(Kind.REMOVED, pair.key, pair.key.name, "**the whole stack** is no longer in the app")
        return
    if pair.old is not None:
        yield from settings_remarks(pair.key, _settings(pair.old), _settings(pair.new))
    for change in diff.resources:
        yield from resource_remarks(pair.key, change)
    for path in _published(pair):
        yield Remark(Kind.CODE, pair.key, path, "publishes a new version")


def _settings(stack: Stack | None) -> dict[str, Any]:
    return {} if stack is None else dict(stack.settings)


def _published(pair: Pair) -> list[str]:
    """Functions that were there, and of which this change publishes another version."""
    if pair.old is None or pair.new is None:
        return []
    old, new = version_hashes(pair.old.template), version_hashes(pair.new.template)
    return [path for path, hash_ in new.items() if path in old and old[path] != hash_]


def _only_code(diff: TemplateDiff) -> bool:
    return not diff.others and all(map(is_code_only, diff.resources))


def _shape(pair: Pair, diff: TemplateDiff) -> frozenset[tuple[str, str, str]]:
    """Which resources change, how, and in which properties; not to which values, which hold an account or a hash."""
    return frozenset(
        (change.logical_id, change.impact, update.name)
        for change in diff.resources
        for update in (*change.properties, *change.attributes)
    ) | {(path, "published", "") for path in _published(pair)}


def _said_already(key: StackKey, shapes: Mapping[StackKey, frozenset[tuple[str, str, str]]]) -> bool:
    """Whether the environment that this one stands in for changes in all that this one does."""
    model = STANDS_IN_FOR.get(key.environment)
    return model is not None and shapes[key] <= shapes.get(StackKey(model, key.name), frozenset())


def _new_findings(base: frozenset[Finding], head: frozenset[Finding]) -> list[Shared[Finding]]:
    return said_once(
        ((finding.environment, finding) for finding in _unrepeated(head - base)),
        key=lambda finding: finding.path,
        text=lambda finding: finding.rule,
    )


def _newly_acknowledged(base: Assembly, head: Assembly) -> list[Shared[Acknowledged]]:
    fresh = _unrepeated(head.acknowledged.keys() - base.acknowledged.keys())
    return said_once(
        ((finding.environment, Acknowledged(finding, head.acknowledged[finding])) for finding in fresh),
        key=lambda acknowledged: acknowledged.finding.path,
        text=lambda acknowledged: f"{acknowledged.finding.rule}\n{acknowledged.reason}",
    )


def _unrepeated(findings: AbstractSet[Finding]) -> list[Finding]:
    """In order, without those that an environment has only because the one it stands in for does."""
    said = {_unnamed(finding) for finding in findings if finding.environment not in STANDS_IN_FOR}
    return [
        finding
        for finding in sorted(findings)
        if finding.environment not in STANDS_IN_FOR or _unnamed(finding) not in said
    ]


def _unnamed(finding: Finding) -> tuple[str, str]:
    return finding.path, without_names(finding.rule, finding.environment)

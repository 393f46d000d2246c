"""The comparison as one Markdown comment: what to read first, then everything, folded."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from review.comparison import Acknowledged, Comparison, StackText
from review.concerns import Concern
from review.once import Shared
from review.remarks import Kind, Remark

# By this line the next run finds the comment that it has to update.
MARKER: Final = "<!-- cdk-diff -->"
# GitHub refuses a body of more than 65,536 characters, and counts those outside the basic plane twice.
MOST_CHARACTERS: Final = 65_000
_LONGEST_LIST: Final = 60
_BACKTICKS: Final = re.compile(r"`+")


@dataclass(frozen=True)
class Sides:
    """What is compared with what, in words. A side that could not be synthesised has the reason here."""

    base: str
    head: str
    base_failure: str | None = None
    head_failure: str | None = None


def render(sides: Sides, comparison: Comparison | None, *, most_characters: int = MOST_CHARACTERS) -> str:
    """`comparison` None where head could not be synthesised. Never longer than GitHub takes; what was cut is said."""
    head = [MARKER, "## Templates: what this change does", "", f"{sides.head}, compared with {sides.base}."]
    head += _failures(sides)
    stacks: Sequence[Shared[StackText]] = ()
    if comparison is not None and comparison.nothing_differs:
        head += ["", "**no differences** in any template, and no new finding of the rule packs."]
    elif comparison is not None:
        head += _read_first(comparison.remarks)
        head += _replaced(comparison.remarks)
        head += _findings(comparison)
        head += _code(comparison.remarks)
        stacks = comparison.stacks
    return _with_details(_cut(_joined(head), most_characters - _room_for_note(stacks)), stacks, most_characters)


def _joined(lines: Iterable[str]) -> str:
    return "\n".join(lines) + "\n"


def _failures(sides: Sides) -> list[str]:
    lines = []
    for name, failure, rest in (
        ("base", sides.base_failure, "Below, head is shown as if nothing had been there."),
        ("head", sides.head_failure, "There is nothing to compare until it does."),
    ):
        if failure is not None:
            lines += ["", f"**The {name} does not synthesise.** {rest}", "", *_fenced(failure, "text")]
    return lines


def _read_first(remarks: Sequence[Shared[Remark]]) -> list[str]:
    lines = ["", "### Read this first"]
    concerned = [remark for remark in remarks if isinstance(remark.item.heading, Concern)]
    if not concerned:
        return [*lines, "", "No permission, alarm, rollback or limit changes."]
    for concern in Concern:
        lines += _headed(concern, concerned)
    return lines


def _replaced(remarks: Sequence[Shared[Remark]]) -> list[str]:
    lines = _headed(Kind.REPLACED, remarks) + _headed(Kind.REMOVED, remarks)
    return ["", "### Replaced and removed resources", *lines] if lines else []


def _headed(heading: Enum, remarks: Sequence[Shared[Remark]]) -> list[str]:
    """What is said alike of several constructs is one line."""
    said: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for shared in remarks:
        if shared.item.heading is heading:
            said.setdefault((shared.item.text, shared.environments), []).append(shared.item.path)
    lines = [_line(paths, text, environments) for (text, environments), paths in said.items()]
    return ["", f"**{heading.value}**", "", *_shortened(lines)] if lines else []


def _findings(comparison: Comparison) -> list[str]:
    lines = []
    if comparison.findings:
        lines += [
            "",
            "### New findings of the rule packs",
            "",
            "These fail `cdk synth` until mended or acknowledged.",
            "",
        ]
        lines += _shortened(
            [_line([f.item.path], f"**{_code_span(f.item.rule)}**", f.environments) for f in comparison.findings]
        )
    if comparison.acknowledged:
        lines += ["", "### Findings newly acknowledged", ""]
        lines += _shortened([_acknowledged(shared) for shared in comparison.acknowledged])
    return lines


def _acknowledged(shared: Shared[Acknowledged]) -> str:
    acknowledged = shared.item
    text = f"{_code_span(acknowledged.finding.rule)}: {_code_span(acknowledged.reason)}"
    return _line([acknowledged.finding.path], text, shared.environments)


def _code(remarks: Sequence[Shared[Remark]]) -> list[str]:
    """One line a function, whether its code, its version or both are new."""
    said: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for shared in remarks:
        if shared.item.heading is Kind.CODE:
            said.setdefault((_function(shared.item.path), shared.environments), []).append(shared.item.text)
    lines = [_line([path], " and ".join(texts), environments) for (path, environments), texts in said.items()]
    return ["", "### Functions with new code", "", *_shortened(lines)] if lines else []


def _function(path: str) -> str:
    return path.removesuffix("/Function")


def _line(paths: Sequence[str], text: str, environments: Sequence[str]) -> str:
    return f"- {', '.join(map(_code_span, paths))}: {text} ({', '.join(environments)})"


def _shortened(lines: list[str]) -> list[str]:
    left_out = len(lines) - _LONGEST_LIST
    return lines if left_out <= 0 else [*lines[:_LONGEST_LIST], f"- … and {left_out} more, in the differences below"]


def _with_details(text: str, stacks: Sequence[Shared[StackText]], most_characters: int) -> str:
    if not stacks:
        return text
    text += "\n### All differences\n\nAs `cdk diff` prints them; hashes of published versions are masked.\n"
    left_out = []
    for shared in stacks:
        block = _details(shared)
        # Room for the note of what is left out, whatever else there is.
        if len(text) + len(block) > most_characters - _room_for_note(stacks):
            left_out.append(_title(shared))
        else:
            text += block
    if left_out:
        text += f"\n**Left out, because a comment has room for {most_characters:,} characters:** "
        text += f"{'; '.join(left_out)}. `make diff BASE=<commit>` prints them.\n"
    return text


def _room_for_note(stacks: Sequence[Shared[StackText]]) -> int:
    return 200 + sum(len(_title(shared)) + 2 for shared in stacks)


def _details(shared: Shared[StackText]) -> str:
    fenced = "\n".join(_fenced(shared.item.text, "text"))
    return f"\n<details><summary>{_title(shared)}</summary>\n\n{fenced}\n\n</details>\n"


def _title(shared: Shared[StackText]) -> str:
    return f"{shared.item.name} ({', '.join(shared.environments)})"


def _cut(text: str, most_characters: int) -> str:
    if len(text) <= most_characters:
        return text
    note = "\n\n**Cut here: a comment has no room for more.** `make diff BASE=<commit>` prints all of it.\n"
    return text[: most_characters - len(note)] + note


def _fenced(text: str, language: str) -> list[str]:
    """A block that nothing in the text can end."""
    longest = max((len(run) for run in _BACKTICKS.findall(text)), default=0)
    fence = "`" * max(3, longest + 1)
    return [f"{fence}{language}", text, fence]


def _code_span(text: str) -> str:
    return f"`{text.replace('`', 'ʼ').replace(chr(10), ' ')}`"

"""The saved Logs Insights queries: the files in `queries/`, each with what it is for and which logs it reads.

A file begins with comments, which Logs Insights ignores
(https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html): what the query shows, then a line
`# Log groups:` with functions, named without their environment's prefix. The whole file is the query's text.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from shared.names import ResourceNames

FOLDER: Final = Path(__file__).parent / "queries"

_LOG_GROUPS: Final = "Log groups: "


@dataclass(frozen=True, kw_only=True)
class SavedQuery:
    """`name` is what a console lists it by, where a slash makes a folder; `log_groups` are full names."""

    name: str
    title: str
    purpose: str
    log_groups: tuple[str, ...]
    text: str


def saved_queries(names: ResourceNames) -> tuple[SavedQuery, ...]:
    """All of them, in the order of the playbook. Raises ValueError for a file without the comments it begins with."""
    return tuple(_saved_query(path, names) for path in sorted(FOLDER.glob("*.cwli")))


def log_group_name(function_name: str) -> str:
    """https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-loggroups.html"""
    return f"/aws/lambda/{function_name}"


def _saved_query(path: Path, names: ResourceNames) -> SavedQuery:
    text = path.read_text(encoding="utf-8")
    comments = [line.removeprefix("#").strip() for line in text.splitlines() if line.startswith("#")]
    groups = [line.removeprefix(_LOG_GROUPS) for line in comments if line.startswith(_LOG_GROUPS)]
    purpose = " ".join(line for line in comments if not line.startswith(_LOG_GROUPS))
    if len(groups) != 1 or not purpose:
        raise ValueError(f"{path.name} must begin with its purpose and its log groups, as comments")
    _number, _, words = path.stem.partition("-")
    return SavedQuery(
        name=f"{names.prefix}/{path.stem}",
        title=words.replace("-", " ").capitalize(),
        purpose=purpose,
        log_groups=tuple(log_group_name(_function_name(short, names)) for short in groups[0].split(", ")),
        text=text,
    )


def _function_name(short: str, names: ResourceNames) -> str:
    functions = {
        "mock-read": names.mock_read_function,
        "prisma-read": names.prisma_read_function,
        "prisma-shadow": names.prisma_shadow_function,
    }
    if short not in functions:
        raise ValueError(f"no function {short} writes lines of reads; there are {', '.join(functions)}")
    return functions[short]

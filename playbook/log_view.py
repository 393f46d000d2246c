"""How a log line looks in a terminal. Its colour repeats what its word in brackets says. Pure."""

from typing import Any, Final

from rich.text import Text

from playbook.log_tail import LogLine
from shared.names import LogToken

_GOOD: Final = "green"
_DOUBTFUL: Final = "yellow"
_BAD: Final = "bold red"
_DIM: Final = "dim"

_NAME_WIDTH: Final = len("prisma-shadow")
_FAILED: Final = "ERROR"
_SERVED: Final = frozenset({LogToken.MOCK_SUCCESS, LogToken.CANARY_SUCCESS})
_ODD: Final = frozenset({LogToken.BAD_REQUEST, LogToken.SHADOW_SKIPPED})


def token_style(line: LogLine) -> str:
    """Rich style for the word in brackets; a line without one is a failure of the function itself."""
    if line.token is None or line.token.endswith(_FAILED):
        return _BAD
    if line.token in _ODD or line.matched is False:
        return _DOUBTFUL
    return _GOOD if line.token in _SERVED else _DIM


def log_text(line: LogLine, *, prefix: str) -> Text:
    """The functions' common `prefix` is left out."""
    name = line.function_name.removeprefix(f"{prefix}-")
    text = Text(f"{line.at:%H:%M:%S}.{line.at.microsecond // 1000:03} {name:<{_NAME_WIDTH}} ")
    word = f"[{line.token}]"
    if line.token is not None and line.text.startswith(word):
        return text.append(word, token_style(line)).append(line.text.removeprefix(word))
    return text.append(line.text, token_style(line))


def log_document(line: LogLine) -> dict[str, Any]:
    """For programs."""
    return {
        "at": line.at.isoformat(),
        "function": line.function_name,
        "token": line.token,
        "user_id": line.user_id,
        "text": line.text,
    }

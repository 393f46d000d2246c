"""What holds of several environments alike, said once."""

import re
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from shared.names import ResourceNames

T = TypeVar("T")

# An environment that stands in for another on a laptop, and so changes as that one does.
STANDS_IN_FOR: Final[Mapping[str, str]] = {"sandbox": "beta"}
_ACCOUNT: Final = re.compile(r"<AWS::AccountId>|\$\{AWS::AccountId\}|\b\d{12}\b")


@dataclass(frozen=True)
class Shared(Generic[T]):
    """`item` is the first environment's, in the app's order."""

    item: T
    environments: tuple[str, ...]


def said_once(
    items: Iterable[tuple[str, T]], *, key: Callable[[T], Hashable], text: Callable[[T], str]
) -> list[Shared[T]]:
    """Items by environment; those with one `key` whose `text` is the same but for the environment's names are one."""
    grouped: dict[Hashable, tuple[T, list[str]]] = {}
    for environment, item in items:
        _, environments = grouped.setdefault((key(item), without_names(text(item), environment)), (item, []))
        if environment not in environments:
            environments.append(environment)
    return [Shared(item, tuple(environments)) for item, environments in grouped.values()]


def without_names(text: str, environment: str) -> str:
    """The text as another environment would say it: without its name, its resources' prefix and its account."""
    bare = ResourceNames("beta").prefix
    text = text.replace(ResourceNames(environment).prefix, bare)
    names = {environment, STANDS_IN_FOR.get(environment, environment)}
    # A construct named after another stack's, as the CDK names them: path, then hashes of it.
    text = re.sub(rf"{re.escape(environment)}([A-Z]\w*?)(?:[0-9A-F]{{8}})+\b", r"<environment>\1", text)
    text = re.sub(rf"\b({'|'.join(map(re.escape, sorted(names)))})\b", "<environment>", text)
    return _ACCOUNT.sub("<account>", text)

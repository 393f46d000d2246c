"""The patterns of `parse` and `like`, compiled. Pure.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Parse.html

They are Python's regular expressions here, whose syntax is AWS's but for the named groups.
"""

import re
from functools import lru_cache
from typing import Final

_NAMED_GROUP: Final = re.compile(r"\(\?<(?=[A-Za-z_])")


@lru_cache(maxsize=256)
def regex(source: str) -> re.Pattern[str]:
    """Raises `re.error` for what is no regular expression."""
    return re.compile(_NAMED_GROUP.sub("(?P<", source))


@lru_cache(maxsize=256)
def glob(pattern: str) -> re.Pattern[str]:
    """A group for each star. It matches as little as it can, or all of the rest at the pattern's end."""
    first, *others = (re.escape(part) for part in pattern.split("*"))
    if not others:
        return re.compile(first)
    *inner, last = others
    middle = "".join(f"(.*?){part}" for part in inner)
    return re.compile(first + middle + (f"(.*?){last}" if last else "(.*)"), re.DOTALL)


def stars(pattern: str) -> int:
    return pattern.count("*")

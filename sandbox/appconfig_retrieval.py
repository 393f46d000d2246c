"""The retrieval-time document of feature flags, as GetLatestConfiguration returns it.

It maps each flag to `enabled` and, only when that is true, to the flag's attributes; nothing else of the
stored document is in it. MiniStack returns the stored values as they are.
https://docs.aws.amazon.com/appconfig/latest/userguide/appconfig-type-reference-feature-flags.html
"""

import json
from typing import Any

from ministack.services import appconfig

_retrieval_time_content = appconfig._retrieval_time_content  # noqa: SLF001 - the conversion has no public name


def install() -> None:
    """Serve flags as AWS documents. Installing twice does no harm."""
    appconfig._retrieval_time_content = _documented_content  # noqa: SLF001


def retrieval_time_document(values: dict[str, Any]) -> dict[str, Any]:
    """The document an application receives for a version's `values`."""
    return {flag: _retrieved(value) for flag, value in values.items()}


def _retrieved(value: dict[str, Any]) -> dict[str, Any]:
    # A flag without `enabled` is off, as the retrieval-time schema always has the member.
    if value.get("enabled") is not True:
        return {"enabled": False}
    return {name: attribute for name, attribute in value.items() if not name.startswith("_")}


def _documented_content(application_id: str, profile_id: str, content: bytes) -> bytes:
    values: bytes = _retrieval_time_content(application_id, profile_id, content)
    if values == content:  # not a feature-flag document
        return content
    return json.dumps(retrieval_time_document(json.loads(values))).encode()

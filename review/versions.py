"""The hash that CDK puts into a published version's logical id.

It changes with every change of the function, and with it the outputs and references that carry the version from stack
to stack. Masked, those fall out of the comparison, and what remains is the change itself; that a new version is
published is said in so many words.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

# A construct's id, eight digits of its path's hash in capitals, then the function's hash in small letters.
_VERSION_ID: Final = re.compile(r"(CurrentVersion[0-9A-F]{8})([0-9a-f]{32})")
# An output's name ends in a hash of what it refers to.
_OUTPUT_NAME: Final = re.compile(r"(PublishOutput\w*CurrentVersion[0-9A-F]{8}\w*?)[0-9A-F]{8}\b")


def masked(template: Mapping[str, Any]) -> dict[str, Any]:
    """The template without those hashes."""
    text = _VERSION_ID.sub(r"\1", json.dumps(template))
    document: dict[str, Any] = json.loads(_OUTPUT_NAME.sub(r"\1", text))
    return document


def version_hashes(template: Mapping[str, Any]) -> dict[str, str]:
    """By the path of the function's construct, the hash of the version that the template publishes."""
    hashes = {}
    for logical_id, resource in template.get("Resources", {}).items():
        found = _VERSION_ID.search(logical_id)
        if found is not None and resource["Type"] == "AWS::Lambda::Version":
            path = str(resource.get("Metadata", {}).get("aws:cdk:path", logical_id))
            hashes[path.partition("/")[2].removesuffix("/CurrentVersion/Resource")] = found[2]
    return hashes

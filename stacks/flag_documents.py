"""The two feature-flag documents as CloudFormation seeds them: safe, and complete enough to be edited.

Format: https://docs.aws.amazon.com/appconfig/latest/userguide/appconfig-type-reference-feature-flags.html
AppConfig itself refuses a later version that breaks these constraints.
"""

from typing import Any, Final

from shared.names import FLAG_KILL_SWITCH, FLAG_PRISMA_ADAPTER

_PERCENT: Final = {"type": "number", "minimum": 0, "maximum": 100, "required": True}

FEATURE_FLAGS_SEED: Final[dict[str, Any]] = {
    "version": "1",
    "flags": {
        FLAG_PRISMA_ADAPTER: {
            "name": "Prisma adapter",
            "description": "Which share of reads Prisma serves, and which share is compared in the shadow.",
            "attributes": {
                "percent": {"constraints": _PERCENT},
                "splitBy": {"constraints": {"type": "string", "enum": ["user", "request"], "required": True}},
                "allowUsers": {"constraints": {"type": "array", "elements": {"type": "string"}}},
                "shadowPercent": {"constraints": _PERCENT},
                "seed": {"constraints": {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$", "required": True}},
            },
        }
    },
    "values": {
        FLAG_PRISMA_ADAPTER: {
            "enabled": False,
            "percent": 0,
            "splitBy": "request",
            "allowUsers": [],
            "shadowPercent": 0,
            "seed": "closed-beta",
        }
    },
}

KILL_SWITCH_SEED: Final[dict[str, Any]] = {
    "version": "1",
    "flags": {
        FLAG_KILL_SWITCH: {
            "name": "Prisma kill switch",
            "description": "Enabled means that every read is served by the mock, whatever the flag says.",
        }
    },
    "values": {FLAG_KILL_SWITCH: {"enabled": False}},
}

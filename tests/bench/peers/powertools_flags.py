"""The flag and the kill switch as features of Powertools, in one freeform document.

Powertools has no percentage of its own; by its documentation a share of users is a MODULO_RANGE over their number.
Here one user in a hundred, user-100, is in; every read is compared; the kill switch is off.
https://docs.powertools.aws.dev/lambda/python/latest/utilities/feature_flags/#rule-engine-flowchart
"""

from typing import Any, Final

PROFILE_POWERTOOLS: Final = "powertools"

FEATURES: Final[dict[str, Any]] = {
    "prisma_adapter": {
        "default": False,
        "rules": {
            "one user in a hundred": {
                "when_match": True,
                "conditions": [
                    {"action": "MODULO_RANGE", "key": "user_number", "value": {"BASE": 100, "START": 0, "END": 0}}
                ],
            }
        },
    },
    "prisma_kill_switch": {"default": False},
    "shadow": {"default": True},
}

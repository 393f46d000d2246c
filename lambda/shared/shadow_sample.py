"""Which reads are compared: a draw of its own, so that a read's path says nothing about its being compared."""

from typing import Final

from shared.flag import Flag
from shared.rollout import place_percent

# Every place is below it, so where all reads are compared none needs a place.
_ALL_PERCENT: Final = 100


def in_shadow_sample(flag: Flag, request_id: str) -> bool:
    """Whether the read of that request id is compared with the other path; the same for ever, as in `rollout`."""
    if not flag.enabled:
        return False
    if flag.shadow_percent == _ALL_PERCENT:
        return True
    return place_percent(f"shadow:{flag.seed}", request_id) < flag.shadow_percent

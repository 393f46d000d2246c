"""Who is in a rollout: a pure function, so that the operator can list beforehand whom a step will reach.

A unit (a user id or, with `splitBy: request`, a request id) has a fixed place on the dial from 0 to 100:

    place = first 32 bits of SHA-256("<seed>:<unit>") as a big-endian integer * 100 / 2^32

and is in when its place is below `percent`. Growing the percentage therefore keeps everyone who was in;
another seed deals everyone a new place. By hand, in whole hundredths of a percent:

    echo $(( 0x$(printf %s 'spring:user-7' | sha256sum | cut -c1-8) * 10000 >> 32 ))
"""

from hashlib import sha256

from shared.flag import Flag, SplitBy


def place_percent(seed: str, unit: str) -> float:
    """Where the unit stands on the dial: 0 ≤ place < 100, the same for ever and on every machine."""
    # 32 bits times 100 is exact in a double, so no unit can round up to 100 and miss a full rollout.
    return int.from_bytes(sha256(f"{seed}:{unit}".encode()).digest()[:4]) * 100 / 2**32


def in_rollout(flag: Flag, user_id: str, request_id: str) -> bool:
    """Whether this read goes to the candidate."""
    if not flag.enabled:
        return False
    if user_id in flag.allow_users:
        return True
    unit = user_id if flag.split_by is SplitBy.USER else request_id
    return place_percent(flag.seed, unit) < flag.percent

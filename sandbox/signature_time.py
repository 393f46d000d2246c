"""A request may be signed by the machine's clock or by the playbook's.

Answers bear the playbook clock's date, and an SDK that finds its own clock off by much signs by that from then on; the
SDK for JavaScript, which the CDK's command line uses, does:
https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html. Others stay with the machine's.
"""

from datetime import UTC, datetime
from typing import Any

from ministack.core import sigv4

from sandbox.clock import Clock


def install(clock: Clock) -> None:
    """Call it once a process."""
    by_the_machine = sigv4.request_time_failure

    def failure(signature: sigv4.HeaderSignature, *, now: datetime | None = None) -> Any:
        if now is not None:
            return by_the_machine(signature, now=now)
        refused = by_the_machine(signature)
        return refused and by_the_machine(signature, now=datetime.fromtimestamp(clock.now(), UTC))

    sigv4.request_time_failure = failure

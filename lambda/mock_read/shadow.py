"""The shadow's part of a user's read: for a sampled read, one log line. It calls nobody and waits for nothing."""

from shared.digests import Digester
from shared.flag import Flag
from shared.read_facts import Invocation, ReadFacts
from shared.reader import Document
from shared.shadow_sample import in_shadow_sample
from shared.telemetry import Telemetry


class Shadow:
    """Asks for comparisons."""

    def __init__(self, *, digester: Digester, telemetry: Telemetry) -> None:
        self._digester = digester
        self._telemetry = telemetry

    def consider(self, invocation: Invocation, flag: Flag, facts: ReadFacts, document: Document | None) -> None:
        """Writes the line if the read is sampled. Never raises.

        `document` is what the caller got, None for no such user: that is compared, too, for the other path may know
        one.
        """
        try:
            if in_shadow_sample(flag, invocation.request_id):
                digests = self._digester.digests(invocation.request_id, document)
                self._telemetry.shadow_requested(invocation, facts, digests)
        except Exception:  # noqa: BLE001 — an answer that cannot be digested is an answer all the same
            self._telemetry.shadow_failed(invocation, facts, code="unexpected")

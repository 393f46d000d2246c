"""The traces of an account and region: what was sent, as it came, and what of it was read last.

Sending costs little, for it happens while functions run: documents stay text, and an invocation a few numbers, until
somebody asks, nothing else is to be done, or so many wait that an answer would be long in coming. The oldest traces
make room for new ones.
"""

import threading
from itertools import islice
from typing import Final

from sandbox.xray_documents import Document, SegmentDocument
from sandbox.xray_facts import TraceFacts, facts_of
from sandbox.xray_invocation import Invocation
from sandbox.xray_trace import compiled

MOST_TRACES: Final = 100_000
MOST_UNINDEXED: Final = 5_000
"""More would keep the first question waiting for a second."""
_AT_ONCE: Final = 50
"""Traces that are indexed before somebody else gets a turn: some milliseconds' work."""
MOST_BYTES_A_TRACE: Final = 500_000
"""https://docs.aws.amazon.com/general/latest/gr/xray.html#limits_xray"""


class StoredTrace:
    """What belongs to one trace id. `number` counts traces in the order in which they began to come in."""

    __slots__ = ("_bytes", "_documents", "_facts", "_facts_revision", "_invocations", "_lock", "number", "revision",
                 "trace_id")  # fmt: skip

    def __init__(self, trace_id: str, number: int, lock: threading.Lock) -> None:
        self.trace_id = trace_id
        self.number = number
        self.revision = 0
        self._lock = lock
        self._bytes = 0
        self._documents: list[SegmentDocument] = []
        self._invocations: list[Invocation] = []
        self._facts: TraceFacts | None = None
        self._facts_revision = 0

    @property
    def limit_exceeded(self) -> bool:
        return self._bytes > MOST_BYTES_A_TRACE

    def add(self, sent: SegmentDocument | Invocation) -> None:
        """The caller holds the lock. What is beyond the limit is dropped."""
        self.revision += 1
        if isinstance(sent, Invocation):
            self._invocations.append(sent)
            return
        self._bytes += len(sent.text)
        if not self.limit_exceeded:
            self._documents.append(sent)

    def segments(self) -> list[Document]:
        """Compiled anew, and the caller's own."""
        with self._lock:
            invocations, documents = tuple(self._invocations), tuple(self._documents)
        return compiled(invocations, documents)

    def facts(self) -> TraceFacts | None:
        """Kept until something is added."""
        revision = self.revision
        if self._facts_revision != revision:
            self._facts = facts_of(self.trace_id, self.segments())
            self._facts_revision = revision
        return self._facts


class TraceStore:
    """Safe to use on several threads."""

    def __init__(self, *, most_traces: int = MOST_TRACES, most_unindexed: int = MOST_UNINDEXED) -> None:
        self._most_traces = most_traces
        self._most_unindexed = most_unindexed
        self._traces: dict[str, StoredTrace] = {}
        self._unindexed: dict[str, StoredTrace] = {}
        self._count = 0
        self._lock = threading.Lock()

    def begin(self, trace_id: str) -> None:
        """Make room for a trace of which nothing is known yet."""
        with self._lock:
            self._trace(trace_id)

    def add(self, sent: SegmentDocument | Invocation) -> None:
        with self._lock:
            trace = self._unindexed[sent.trace_id] = self._trace(sent.trace_id)
            trace.add(sent)
            overdue = len(self._unindexed) > self._most_unindexed
            # The one that has waited longest: nothing more of it is likely to come.
            longest = self._unindexed.pop(next(iter(self._unindexed))) if overdue else None
        if longest:
            longest.facts()

    def _trace(self, trace_id: str) -> StoredTrace:
        trace = self._traces.get(trace_id)
        if trace is None:
            self._count += 1
            trace = self._traces[trace_id] = StoredTrace(trace_id, self._count, self._lock)
            if len(self._traces) > self._most_traces:
                oldest = next(iter(self._traces))
                del self._traces[oldest]
                self._unindexed.pop(oldest, None)
        return trace

    def index_some(self) -> bool:
        """Index a few of the traces that have changed; returns whether there are more."""
        with self._lock:
            chosen = [self._unindexed.pop(trace_id) for trace_id in tuple(islice(self._unindexed, _AT_ONCE))]
        for trace in chosen:
            trace.facts()
        return bool(self._unindexed)

    def __contains__(self, trace_id: str) -> bool:
        return trace_id in self._traces

    def __len__(self) -> int:
        return len(self._traces)

    def get(self, trace_id: str) -> StoredTrace | None:
        return self._traces.get(trace_id)

    def all(self) -> list[StoredTrace]:
        """In the order in which they began to come in."""
        with self._lock:
            return list(self._traces.values())

"""What a function asks of a trace. `shared.tracing` is the real one, and no part but the composition knows it."""

from types import TracebackType
from typing import Protocol, Self

from shared.read_facts import ReadFacts


class Span(Protocol):
    """One read in a trace. No method raises, and leaving the `with` block lets its exceptions pass."""

    def __enter__(self) -> Self: ...

    def record(self, facts: ReadFacts) -> None: ...

    def __exit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...


class Tracer(Protocol):
    """Where traces go."""

    def read(self) -> Span: ...

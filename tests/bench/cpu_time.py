"""Which parts of a rehearsal take the processor's time: its processes, by what they are."""

from typing import Final

import psutil

_FUNCTION_NAME: Final = "AWS_LAMBDA_FUNCTION_NAME"


def cpu_seconds(sandbox_id: int) -> dict[str, float]:
    """So far, of every process of the sandbox and of the caller's own. One that has ended counts no more."""
    sandbox = psutil.Process(sandbox_id)
    parts = {"the callers, with boto3": _seconds(psutil.Process())}
    for process in (sandbox, *sandbox.children(recursive=True)):
        try:
            part = "the embedded AWS" if process.pid == sandbox_id else _part(process)
            parts[part] = parts.get(part, 0.0) + _seconds(process)
        except psutil.Error:
            continue
    return parts


def _seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    seconds: float = times.user + times.system
    return seconds


def _part(process: psutil.Process) -> str:
    name = process.name()
    if name.startswith("postgres"):
        return "PostgreSQL"
    if name.startswith(("node", "MainThread")):
        return "Prisma's engine, in Node"
    function_name: str | None = process.environ().get(_FUNCTION_NAME)
    return f"function {function_name}" if function_name else name

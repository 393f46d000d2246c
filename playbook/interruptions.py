"""What may happen to the rollback itself: whoever carries it out is killed, and messages come twice and late."""

import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import psutil

if TYPE_CHECKING:
    from playbook.clients import Clients

# A cold start takes longer, so a process is found before it has done its work.
_LOOK_SECONDS = 0.02


@contextmanager
def function_killed_once(function_name: str) -> Iterator[list[int]]:
    """The first process of the function that is seen at work during the block dies of SIGKILL; yields its id, then.

    At work is what was started since the block began: processes that wait for an invocation are ended before.
    """
    killed: list[int] = []
    over = threading.Event()
    for process in _processes(function_name):
        process.kill()

    def kill_the_first() -> None:
        while not over.wait(_LOOK_SECONDS):
            for process in _processes(function_name):
                process.kill()
                killed.append(process.pid)
                return

    killer = threading.Thread(target=kill_the_first, name="killer", daemon=True)
    killer.start()
    try:
        yield killed
    finally:
        over.set()
        killer.join()


def _processes(function_name: str) -> list[psutil.Process]:
    """Lambda tells a function's process its name in its environment."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("AWS_LAMBDA_FUNCTION_NAME") == function_name:
                found.append(process)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return found


def tell_again(clients: "Clients", topic_name: str, messages: Sequence[Mapping[str, Any]]) -> None:
    """Publish what the topic has told already, the newest first, and each of them twice.

    SNS promises no order, and delivers at least once: https://docs.aws.amazon.com/sns/latest/dg/sns-faqs.html
    """
    topic_arn = f"arn:aws:sns:{clients.region}:{clients.account}:{topic_name}"
    for message in reversed(messages):
        for _ in range(2):
            clients.topics.publish(TopicArn=topic_arn, Message=json.dumps(message))

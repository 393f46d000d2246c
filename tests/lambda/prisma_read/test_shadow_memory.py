"""The memory of what was compared: bounded, and the oldest goes first."""

from prisma_read.shadow_memory import ComparedReads


def test_it_remembers_the_last_so_many() -> None:
    memory = ComparedReads(3)
    for number in range(5):
        memory.remember(f"request-{number}")
    assert [f"request-{number}" in memory for number in range(5)] == [False, False, True, True, True]


def test_remembering_twice_takes_no_room() -> None:
    memory = ComparedReads(2)
    for request_id in ("a", "b", "b", "b"):
        memory.remember(request_id)
    assert "a" in memory

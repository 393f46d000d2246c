from collections import Counter
from collections.abc import Sequence

import pytest

from playbook.flag_dial import FlagPosition
from playbook.read_log import ReadLog, ShadowLog
from playbook.rehearsal_summary import Phase, percentiles_ms, users_with_several_answers
from playbook.traffic import ReadResult

CANARY = FlagPosition(percent=1, split_by="request", shadow_percent=5)


def _read(user_id: str = "user-1", *, answer_digest: str = "same", error: str = "") -> ReadResult:
    return ReadResult(user_id, "1", 200, 1.0, answer_digest, error)


def _phase(
    reads: Sequence[ReadResult] = (),
    *,
    on_prisma: int = 100,
    failures: dict[str, int] | None = None,
    sampled: int = 100,
    compared: int = 100,
    mismatching: int = 0,
) -> Phase:
    reads = reads or [_read()] * 1000
    ids = [f"request-{number}" for number in range(sampled)]
    return Phase(
        title="Canary",
        flag=CANARY,
        reads=reads,
        log=ReadLog(
            served=Counter({("1", "mock"): len(reads) - on_prisma, ("1", "prisma"): on_prisma}),
            failures=Counter(failures or {}),
            durations_ms=(),
            shadow_requests=frozenset(ids),
        ),
        shadow=ShadowLog(
            compared=frozenset(ids[:compared]),
            mismatching=frozenset(ids[:mismatching]),
            differences=Counter({"balance changed": mismatching}),
            failures=Counter(),
        ),
        wall_seconds=1,
    )


def test_a_phase_in_which_nothing_went_wrong_has_no_shortcomings() -> None:
    assert _phase().shortcomings() == []


@pytest.mark.parametrize(
    ("phase", "said"),
    [
        (_phase([_read(error="status 500")] + [_read()] * 999), "user-1: status 500"),
        (_phase(compared=99), "99.00% of the sampled reads were compared"),
        (_phase(mismatching=3), "3 reads differ: {'balance changed': 3}"),
        (_phase(sampled=0, compared=0), "no read was sampled"),
        (_phase(on_prisma=0), "none went there"),
        (_phase(failures={"[BAD-REQUEST] user-id-missing": 1}), "1 × [BAD-REQUEST] user-id-missing"),
        (_phase(failures={"[FLAG-ERROR] http-502": 1}), "1 × [FLAG-ERROR] http-502"),
    ],
)
def test_what_went_wrong_is_said(phase: Phase, said: str) -> None:
    (shortcoming,) = phase.shortcomings()

    assert said in shortcoming


@pytest.mark.parametrize(
    ("failure", "tolerated"),
    [("[CANARY-ERROR] timeout", 2), ("[SHADOW-ERROR] db-timeout", 5), ("[FLAG-ERROR] timeout", 10)],
)
def test_the_playbooks_limits_are_the_rehearsals(failure: str, tolerated: int) -> None:
    """2 % of 100 canary reads, 5 % of 100 comparisons, 1 % of 1,000 flags."""
    assert _phase(failures={failure: tolerated}).shortcomings() == []
    assert len(_phase(failures={failure: tolerated + 1}).shortcomings()) == 1


def test_a_user_whose_answers_differ_between_paths_is_named() -> None:
    mock, prisma = _phase([_read("user-1"), _read("user-2")]), _phase([_read("user-2", answer_digest="other")])

    assert users_with_several_answers([mock, prisma]) == ["user-2"]


def test_percentiles_are_those_of_the_durations() -> None:
    assert percentiles_ms(list(range(101))) == (50, 95, 99)

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from playbook import bundle as bundles
from playbook.bounds import Tally
from playbook.bundle import Bundle, Gate, InvalidBundleError
from playbook.evidence import AlarmEvidence, AlarmState, Evidence, ShadowEvidence
from playbook.latencies import LatencyDistribution
from playbook.thresholds import Thresholds
from tests.playbook.bundles import go, hold, rollback

GO, HOLD, ROLLBACK = go(), hold(), rollback()
COUNTS = st.integers(0, 5_000)
TALLIES = st.tuples(COUNTS, COUNTS).map(lambda counts: Tally(min(counts), max(counts)))
LATENCIES = st.dictionaries(st.integers(-300, 1_000), st.integers(1, 2_000), max_size=6).map(
    lambda buckets: LatencyDistribution(tuple(sorted(buckets.items())))
)
ALARMS = st.builds(
    AlarmEvidence,
    name=st.sampled_from(["one", "two", "three"]),
    rolls_back=st.booleans(),
    state=st.none() | st.sampled_from(AlarmState),
)


@st.composite
def shadows(draw: st.DrawFn) -> ShadowEvidence:
    sampled = draw(COUNTS)
    compared = draw(st.integers(0, sampled))
    return ShadowEvidence(
        sampled=sampled,
        compared=compared,
        mismatching=draw(st.integers(0, compared)),
        failed=draw(st.integers(0, sampled)),
        latencies=draw(LATENCIES),
    )


EVIDENCE = st.builds(
    Evidence,
    canary=TALLIES,
    canary_latencies=LATENCIES,
    mock_latencies=LATENCIES,
    baseline_latencies=LATENCIES,
    shadow=shadows(),
    alarms=st.lists(ALARMS, max_size=3).map(tuple),
    minutes=st.none() | st.floats(0.001, 10_000),
)
THRESHOLDS = st.builds(
    Thresholds,
    latency_budget_ms=st.floats(0.1, 10_000),
    error_rate_percent=st.floats(0.5, 20),
    shadow_error_percent=st.floats(0.1, 50),
)


def read_again(folder: Path, bundle: Bundle) -> Bundle:
    bundles.write(folder / "bundle.jsonl", bundle)
    return bundles.read(folder / "bundle.jsonl")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(evidence=EVIDENCE, limits=THRESHOLDS, gate=st.sampled_from(Gate))
def test_a_bundle_gives_the_same_verdict_wherever_it_is_read(
    tmp_path: Path, evidence: Evidence, limits: Thresholds, gate: Gate
) -> None:
    verdict = gate.judge(evidence, limits)
    written = Bundle(**{**vars(GO), "evidence": evidence, "thresholds": limits, "gate": gate, "verdict": verdict})

    found = read_again(tmp_path, written)

    assert found.replayed() == verdict
    assert found.verdict == verdict


@pytest.mark.parametrize("written", [GO, HOLD, ROLLBACK], ids=["go", "hold", "rollback"])
def test_whatever_is_written_is_read(tmp_path: Path, written: Bundle) -> None:
    assert read_again(tmp_path, written) == written


def test_every_line_is_an_object_that_says_its_kind_and_the_bundle_comes_first(tmp_path: Path) -> None:
    bundles.write(tmp_path / "bundle.jsonl", ROLLBACK)

    lines = [json.loads(line) for line in (tmp_path / "bundle.jsonl").read_text().splitlines()]

    assert lines[0]["kind"] == "bundle"
    assert (lines[0]["version"], lines[0]["environment"], lines[0]["at"]) == (1, "beta", "2026-11-24T11:00:00Z")
    kinds = [line["kind"] for line in lines]
    assert {
        kind: kinds.count(kind) for kind in ("bundle", "step", "thresholds", "evidence", "verdict")
    } == dict.fromkeys(("bundle", "step", "thresholds", "evidence", "verdict"), 1)
    (verdict,) = (line for line in lines if line["kind"] == "verdict")
    assert verdict["outcome"] == "ROLLBACK"


def test_writing_replaces_the_file_and_leaves_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / "evidence"
    for written in (GO, HOLD):
        bundles.write(folder / "bundle.jsonl", written)

    assert [path.name for path in folder.iterdir()] == ["bundle.jsonl"]
    assert bundles.read(folder / "bundle.jsonl") == HOLD


def lines_of(folder: Path) -> list[str]:
    bundles.write(folder / "whole.jsonl", GO)
    return (folder / "whole.jsonl").read_text().splitlines()


@pytest.mark.parametrize(
    ("line", "instead", "complaint"),
    [
        (2, "{not json", r"broken\.jsonl, line 3: "),
        (0, '{"kind": "elsewhere"}', "line 1: KeyError.'elsewhere'"),
        (0, '["bundle"]', "line 1: "),
        (0, '{"version": 1}', "line 1: KeyError.'kind'"),
        (
            4,
            '{"kind": "thresholds", "latency_budget_ms": -1, "error_rate_percent": 2}',
            "line 5: thresholds: Value error, latency_budget_ms is not above 0",
        ),
    ],
)
def test_a_file_that_is_none_of_ours_is_refused_by_its_line(
    tmp_path: Path, line: int, instead: str, complaint: str
) -> None:
    lines = lines_of(tmp_path)
    lines[line] = instead
    (tmp_path / "broken.jsonl").write_text("\n".join(lines))

    with pytest.raises(InvalidBundleError, match=complaint):
        bundles.read(tmp_path / "broken.jsonl")


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "broken.jsonl").write_bytes(b"\xff\xfe\x00")

    with pytest.raises(InvalidBundleError, match="line 1"):
        bundles.read(tmp_path / "broken.jsonl")


def test_half_a_bundle_is_refused(tmp_path: Path) -> None:
    (tmp_path / "half.jsonl").write_text("\n".join(lines_of(tmp_path)[:3]))

    with pytest.raises(InvalidBundleError, match="not one line of kind 'thresholds', but 0"):
        bundles.read(tmp_path / "half.jsonl")


def test_a_bundle_of_a_later_version_is_refused(tmp_path: Path) -> None:
    lines = lines_of(tmp_path)
    lines[0] = lines[0].replace('"version":1', '"version":2', 1)
    (tmp_path / "later.jsonl").write_text("\n".join(lines))

    with pytest.raises(InvalidBundleError, match="version 2 is not 1"):
        bundles.read(tmp_path / "later.jsonl")

from dataclasses import replace

import pytest

from playbook.evidence import AlarmEvidence, AlarmState, ShadowEvidence, alarm_evidence
from playbook.evidence_json import InvalidEvidenceError, evidence_json, parse_evidence
from playbook.judge import judge
from tests.playbook.judged import HEALTHY, NAMES, THRESHOLDS, alarms


def test_an_alarm_that_nobody_found_is_evidence_too() -> None:
    seen = alarm_evidence(NAMES, {NAMES.error_rate_alarm: "ALARM", "of-somebody-else": "ALARM"})

    assert AlarmEvidence(name=NAMES.error_rate_alarm, rolls_back=True, state=AlarmState.ALARM) in seen
    assert AlarmEvidence(name=NAMES.no_traffic_alarm, rolls_back=False, state=None) in seen
    assert [alarm.name for alarm in seen] == [*NAMES.rollback_alarms, *NAMES.investigate_alarms]


def test_a_state_that_cloudwatch_does_not_have_is_refused() -> None:
    with pytest.raises(ValueError, match="FINE"):
        alarm_evidence(NAMES, {NAMES.error_rate_alarm: "FINE"})


@pytest.mark.parametrize(
    ("sampled", "compared", "mismatching", "failed"), [(1, 2, 0, 0), (2, 1, 2, 0), (1, 1, 0, 2), (1, 1, -1, 0)]
)
def test_comparisons_that_cannot_be_are_refused(sampled: int, compared: int, mismatching: int, failed: int) -> None:
    with pytest.raises(ValueError, match="reads sampled"):
        ShadowEvidence(sampled=sampled, compared=compared, mismatching=mismatching, failed=failed)


def test_evidence_that_was_written_down_gives_the_same_verdict() -> None:
    evidence = replace(HEALTHY, alarms=alarms(no_traffic_alarm=None, canary_p95_alarm="ALARM"), minutes=None)
    read = parse_evidence(evidence_json(evidence))

    assert read == evidence
    assert judge(read, THRESHOLDS) == judge(evidence, THRESHOLDS)


@pytest.mark.parametrize(
    "text", ["", "[]", '{"canary": {"failures": 2, "attempts": 1}}', '{"alarms": [{"name": "a", "state": "FINE"}]}']
)
def test_what_is_no_evidence_is_refused(text: str) -> None:
    with pytest.raises(InvalidEvidenceError):
        parse_evidence(text)

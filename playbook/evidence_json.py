"""Evidence as JSON, so that a verdict can be given again, anywhere and at any time."""

from typing import Final

from pydantic import TypeAdapter, ValidationError

from playbook.evidence import Evidence

_EVIDENCE: Final = TypeAdapter(Evidence)


class InvalidEvidenceError(ValueError):
    """The text is no evidence of ours; the message names what is wrong with it."""


def evidence_json(evidence: Evidence) -> str:
    """One line."""
    return _EVIDENCE.dump_json(evidence).decode()


def parse_evidence(text: str) -> Evidence:
    """The evidence that `evidence_json` wrote. Raises InvalidEvidenceError."""
    try:
        return _EVIDENCE.validate_json(text)
    except ValidationError as error:
        raise InvalidEvidenceError(str(error)) from error

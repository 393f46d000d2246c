"""What a scenario of a rollback rehearsal showed."""

from dataclasses import dataclass, field

from playbook.rollback_timeline import TimeToSafe


@dataclass
class Outcome:
    """What a scenario showed. `findings` is empty when it went as it must; `facts` are for the reader."""

    title: str
    facts: list[str] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)
    safe: TimeToSafe | None = None

    def require(self, holds: object, finding: str) -> None:
        if not holds:
            self.findings.append(finding)

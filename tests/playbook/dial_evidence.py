"""Evidence for the gates of a stage: log lines as the functions write them, all of one moment."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from playbook.baseline import Baseline, record
from playbook.journal import Entry, Kind
from tests.playbook.dial_stage import NAMES, DialStage
from tests.playbook.judged import latencies
from tests.playbook.log_lines import canary_read, compared, mock_read, sampled

# Enough for the bounds.
COMPARISONS: Final = 1500
CANARY_READS: Final = 450


def healthy_shadow(stage: DialStage, comparisons: int = COMPARISONS) -> None:
    """Reads that were all compared, without a difference."""
    first, answer = json.dumps(sampled("request-0")), json.dumps(compared("request-0"))
    requests = [f"request-{number}" for number in range(comparisons)]
    stage.log(NAMES.mock_read_function, [json.loads(first.replace("request-0", request)) for request in requests])
    stage.log(NAMES.prisma_shadow_function, [json.loads(answer.replace("request-0", request)) for request in requests])


def healthy_canary(stage: DialStage) -> None:
    """A canary on which a GO can be given."""
    stage.log(NAMES.mock_read_function, [canary_read()] * CANARY_READS + [mock_read()] * CANARY_READS)
    healthy_shadow(stage)


def record_baseline(stage: DialStage) -> None:
    """What preflight records of a warmed prisma-read."""
    measured = Baseline(version="1", latencies=latencies(30, reads=500), failures=Counter(), untold=0)
    record(StageJournal(stage), measured)


@dataclass(frozen=True)
class StageJournal:
    """The stage's journal, as an operator before the test wrote it."""

    stage: DialStage

    def write(self, kind: Kind, **facts: Any) -> None:
        message = json.dumps({"kind": kind, "operator": "arn:aws:iam::000000000000:user/earlier", "facts": facts})
        self.stage.sandbox.client("logs").put_log_events(
            logGroupName=NAMES.journal_log_group,
            logStreamName="all",
            logEvents=[{"timestamp": int(self.stage.now().timestamp() * 1000), "message": message}],
        )

    def entries(self, since: datetime) -> Iterator[Entry]:
        raise NotImplementedError

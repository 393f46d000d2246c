"""Alarms of the sandbox: metric math, dimensions, M of N, missing data.

`install()` once, before MiniStack serves; an `AlarmEngine` for as long as alarms shall be evaluated.
"""

import logging
import queue
import threading
import time
from collections.abc import Callable

from sandbox.alarm_definition import read_alarm
from sandbox.alarm_evaluation import evaluation_range, judge
from sandbox.alarm_ministack import (
    AlarmKey,
    MiniStackMetrics,
    alarm,
    alarms,
    change_state,
    install,
    on_alarm_put,
)

__all__ = ["AlarmEngine", "install"]

_logger = logging.getLogger(__name__)


class AlarmEngine:
    """Evaluates every alarm each `interval_seconds`, and one that is created or updated at once.

    AWS evaluates alarms with a period of a minute or longer once a minute
    (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html). `now` answers the time
    of an evaluation in epoch seconds; `interval_seconds` is on the wall's clock.

    An evaluation compares what it finds with the state the alarm has. So a state that SetAlarmState sets lasts
    until the next evaluation, as in AWS
    (https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_SetAlarmState.html): who needs a lasting
    ALARM puts metric data that breaches.

    All that an engine knows is in MiniStack's stores, so that a new one goes on where another was stopped.
    """

    def __init__(self, *, interval_seconds: float = 60.0, now: Callable[[], float] = time.time) -> None:
        self._interval_seconds = interval_seconds
        self._now = now
        self._changed: queue.SimpleQueue[AlarmKey | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="alarm-engine", daemon=True)
        self._unsubscribe: Callable[[], None] | None = None

    def start(self) -> None:
        """Needs `install()`. An engine starts once."""
        self._unsubscribe = on_alarm_put(self._changed.put)
        self._thread.start()

    def stop(self) -> None:
        """Returns when the evaluation in progress, if any, has ended."""
        if not self._unsubscribe:
            return
        self._unsubscribe()
        self._changed.put(None)
        self._thread.join()

    def evaluate_all(self) -> None:
        """One evaluation of every alarm, in the caller's thread."""
        for key, _ in alarms():
            self._evaluate(key)

    def _run(self) -> None:
        due = time.monotonic()
        while True:
            try:
                key = self._changed.get(timeout=max(0.0, due - time.monotonic()))
            except queue.Empty:
                self.evaluate_all()
                due = time.monotonic() + self._interval_seconds
                continue
            if key is None:
                return
            self._evaluate(key)

    def _evaluate(self, key: AlarmKey) -> None:
        try:
            record = alarm(key)
            if record is None:
                return
            now = self._now()
            definition = read_alarm(record)
            timeline = evaluation_range(definition.rule, now)
            with key.scope():
                series = definition.series(MiniStackMetrics(), timeline)
            verdict = judge(definition.rule, series, timeline, now)
            if verdict:
                change_state(key, record, verdict, now)
        except Exception:
            # The other alarms must go on.
            _logger.exception("alarm %s could not be evaluated", key.name)

"""Alarms of the sandbox: metric math, dimensions, M of N, missing data.

`install()` once, before MiniStack serves; an `AlarmEngine` for as long as alarms shall be evaluated.
"""

import contextlib
import logging
import math
import queue
import threading
from dataclasses import replace
from typing import Any, Final

from sandbox.alarm_definition import AlarmDefinition, MetricSource, read_alarm
from sandbox.alarm_evaluation import evaluation_range, judge
from sandbox.alarm_ministack import AlarmKey, alarm, alarms, change_state, install, on_alarm_put
from sandbox.clock import Clock
from sandbox.metric_math import Timeline
from sandbox.metric_ministack import SeenMetrics

__all__ = ["AlarmEngine", "AlarmEvaluation", "install"]

_logger = logging.getLogger(__name__)
_MINUTE: Final = 60


class AlarmEngine:
    """Evaluates every alarm as of each full minute of the clock, and one that is created or updated at once.

    AWS evaluates alarms with a period of a minute or longer once a minute
    (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html). Where several minutes have
    passed they are made up for one after the other, each with what could be seen then; in a jump of the clock each
    has been before the next begins.

    An evaluation compares what it finds with the state the alarm has. So a state that SetAlarmState sets lasts
    until the next evaluation, as in AWS
    (https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_SetAlarmState.html): who needs a lasting
    ALARM puts metric data that breaches.

    All that an engine knows is in MiniStack's stores, so that a new one goes on where another was stopped: it begins
    with the minute after an alarm was last changed, and finds in each minute what the other found in it.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._changed: queue.SimpleQueue[AlarmKey] = queue.SimpleQueue()
        self._woken = threading.Event()
        self._stopping = False
        # Held while alarms are evaluated, by the engine's thread or by the one that lets the clock jump.
        self._evaluating = threading.RLock()
        self._next_minute = 0
        self._thread = threading.Thread(target=self._run, name="alarm-engine", daemon=True)
        self._subscriptions = contextlib.ExitStack()

    def start(self) -> None:
        """Needs `install()`. An engine starts once."""
        changes = [_last_change(record) for _, record in alarms()]
        self._next_minute = _full_minute(min([*changes, self._clock.now()])) + _MINUTE
        self._subscriptions.callback(on_alarm_put(self._put))
        self._subscriptions.callback(self._clock.on_change(self.evaluate_minutes))
        self._thread.start()

    def stop(self) -> None:
        """Returns when the evaluation in progress, if any, has ended."""
        self._subscriptions.close()
        self._stopping = True
        self._woken.set()
        if self._thread.ident is not None:
            self._thread.join()

    def evaluate_all(self) -> None:
        """One evaluation of every alarm as of now, in the caller's thread."""
        with self._evaluating:
            for key, _ in alarms():
                self._evaluate_now(key)

    def evaluate_minutes(self) -> None:
        """The evaluations of every full minute that has begun since the last, in the caller's thread."""
        with self._evaluating:
            while self._next_minute <= self._clock.now() and not self._stopping:
                for key, record in alarms():
                    if _last_change(record) < self._next_minute:
                        self._evaluate(key, self._next_minute, self._next_minute)
                self._next_minute += _MINUTE

    def _put(self, key: AlarmKey) -> None:
        self._changed.put(key)
        self._woken.set()

    def _run(self) -> None:
        self.evaluate_minutes()
        with self._evaluating:
            for key, record in alarms():
                if _has_not_been_evaluated(record):
                    self._evaluate_now(key)
        while not self._stopping:
            self._clock.wait(self._next_minute - self._clock.now(), self._woken)
            self._woken.clear()
            while not self._changed.empty() and not self._stopping:
                with self._evaluating:
                    self._evaluate_now(self._changed.get())
            self.evaluate_minutes()

    def _evaluate_now(self, key: AlarmKey) -> None:
        now = self._clock.now()
        self._evaluate(key, now, math.floor(now) + 1)

    def _evaluate(self, key: AlarmKey, at: float, seen_before: int) -> None:
        try:
            record = alarm(key)
            if record is None:
                return
            definition = read_alarm(record)
            timeline = evaluation_range(definition.rule, at)
            source = SeenMetrics(seen_before)
            with key.scope():
                if _has_too_few_samples(definition, source, timeline):
                    return
                series = definition.series(source, timeline)
            verdict = judge(definition.rule, series, timeline, at)
            if verdict:
                change_state(key, record, verdict, at)
        except Exception:
            # The other alarms must go on.
            _logger.exception("alarm %s could not be evaluated", key.name)


class AlarmEvaluation:
    """An engine that can be killed and started anew, with nothing of what the last one had in its memory."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._engine: AlarmEngine | None = None

    @property
    def running(self) -> bool:
        return self._engine is not None

    def start(self) -> None:
        if self._engine is None:
            self._engine = AlarmEngine(self._clock)
            self._engine.start()

    def stop(self) -> None:
        engine, self._engine = self._engine, None
        if engine:
            engine.stop()


def _has_too_few_samples(definition: AlarmDefinition, source: MetricSource, timeline: Timeline) -> bool:
    if not definition.least_samples:
        return False
    counted = replace(definition.queries.metrics[definition.watched_id], statistic="SampleCount")
    by_period = source.series(counted, timeline)
    evaluated = timeline.timestamps[-definition.rule.evaluation_periods :]
    return sum(by_period.get(start, 0.0) for start in evaluated) < definition.least_samples


def _full_minute(epoch_seconds: float) -> int:
    return int(epoch_seconds // _MINUTE) * _MINUTE


def _has_not_been_evaluated(record: dict[str, Any]) -> bool:
    """Not as it is defined now: its state may be older than its definition."""
    return float(record.get("AlarmConfigurationUpdatedTimestamp", 0)) >= float(record.get("StateUpdatedTimestamp", 0))


def _last_change(record: dict[str, Any]) -> float:
    """When the alarm's state or its definition was changed last; earlier minutes are not its state's business."""
    return max(
        float(record.get("StateUpdatedTimestamp", 0)), float(record.get("AlarmConfigurationUpdatedTimestamp", 0))
    )

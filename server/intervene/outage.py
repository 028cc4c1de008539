"""One outage of one dependency, as log lines: the first failure of each kind, a reminder now and then, and the end.

A node uses a dependency many times a second for as long as the outage lasts, and every use fails for the same reason.
A fault that has its own cause is no part of an outage; log it where it occurs.
"""

import time
from collections.abc import Callable
from threading import Lock
from typing import Literal

import structlog

from intervene.core.timing import PRODUCTION, Timing

log_ = structlog.get_logger(__name__)


class Outage:
    """Call `failed` and `answered` in the order in which they happen, from any thread. `over` is the sentence at
    the end."""

    def __init__(
        self,
        monotonic: Callable[[], float] = time.monotonic,
        *,
        over: str = "the database answers again",
        level: Literal["warning", "error"] = "error",
        timing: Timing = PRODUCTION,
    ) -> None:
        self._timing = timing
        self._monotonic = monotonic
        self._over = over
        self._level: Literal["warning", "error"] = level
        self._lock = Lock()
        self._since = 0.0
        self._told_at = 0.0
        self._failed_at = 0.0
        self._answered_at = 0.0  # first after the last failure; 0.0: not yet
        self._told: set[str] = set()  # sentences, which stand in the code, so they are few. Empty: there is no outage

    def failed(self, sentence: str, **facts: object) -> None:
        with self._lock:
            now = self._monotonic()
            if not self._told:
                self._since = self._told_at = now
            self._failed_at, self._answered_at = now, 0.0
            if sentence not in self._told:
                self._told.add(sentence)
                self._log(sentence, **facts)
            elif now - self._told_at >= self._timing.outage_reminder:
                self._told_at = now
                self._log(sentence, for_seconds=round(now - self._since, 1), **facts)

    def answered(self) -> None:
        if not self._told:
            return
        with self._lock:
            now = self._monotonic()
            self._answered_at = self._answered_at or now
            if self._told and now - self._failed_at >= self._timing.outage_calm:
                log_.info(self._over, after_seconds=round(self._answered_at - self._since, 1))
                self._told.clear()

    def _log(self, sentence: str, **facts: object) -> None:
        (log_.error if self._level == "error" else log_.warning)(sentence, **facts)

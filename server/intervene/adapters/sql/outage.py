"""Says once that the database is away, and once that it is back. What fails in between fails for a known reason.

Every node asks a few times a second, for as long as it lasts. So of an outage our log has the first failure of each
kind, a reminder now and then, and its end with its length. What is at fault by itself is no part of an outage.
"""

import time
from collections.abc import Callable

import structlog

log_ = structlog.get_logger(__name__)

REMIND_SECONDS = 30.0
CALM_SECONDS = 5.0  # without a failure: one that comes and goes is one outage, and so is one of writes alone


class Outage:
    """Told of failures and answers, in their order."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._since = 0.0
        self._told_at = 0.0
        self._failed_at = 0.0
        self._answered_at = 0.0  # first after the last failure; 0.0: not yet
        self._told: set[str] = set()  # which sentences; a few, as they stand in the code. Empty: there is no outage

    def failed(self, sentence: str, **facts: object) -> None:
        now = self._monotonic()
        if not self._told:
            self._since = self._told_at = now
        self._failed_at, self._answered_at = now, 0.0
        if sentence not in self._told:
            self._told.add(sentence)
            log_.error(sentence, **facts)
        elif now - self._told_at >= REMIND_SECONDS:
            self._told_at = now
            log_.error(sentence, for_seconds=round(now - self._since, 1), **facts)

    def answered(self) -> None:
        if not self._told:
            return
        now = self._monotonic()
        self._answered_at = self._answered_at or now
        if now - self._failed_at >= CALM_SECONDS:
            log_.info("the database answers again", after_seconds=round(self._answered_at - self._since, 1))
            self._told.clear()

"""Commands for due work, under way.

Work that is due may be impossible for a while: another program locks the row, the disk is full. So each conversation
has at most one command under way, rests longer after each failure, and few are tried while any fails: a connection that
waits for a lock is one that no takeover can have.
"""

import random
from collections.abc import Callable
from functools import partial

from intervene.core.backoff import rest_seconds
from intervene.core.conversation.decide import Command
from intervene.core.errors import Unavailable
from intervene.core.ids import Key
from intervene.core.timing import Timing
from intervene.engine.engine import Engine
from intervene.engine.queue import Answer
from intervene.outage import Outage
from intervene.ports.clock import Clock
from intervene.ports.log import Receipt

FEWEST_AT_ONCE = 3  # commands under way at first and after a failure: less than the connections for decisions
MOST_AT_ONCE = 64  # each that succeeds allows one more, up to here
RETRIES_AT_ONCE = 1  # of those that have failed before: the others must not wait behind them


class _Tried:
    """A conversation's work that is under way, or has failed."""

    __slots__ = ("failures", "is_under_way", "retry_at")

    def __init__(self) -> None:
        self.failures = 0
        self.is_under_way = False
        self.retry_at = 0.0


class Attempts:
    """`wake` brings the next heartbeat forward: there may be more work than the last one could read."""

    def __init__(self, engine: Engine, clock: Clock, wake: Callable[[], None], timing: Timing) -> None:
        self._engine = engine
        self._clock = clock
        self._wake = wake
        self._timing = timing
        self._due: dict[Key, Command] = {}
        """What the last heartbeat found and was not submitted yet."""
        self._tried: dict[Key, _Tried] = {}
        self._under_way = self._retries = 0
        self._most = FEWEST_AT_ONCE
        self._may_be_more = False
        self._outage = Outage(over="all that was due could be done", level="warning", timing=timing)

    def replace(self, due: dict[Key, Command], *, may_be_more: bool) -> None:
        """What one heartbeat found takes the place of what the last one found. `may_be_more`: it read as much as one
        heartbeat may."""
        self._due, self._may_be_more = due, may_be_more
        self._tried = {key: tried for key, tried in self._tried.items() if tried.is_under_way or key in due}
        if not any(tried.failures for tried in self._tried.values()):
            self._outage.answered()
        self._submit()

    def _submit(self) -> None:
        """What is due and neither under way nor at rest after a failure, as much as may be under way."""
        now = self._clock.monotonic()
        for key in list(self._due):
            if self._under_way >= self._most:
                return
            tried = self._tried.get(key) or _Tried()
            if tried.is_under_way or tried.retry_at > now or (tried.failures and self._retries >= RETRIES_AT_ONCE):
                continue
            self._tried[key] = tried
            tried.is_under_way = True
            self._under_way += 1
            self._retries += tried.failures > 0
            self._engine.submit(key, self._due.pop(key), partial(self._answered, key, tried))

    def _answered(self, key: Key, tried: _Tried, answer: Answer) -> None:
        tried.is_under_way = False
        self._under_way -= 1
        self._retries -= tried.failures > 0
        if isinstance(answer, Receipt):
            self._tried.pop(key, None)
            self._most = min(MOST_AT_ONCE, self._most + 1)
            if tried.failures:
                self._hurry()
        else:
            self._failed(tried, answer)
        self._submit()
        if not self._due and not self._under_way:
            self._most = FEWEST_AT_ONCE
            if self._may_be_more and isinstance(answer, Receipt):
                self._wake()

    def _failed(self, tried: _Tried, answer: Answer) -> None:
        tried.failures += 1
        first, longest = self._timing.due_retry, self._timing.due_retry_longest
        rest = rest_seconds(tried.failures, first=first, longest=longest, chance=random.random())
        tried.retry_at = self._clock.monotonic() + rest
        self._most = FEWEST_AT_ONCE
        if isinstance(answer, Unavailable):
            self._outage.failed("what is due cannot be done; it is tried again", problem=answer.sentence)

    def _hurry(self) -> None:
        """What had failed could be done: so may the others."""
        soon = self._clock.monotonic() + self._timing.due_retry * random.random()
        for tried in self._tried.values():
            tried.retry_at = min(tried.retry_at, soon)

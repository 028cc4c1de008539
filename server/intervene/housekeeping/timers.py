"""Which bots' timers are due, and when the next one will be."""

from collections.abc import Sequence

from intervene.core.conversation.decide import Command
from intervene.core.conversation.state import Conversation
from intervene.core.conversation.turns import FireTimer
from intervene.core.ids import Key
from intervene.core.timers import Timers, seconds_left
from intervene.ports.clock import Clock
from intervene.ports.schedule import Schedule, Work

TIMERS_AT_ONCE = 100  # the next ones, read with each heartbeat so that timers that other nodes set are known too


class DueTimers:
    """Those that this node has seen, with their ends on its own monotonic clock."""

    def __init__(self, schedule: Schedule, clock: Clock) -> None:
        self._schedule = schedule
        self._clock = clock
        self._timers = Timers()
        self._is_new = True
        """Nothing was read yet: the time that the clock gives is only this machine's."""
        self._is_whole = False
        """The last reading was of all timers."""
        self._read_at = 0.0

    @property
    def next_end(self) -> float:
        """Seconds on the monotonic clock."""
        return self._timers.next_end

    def forget(self, key: Key) -> None:
        self._timers.forget(key)

    def note(self, state: Conversation, due: int) -> bool:
        """Note a timer that was just set. Answers whether the next heartbeat must not wait: it is the next timer to
        end, or it cannot be as it says, since our idea of the database's clock, or the timer, is old."""
        left = due - self._clock.now()
        if not 0 < left <= due - state.last_at:
            return True
        before = self._timers.next_end
        self._timers.note(state.key, state.epoch, due, left / 1000, self._clock.monotonic())
        return self._timers.next_end < before

    async def read(self, now: int, known: int) -> None:
        """Read the next timers. `now`, on the database's clock, was `known` before this heartbeat. The earlier counts:
        a timer that is due only because the clock was set forward has as long to go as before."""
        now = now if self._is_new else min(now, known)
        self._read_at = self._clock.monotonic()
        pending = await self._schedule.timers(now, TIMERS_AT_ONCE)
        for timer in pending:
            left = seconds_left(timer.due, timer.since, now)
            self._timers.note(timer.key, timer.epoch, timer.due, left, self._read_at)
        self._is_new, self._is_whole = False, len(pending) < TIMERS_AT_ONCE

    def commands(self, found: Sequence[Work], now: int) -> dict[Key, Command]:
        """What is due of all that one heartbeat found after `read`. `now`: on the database's clock."""
        monotonic = self._clock.monotonic()
        due: dict[Key, Command] = {
            work.key: FireTimer(epoch=work.epoch, due=work.due)
            for work in found
            if not work.runner and 0 < work.due <= now and self._timers.is_over(work.key, work.due, monotonic)
        }
        self._forget_unseen(found, monotonic)
        for key, timer in self._timers.over(monotonic).items():
            due.setdefault(key, FireTimer(epoch=timer.epoch, due=timer.due))
        return due

    def _forget_unseen(self, found: Sequence[Work], monotonic: float) -> None:
        for work in found:
            if work.due and not self._timers.is_over(work.key, work.due, monotonic):
                self._timers.note(work.key, work.epoch, work.due, 0.0, monotonic)  # seen; its end is fixed already
        if self._is_whole:
            self._timers.forget_unseen(since=self._read_at)

"""When bots' timers end, as durations on the reader's monotonic clock.

The log keeps an instant, `due`, on the database's clock, which may be set back or forward at any time. The first
reading of a timer fixes its end here; what the clock does afterwards changes nothing. A reader that comes after the
clock was set back takes the timer's whole duration: what is due less the time of the conversation's last event.
"""

import math
from heapq import heapify, heappop, heappush

from intervene.core.ids import Key

MOST_TIMERS = 10_000  # remembered; others end when the database's clock says so
MOST_STALE = 1_000  # ends of timers that are gone, before they are cleared away


class Timer:
    __slots__ = ("due", "end", "epoch", "seen_at")

    def __init__(self, epoch: int, due: int, end: float, seen_at: float) -> None:
        self.epoch = epoch
        self.due = due
        self.end = end
        self.seen_at = seen_at


def seconds_left(due: int, since: int, now: int) -> float:
    """`since`: the conversation's last event, which was before the timer was set. All on the database's clock."""
    return max(0, due - max(now, since)) / 1000


class Timers:
    """Of one reader. `now`: seconds, monotonic."""

    def __init__(self) -> None:
        self._timers: dict[Key, Timer] = {}
        self._ends: list[tuple[float, Key, int]] = []
        """A heap; of timers that are gone too."""
        self._over: dict[Key, Timer] = {}

    def note(self, key: Key, epoch: int, due: int, seconds: float, now: float) -> None:
        known = self._timers.get(key)
        if known and known.due == due:
            known.seen_at = now
            return
        if known is None and len(self._timers) >= MOST_TIMERS:
            return
        self._timers[key] = timer = Timer(epoch, due, now + seconds, now)
        self._over.pop(key, None)
        if len(self._ends) > 2 * len(self._timers) + MOST_STALE:
            self._ends = [end for end in self._ends if self._is_live(end)]
            heapify(self._ends)
        heappush(self._ends, (timer.end, key, due))

    def forget(self, key: Key) -> None:
        """It is over, or it was cancelled."""
        if self._timers.pop(key, None):
            self._over.pop(key, None)

    def forget_unseen(self, since: float) -> None:
        """A whole reading did not have them."""
        for key in [key for key, timer in self._timers.items() if timer.seen_at < since]:
            self.forget(key)

    def is_over(self, key: Key, due: int, now: float) -> bool:
        """Whether the database's clock may be believed that a timer has ended: it is not known here to end later."""
        timer = self._timers.get(key)
        return timer is None or timer.due != due or timer.end <= now

    def over(self, now: float) -> dict[Key, Timer]:
        """Those that have ended and were not forgotten."""
        while self._ends and self._ends[0][0] <= now:
            end = heappop(self._ends)
            if self._is_live(end):
                self._over[end[1]] = self._timers[end[1]]
        return self._over

    @property
    def next_end(self) -> float:
        """Of those that were not over when it was asked for them."""
        while self._ends and not self._is_live(self._ends[0]):
            heappop(self._ends)
        return self._ends[0][0] if self._ends else math.inf

    def _is_live(self, end: tuple[float, Key, int]) -> bool:
        timer = self._timers.get(end[1])
        return timer is not None and timer.due == end[2]

"""When things are due. Nothing waits for an answer before the next thing is due (open loop), and what is late because
this process was late is counted by `lag`: times are taken from the moment at which a thing was due, not from when it
was done, so a server that stalls does not hide it by keeping the load waiting.

The loop's own timers have steps of a millisecond, which is as long as what is measured. The alarm of the process has
not.
"""

import asyncio
import heapq
import math
import random
import signal
import time
from collections.abc import Callable
from itertools import count

LEAST_SECONDS = 0.0002  # between two wakes: what is due meanwhile is done together

Work = Callable[[float], None]
"""Called with the moment at which it was due, on the clock of `time.monotonic`."""


class Schedule:
    """Needs a main thread: it takes SIGALRM. `lag` is called with the seconds by which each thing was late."""

    def __init__(self, lag: Callable[[float], None]) -> None:
        self._lag = lag
        self._due: list[tuple[float, int, Work]] = []
        self._order = count()
        self._set_for = math.inf
        self._is_over = False
        asyncio.get_running_loop().add_signal_handler(signal.SIGALRM, self._run)

    def at(self, due: float, work: Work) -> None:
        if self._is_over:
            return
        heapq.heappush(self._due, (due, next(self._order), work))
        if due < self._set_for:
            self._set()

    def flow(self, per_second: float, since: float, work: Work) -> None:
        """`work` at random moments, so many a second on average (a Poisson process), from `since` on."""
        if per_second > 0:
            self._repeat(since, lambda: -math.log(1.0 - random.random()) / per_second, work)

    def pace(self, per_second: float, since: float, work: Work) -> None:
        """`work` in even steps."""
        if per_second > 0:
            self._repeat(since, lambda: 1.0 / per_second, work)

    def _repeat(self, since: float, gap: Callable[[], float], work: Work) -> None:
        def again(due: float) -> None:
            self.at(due + gap(), again)
            work(due)

        self.at(since + gap(), again)

    def end(self) -> None:
        """Nothing is due any more."""
        self._is_over = True
        self._due.clear()
        signal.setitimer(signal.ITIMER_REAL, 0.0)

    def _run(self) -> None:
        self._set_for = math.inf
        now = time.monotonic()
        while self._due and self._due[0][0] <= now:
            due, _, work = heapq.heappop(self._due)
            self._lag(now - due)
            work(due)
        self._set()

    def _set(self) -> None:
        if self._due and not self._is_over:
            self._set_for = self._due[0][0]
            signal.setitimer(signal.ITIMER_REAL, max(self._set_for - time.monotonic(), LEAST_SECONDS))

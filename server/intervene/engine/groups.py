"""Group commits: what is decided for many conversations is written in one transaction, one group after another.

A transaction has a price of its own, whatever it holds: an fsync, two switches of threads, two turns of the loop. What
is decided while one is under way shares the next. Under load that one also waits a moment for more, because at half of
what a core can do it would hold 2 or 3 commits. A commit that comes alone never waits, nor does an intervene, which is
in no group, nor pieces of replies, which come gathered (`bots/slots.py`).
"""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import Generic, TypeVar

from intervene.core.limits import GROUP_BYTES, GROUP_ITEMS
from intervene.engine.batch import Batch
from intervene.engine.stats import Stats
from intervene.ports.log import Log, Verdict

L = TypeVar("L")

ENOUGH = 16  # commits: a group of so many is not waited for, nor is the one after it, as they grow by themselves


class Groups(Generic[L]):
    """`written` is called with each group, its batches beside their lanes, and with a verdict for each. `wait`: for how
    many seconds a group gathers under load."""

    def __init__(
        self,
        log: Log,
        loop: asyncio.AbstractEventLoop,
        stats: Stats,
        wait: float,
        written: Callable[[Sequence[tuple[L, Batch]], Sequence[Verdict]], None],
    ) -> None:
        self._log = log
        self._loop = loop
        self._stats = stats
        self._wait = wait
        self._written = written
        self._decided: list[tuple[L, Batch]] = []
        self._group: list[tuple[L, Batch]] = []
        """The one that is being written."""
        self._last = 0
        """How many commits the last one had."""
        self._next: asyncio.Handle | None = None
        self._is_waiting = False
        """Whether it gathers a while."""

    def add(self, lane: L, batch: Batch) -> None:
        """Write the batch, which has a commit, with the next group."""
        self._decided.append((lane, batch))
        self._schedule()

    def _schedule(self) -> None:
        if self._group or not self._decided or (self._next is not None and not self._is_waiting):
            return
        commit = self._decided[-1][1].commit
        is_piece = commit is not None and commit.is_streamed
        is_gathering = 1 < self._last < ENOUGH and len(self._decided) < ENOUGH and not is_piece
        if self._next is None:
            later = partial(self._loop.call_later, self._wait) if is_gathering else self._loop.call_soon
            self._next, self._is_waiting = later(self._append), is_gathering
        elif self._is_waiting and not is_gathering:
            self._next.cancel()
            self._next, self._is_waiting = self._loop.call_soon(self._append), False

    def write(self) -> None:
        """What was added, now and not in a moment; but a group that gathers goes on to do so."""
        if self._next is not None and not self._is_waiting:
            self._next.cancel()
            self._append()

    def _append(self) -> None:
        self._next = None
        count = self._fitting()
        self._group, self._decided = self._decided[:count], self._decided[count:]
        self._last = len(self._group)
        self._stats.groups += 1
        self._log.append([batch.commit for _, batch in self._group if batch.commit is not None], self._appended)

    def _fitting(self) -> int:
        """How many commits the next group takes, at least one: a transaction of any size could last any time."""
        room = GROUP_BYTES
        for count, (_, batch) in enumerate(self._decided[:GROUP_ITEMS]):
            room -= batch.commit.size if batch.commit else 0
            if room < 0:
                return max(count, 1)
        return GROUP_ITEMS

    def _appended(self, verdicts: Sequence[Verdict]) -> None:
        group, self._group = self._group, []
        self._written(group, verdicts)
        self._schedule()

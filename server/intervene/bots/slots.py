"""When the streams of a node add what they have gathered: in slots of 4 ms, of which each stream keeps one.

All that fall due in a slot are given to the engine together, so they share a commit; and since a stream falls due
again a fixed time after it last fell due, and not after its piece was committed, the slots stay as full as they are.
Streams that were due in one tick would be so for ever otherwise, and catch others that wait: all would march in step.
"""

import asyncio
from collections.abc import Callable

from intervene.guard import guarded

SLOTS_PER_SECOND = 250  # of 4 ms: 200 streams that add ten pieces a second have 8 in each
_GOLDEN = 0.618  # whatever number of points each step of it leaves in a period, they are spread


class Slots:
    """One timer for a slot, however many fall due in it."""

    def __init__(self) -> None:
        self._due: dict[int, list[Callable[[], None]]] = {}
        self._phase = 0.0
        self._loop = asyncio.get_running_loop()

    def next_phase(self, period: float) -> float:
        """When a stream is first due that then is every `period` seconds: within the first of them, apart from the
        others."""
        now = self._loop.time()
        self._phase = (self._phase + _GOLDEN) % 1
        return now + (self._phase * period - now) % period

    def call_at(self, when: float, call: Callable[[], None]) -> None:
        """In the first slot that begins at `when`, in seconds of the loop's time, or later. It cannot be cancelled."""
        slot = int(when * SLOTS_PER_SECOND) + 1
        due = self._due.get(slot)
        if due is None:
            due = self._due[slot] = []
            self._loop.call_at(slot / SLOTS_PER_SECOND, self._call, slot)
        due.append(call)

    def _call(self, slot: int) -> None:
        for call in self._due.pop(slot):
            guarded(call)

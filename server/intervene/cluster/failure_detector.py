"""Which of the other nodes are dead, judged from their counts alone.

A node is dead when its count has not moved in the reader's own readings for `dead_after` *in which the reader's own
heartbeats were written*. No clocks are compared, and an outage of the database makes no node dead: that time is not
counted.
"""

from collections.abc import Mapping

from intervene.core.ids import NodeId
from intervene.core.timing import PRODUCTION, Timing

STEADY = 2.0  # heartbeats between two readings; a longer time says nothing about the others
JITTER = 0.25  # of a heartbeat: one that came a little early shall not cost another

_ABSENT = -1  # the count of a node without a row


class _Seen:
    __slots__ = ("count", "moved_at")

    def __init__(self, count: int, moved_at: float) -> None:
        self.count = count
        self.moved_at = moved_at


class FailureDetector:
    """Fed with each reading that followed a beat of ours. Its time is only that in which we could both write and
    read."""

    def __init__(self, me: NodeId, timing: Timing = PRODUCTION) -> None:
        self._me = me
        self._timing = timing
        self._seen: dict[NodeId, _Seen] = {}
        self._marked_dead: set[NodeId] = set()
        self._time = 0.0
        self._read_at: float | None = None

    def read(self, readings: Mapping[NodeId, int], now: float) -> None:
        """`now`: seconds, monotonic."""
        if self._read_at is not None and 0.0 < now - self._read_at <= STEADY * self._timing.heartbeat:
            self._time += now - self._read_at
        self._read_at = now
        for node, count in readings.items():
            self._note(node, count)
        for node in self._seen.keys() - readings.keys():
            self._note(node, _ABSENT)

    def mark_dead(self, node: NodeId) -> None:
        """Mark it dead: its process is known to have ended, so its count will not move any more."""
        self._marked_dead.add(node)

    def forget(self) -> None:
        """The counts are another history's."""
        self._seen.clear()

    def is_dead(self, node: NodeId) -> bool:
        """A node of which nothing was read yet is not; from now on it is watched."""
        if node == self._me:
            return False
        if node in self._marked_dead:
            return True
        seen = self._seen.get(node)
        if seen is None:
            self._note(node, _ABSENT)
            return False
        return self._time - seen.moved_at >= self._timing.dead_after - JITTER * self._timing.heartbeat

    @property
    def alive(self) -> list[NodeId]:
        """The others that have a row and are not dead."""
        return [node for node in self._seen if node != self._me and not self.is_dead(node) and self._has_row(node)]

    def dead_for(self, seconds: float) -> dict[NodeId, int]:
        """Nodes with a row that have been dead for so long, with their counts."""
        since = self._time - self._timing.dead_after - seconds
        return {
            node: seen.count
            for node, seen in self._seen.items()
            if node != self._me and seen.count != _ABSENT and seen.moved_at <= since
        }

    def _has_row(self, node: NodeId) -> bool:
        return self._seen[node].count != _ABSENT

    def _note(self, node: NodeId, count: int) -> None:
        seen = self._seen.get(node)
        if seen is None:
            self._seen[node] = _Seen(count, self._time)
        elif seen.count == count:
            if count == _ABSENT and self._time - seen.moved_at > 2 * self._timing.dead_after:
                del self._seen[node]  # if it is asked about again, observation starts over
                self._marked_dead.discard(node)
        else:
            seen.count, seen.moved_at = count, self._time

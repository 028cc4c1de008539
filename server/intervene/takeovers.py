"""The times of each takeover, kept beside the log and shown to the staff who watch: committed, written to and seen by
sessions, bot stopped. "Seen" is what a client confirmed, never the time of a write.

All times are on the clock of the node that took the click. What other nodes know of it (their sessions, the bot that
ran there) they report, and it counts as known when the report arrives.
"""

import asyncio
import random
from collections.abc import Callable

from msgspec.structs import replace

from intervene.core.actors import Agent, Bot
from intervene.core.backoff import rest_seconds
from intervene.core.conversation.state import Conversation, Running
from intervene.core.errors import Unavailable
from intervene.core.ids import Key, NodeId
from intervene.core.wire import framing, staff
from intervene.engine.taken import Taken
from intervene.feed.feeds import Feeds
from intervene.outage import Outage
from intervene.ports.clock import Clock
from intervene.ports.hub import Hub
from intervene.ports.messages import TakeoverReport
from intervene.ports.takeover_times import Takeover, TakeoverTimes

TELL_SECONDS = 0.05  # times that become known together are sent together; each time after twice as long
LONGEST_TELL_SECONDS = 1.0  # at most: of a thousand sessions each may confirm at a time of its own
KEEP_SECONDS = 1.0  # between writes of what changed
LONGEST_REST_SECONDS = 30.0  # between tries while they cannot be written
MOST_UNKEPT = 10_000  # that wait to be written; then the oldest are forgotten
REMEMBER_SECONDS = 60.0  # a session that sees it later is not counted

Measured = Callable[[str, float], None]
"""Told the name of a time and its milliseconds."""


class _Record:
    __slots__ = ("clicked", "is_telling", "key", "numbers", "reports", "takeover", "told", "unconfirmed", "watchers")

    def __init__(
        self, key: Key, takeover: Takeover, clicked: float, numbers: tuple[int, int], watchers: set[int]
    ) -> None:
        self.key = key
        self.takeover = takeover
        self.clicked = clicked
        self.numbers = numbers
        """`seq` and `pub` of the control event."""
        self.watchers = len(watchers)
        """How many sessions it was shown to when it was committed: those who join later are not counted."""
        self.unconfirmed = watchers
        self.reports: dict[NodeId, TakeoverReport] = {}
        self.is_telling = False
        self.told = 0
        """How often."""


class _Witness:
    """A takeover that was committed elsewhere, or, for a moment, here."""

    __slots__ = ("after", "before", "has_stopped", "is_reporting", "unconfirmed", "watchers")

    def __init__(self, before: Conversation, after: Conversation, watchers: set[int]) -> None:
        self.before = before
        self.after = after
        self.watchers = len(watchers)
        self.unconfirmed = watchers
        self.has_stopped = False
        self.is_reporting = False

    def is_shown_by(self, is_staff: bool, n: int) -> bool:
        """Whether event `n` came with that commit."""
        if is_staff:
            return self.before.seq < n <= self.after.seq
        return self.before.pub < n <= self.after.pub


class Takeovers:
    """Bounded by the takeovers of a minute."""

    def __init__(
        self, *, node: NodeId, feeds: Feeds, hub: Hub, times: TakeoverTimes, clock: Clock, measured: Measured
    ) -> None:
        self._node = node
        self._hub = hub
        self._witnesses: dict[Key, _Witness] = {}
        self._feeds = feeds
        self._times = times
        self._clock = clock
        self._measured = measured
        self._records: dict[Key, _Record] = {}
        self._dirty: dict[tuple[Key, int], Takeover] = {}
        self._failures = 0
        """To write them, in a row."""
        self._outage = Outage(over="times of takeovers are kept again", level="warning")

    def begin(self, taken: Taken) -> None:
        """An intervene was committed here, and answered just now."""
        loop = asyncio.get_running_loop()
        key = taken.after.key
        committed = self._between(taken.clicked, taken.committed)
        takeover = Takeover(epoch=taken.receipt.epoch, by=taken.by, at=taken.receipt.at, committed_ms=committed)
        if not (isinstance(taken.before.holder, Bot) and isinstance(taken.before.turn, Running)):
            takeover = replace(takeover, bot_stopped_ms=takeover.committed_ms)  # nothing was running
        record = _Record(
            key, takeover, taken.clicked, (taken.receipt.seq, taken.receipt.pub), self._feeds.watchers(key)
        )
        self._records[key] = record
        self._witnesses.pop(key, None)
        self._measured("committed", takeover.committed_ms)
        self._written(record)  # with the answer
        loop.call_later(REMEMBER_SECONDS, self._forget, record)

    def seen(self, key: Key, session: int, is_staff: bool, n: int) -> None:
        """A session confirmed that event `n`, in its own counting, is on its screen. Counts once, and only for a
        session that was shown the event when it was committed."""
        record, witness = self._records.get(key), self._witnesses.get(key)
        if record is not None and record.numbers[0 if is_staff else 1] == n:
            if session in record.unconfirmed:
                record.unconfirmed.remove(session)
                self._count(record)
        elif witness is not None and witness.is_shown_by(is_staff, n) and session in witness.unconfirmed:
            witness.unconfirmed.remove(session)
            self._report_soon(key, witness)

    def bot_stopped(self, key: Key, epoch: int) -> None:
        """The turn that ran in `epoch` has come to its end."""
        record, witness = self._records.get(key), self._witnesses.get(key)
        if record is not None and record.takeover.epoch == epoch + 1:
            self._stopped(record)
        elif witness is not None and witness.after.epoch == epoch + 1:
            witness.has_stopped = True
            self._report_soon(key, witness)

    async def keep(self) -> None:
        """Write what changed, for ever. What cannot be written now is written later."""
        rest = KEEP_SECONDS
        while True:
            await asyncio.sleep(rest)
            await self.flush()
            rest = KEEP_SECONDS
            if self._failures:
                rest = rest_seconds(
                    self._failures + 1, first=KEEP_SECONDS, longest=LONGEST_REST_SECONDS, chance=random.random()
                )

    async def flush(self) -> None:
        dirty, self._dirty = self._dirty, {}
        if not dirty:
            return
        try:
            await self._times.keep([(key, takeover) for (key, _), takeover in dirty.items()])
            self._failures = 0
            self._outage.answered()
        except Unavailable as problem:
            self._failures += 1
            self._outage.failed("times of takeovers cannot be kept", waiting=len(dirty), problem=problem.sentence)
            kept = [*dirty.items(), *(item for item in self._dirty.items() if item[0] not in dirty)]
            self._dirty = {**dict(kept[-MOST_UNKEPT:]), **self._dirty}

    # -- between nodes -------------------------------------------------------------------------------------------------

    def changed(self, before: Conversation | None, after: Conversation) -> None:
        """An agent has taken control, here or elsewhere; if it was here, `begin` follows at once."""
        if before is None or after.control is before.control or after.epoch == before.epoch:
            return
        if not isinstance(after.holder, Agent):
            return
        key, turn = after.key, before.turn
        ran_here = isinstance(turn, Running) and turn.node == self._node
        watchers = self._feeds.watchers(key)
        if watchers or ran_here:
            witness = self._witnesses[key] = _Witness(before, after, watchers)
            self._report_soon(key, witness)
            asyncio.get_running_loop().call_later(REMEMBER_SECONDS, self._forget_witness, key, witness)

    def lost(self, key: Key) -> None:
        self._witnesses.pop(key, None)

    def receive_report(self, report: TakeoverReport) -> None:
        """Another node's part of a takeover of ours."""
        record = self._records.get(report.key)
        if record is None or record.takeover.epoch != report.epoch:
            return
        record.reports[report.node] = report
        self._count(record)
        if report.has_stopped:
            self._stopped(record)

    def _report_soon(self, key: Key, witness: _Witness) -> None:
        """After the loop's round, in which sockets are written, and in which a takeover of ours is begun."""
        if not witness.is_reporting:
            witness.is_reporting = True
            asyncio.get_running_loop().call_soon(self._report, key, witness)

    def _report(self, key: Key, witness: _Witness) -> None:
        witness.is_reporting = False
        if self._witnesses.get(key) is witness:
            seen = witness.watchers - len(witness.unconfirmed)
            self._hub.publish(
                TakeoverReport(key, self._node, witness.after.epoch, witness.watchers, seen, witness.has_stopped)
            )

    def _forget_witness(self, key: Key, witness: _Witness) -> None:
        if self._witnesses.get(key) is witness:
            del self._witnesses[key]

    # -- what is known -------------------------------------------------------------------------------------------------

    def _written(self, record: _Record) -> None:
        ms = self._since(record.clicked)
        self._measured("written", ms)
        self._update(
            record, replace(record.takeover, written=max(record.takeover.written, record.watchers), written_ms=ms)
        )

    def _count(self, record: _Record) -> None:
        """Sessions to which it was written, and that have seen it, here and elsewhere."""
        ms, takeover = self._since(record.clicked), record.takeover
        written = record.watchers + sum(report.written for report in record.reports.values())
        seen = record.watchers - len(record.unconfirmed) + sum(report.seen for report in record.reports.values())
        if written > takeover.written:
            self._measured("written", ms)
            takeover = replace(takeover, written=written, written_ms=ms)
        if seen > takeover.seen:
            self._measured("seen", ms)
            takeover = replace(takeover, seen=seen, seen_ms=ms)
        if takeover is not record.takeover:
            self._update(record, takeover)

    def _stopped(self, record: _Record) -> None:
        if record.takeover.bot_stopped_ms < 0:
            ms = self._since(record.clicked)
            self._measured("bot_stopped", ms)
            self._update(record, replace(record.takeover, bot_stopped_ms=ms))

    def _update(self, record: _Record, takeover: Takeover) -> None:
        record.takeover = takeover
        self._dirty[record.key, takeover.epoch] = takeover
        if not record.is_telling:
            record.is_telling = True
            delay = min(LONGEST_TELL_SECONDS, TELL_SECONDS * 2 ** min(record.told, 10))
            asyncio.get_running_loop().call_later(delay, self._tell, record)

    def _tell(self, record: _Record) -> None:
        record.is_telling = False
        record.told += 1
        times = record.takeover
        frame = staff.TakeoverTimes(
            conversation=record.key.conversation, epoch=times.epoch, by=times.by, committed_ms=times.committed_ms,
            written=times.written, written_ms=times.written_ms, seen=times.seen, seen_ms=times.seen_ms,
            bot_stopped_ms=times.bot_stopped_ms,
        )  # fmt: skip
        self._feeds.send_to_staff(record.key, framing.encode(frame))

    def _forget(self, record: _Record) -> None:
        if self._records.get(record.key) is record:
            del self._records[record.key]

    def _since(self, clicked: float) -> float:
        return self._between(clicked, self._clock.monotonic())

    @staticmethod
    def _between(clicked: float, then: float) -> float:
        return round((then - clicked) * 1000, 3)

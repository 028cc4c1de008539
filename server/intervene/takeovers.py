"""The times of each takeover, kept beside the log and shown to the staff who watch: committed, written to and seen by
sessions, bot stopped. "Seen" is what a client confirmed, never the time of a write.
"""

import asyncio
from collections.abc import Callable

import structlog
from msgspec.structs import replace

from intervene.core import frames, wire
from intervene.core.control import Bot
from intervene.core.conversation import Running
from intervene.core.errors import Unavailable
from intervene.core.ids import Key
from intervene.engine import Taken
from intervene.feed import Feeds
from intervene.ports import Clock, Directory, Takeover

log_ = structlog.get_logger(__name__)

TELL_SECONDS = 0.05  # times that become known together are told together
KEEP_SECONDS = 1.0  # between writes of what changed
REMEMBER_SECONDS = 60.0  # a session that sees it later is not counted

Measured = Callable[[str, float], None]
"""Told the name of a time and its milliseconds."""


class _Record:
    __slots__ = ("clicked", "is_telling", "key", "numbers", "sessions", "takeover", "watchers")

    def __init__(self, key: Key, takeover: Takeover, clicked: float, numbers: tuple[int, int], watchers: int) -> None:
        self.key = key
        self.takeover = takeover
        self.clicked = clicked
        self.numbers = numbers
        """`seq` and `pub` of the control event."""
        self.watchers = watchers
        """How many sessions watched when it was committed: those who join later are not counted."""
        self.sessions: set[int] = set()
        self.is_telling = False


class Takeovers:
    """Bounded by the takeovers of a minute."""

    def __init__(self, *, feeds: Feeds, directory: Directory, clock: Clock, measured: Measured) -> None:
        self._feeds = feeds
        self._directory = directory
        self._clock = clock
        self._measured = measured
        self._records: dict[Key, _Record] = {}
        self._dirty: dict[tuple[Key, int], Takeover] = {}

    def begin(self, taken: Taken) -> None:
        """An intervene was committed here."""
        loop = asyncio.get_running_loop()
        key = taken.after.key
        takeover = Takeover(
            epoch=taken.receipt.epoch, by=taken.by, at=taken.receipt.at, committed_ms=self._since(taken.clicked)
        )
        if not (isinstance(taken.before.holder, Bot) and isinstance(taken.before.turn, Running)):
            takeover = replace(takeover, bot_stopped_ms=takeover.committed_ms)  # nothing was running
        record = _Record(
            key, takeover, taken.clicked, (taken.receipt.seq, taken.receipt.pub), self._feeds.watchers(key)
        )
        self._records[key] = record
        self._measured("committed", takeover.committed_ms)
        # Sockets are flushed by a callback that the commit's frames scheduled before this one.
        loop.call_soon(self._written, record)
        loop.call_later(REMEMBER_SECONDS, self._forget, record)

    def seen(self, key: Key, socket_id: int, is_staff: bool, n: int) -> None:
        """A session confirmed that event `n`, in its own counting, is on its screen."""
        record = self._records.get(key)
        if record is None or record.numbers[0 if is_staff else 1] != n or socket_id in record.sessions:
            return
        if len(record.sessions) == record.watchers:
            return
        record.sessions.add(socket_id)
        ms = self._since(record.clicked)
        self._measured("seen", ms)
        self._update(record, replace(record.takeover, seen=len(record.sessions), seen_ms=ms))

    def bot_stopped(self, key: Key, epoch: int) -> None:
        """The turn that ran in `epoch` has come to its end."""
        record = self._records.get(key)
        if record is None or record.takeover.epoch != epoch + 1 or record.takeover.bot_stopped_ms >= 0:
            return
        ms = self._since(record.clicked)
        self._measured("bot_stopped", ms)
        self._update(record, replace(record.takeover, bot_stopped_ms=ms))

    async def keep(self) -> None:
        """Write what changed, for ever. What cannot be written now is written later."""
        while True:
            await asyncio.sleep(KEEP_SECONDS)
            await self.flush()

    async def flush(self) -> None:
        dirty, self._dirty = self._dirty, {}
        if not dirty:
            return
        try:
            await self._directory.keep_takeovers([(key, takeover) for (key, _), takeover in dirty.items()])
        except Unavailable:
            log_.warning("times of takeovers could not be kept yet", count=len(dirty))
            self._dirty = {**dirty, **self._dirty}

    def _written(self, record: _Record) -> None:
        ms = self._since(record.clicked)
        self._measured("written", ms)
        self._update(record, replace(record.takeover, written=record.watchers, written_ms=ms))

    def _update(self, record: _Record, takeover: Takeover) -> None:
        record.takeover = takeover
        self._dirty[record.key, takeover.epoch] = takeover
        if not record.is_telling:
            record.is_telling = True
            asyncio.get_running_loop().call_later(TELL_SECONDS, self._tell, record)

    def _tell(self, record: _Record) -> None:
        record.is_telling = False
        times = record.takeover
        frame = frames.TakeoverTimes(
            conversation=record.key.conversation, epoch=times.epoch, by=times.by, committed_ms=times.committed_ms,
            written=times.written, written_ms=times.written_ms, seen=times.seen, seen_ms=times.seen_ms,
            bot_stopped_ms=times.bot_stopped_ms,
        )  # fmt: skip
        self._feeds.tell_staff(record.key, wire.encode(frame))

    def _forget(self, record: _Record) -> None:
        if self._records.get(record.key) is record:
            del self._records[record.key]

    def _since(self, clicked: float) -> float:
        return round((self._clock.monotonic() - clicked) * 1000, 3)

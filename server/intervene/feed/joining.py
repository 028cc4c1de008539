"""A session that joins a conversation: what is kept for it while its page is read, and whether that continues the page.
No I/O."""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple, TypeVar, cast

from msgspec.structs import replace

from intervene.core.ids import EventId
from intervene.core.wire.framing import Frames
from intervene.feed.reading import Ticket
from intervene.ports.log import Snapshot

W = TypeVar("W")

NOBODY: Mapping[object, "Join"] = MappingProxyType({})
"""One for all conversations which nobody joins now, as nearly all: an empty dict of its own is 64 bytes."""


class Held(NamedTuple):
    """What a joining watcher gets once it was shown the snapshot: a commit's frames, or an answer that waits for
    them. It takes the feed from version `low` to `version`."""

    low: int
    version: int
    frames: Frames
    answer: Callable[[], None] | None


class Join:
    """A watcher that was not shown the conversation yet. While its read waits, only answers are kept: the page will
    hold everything else."""

    __slots__ = ("after", "contact_read", "held", "is_reading", "read", "reset", "ticket")

    def __init__(self, after: tuple[int, EventId] | None, *, reset: bool) -> None:
        self.after = after
        self.reset = reset
        self.held: list[Held] = []
        self.is_reading = False
        self.read = 0
        """Where the watcher's reader came to meanwhile."""
        self.contact_read = 0
        """Where the customer did."""
        self.ticket: Ticket | None = None

    def updated(self, snapshot: Snapshot) -> Snapshot:
        """With the read positions that came while it was read."""
        if self.read <= snapshot.read and self.contact_read <= snapshot.contact_read:
            return snapshot
        read, by_contact = max(self.read, snapshot.read), max(self.contact_read, snapshot.contact_read)
        return replace(snapshot, read=read, contact_read=by_contact)

    def hold_frames(self, low: int, version: int, frames: Frames) -> None:
        if self.is_reading:
            self.held.append(Held(low, version, frames, None))

    def hold_answer(self, version: int, answer: Callable[[], None]) -> None:
        self.held.append(Held(version, version, Frames(), answer))

    def drop_frames(self) -> None:
        self.held = [entry for entry in self.held if entry.answer]

    def answers(self) -> Iterator[tuple[int, Callable[[], None]]]:
        return ((entry.version, entry.answer) for entry in self.held if entry.answer)

    def in_order(self) -> list[Held]:
        """An answer stands behind the events up to it, also if those came later, out of a gap."""
        return sorted(self.held, key=lambda entry: (entry.version, entry.answer is not None))

    def continues(self, version: int, to: int) -> bool:
        """Whether the held frames lead from `version` to `to`, without a gap."""
        for entry in self.held:
            if entry.answer is None and entry.version > version:
                if entry.low != version:
                    return False
                version = entry.version
        return version == to


def joined_by(joining: Mapping[W, Join], watcher: W, join: Join) -> Mapping[W, Join]:
    """These and one more."""
    if not isinstance(joining, dict):
        return {watcher: join}
    joining[watcher] = join
    return joining


def without(joining: Mapping[W, Join], watcher: W) -> Mapping[W, Join]:
    """The others."""
    if isinstance(joining, dict):
        joining.pop(watcher, None)
    return joining or cast(Mapping[W, Join], NOBODY)

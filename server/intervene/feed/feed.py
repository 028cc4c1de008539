"""One conversation on this node, as a machine without I/O: commits, snapshots and watchers in, frames and answers out.

A feed applies version + 1, drops what is not newer, and keeps what is early until the gap before it is filled, by a
commit or by a snapshot of the log. That one rule covers order across nodes, doubled, late and lost commits, joins and
reloads. A snapshot lower than the feed already was means that the database went back: all watchers start over.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, cast

from msgspec.structs import replace

from intervene.core.access import Placement, may_hide
from intervene.core.conversation.state import Conversation, OpenReply, open_reply
from intervene.core.errors import NotFound, Unavailable
from intervene.core.events import Event, Piece
from intervene.core.ids import EventId, Key, OrganisationId
from intervene.core.limits import PAGE_EVENTS
from intervene.core.policy import Policy
from intervene.core.wire import common, framing
from intervene.core.wire.framing import Frames
from intervene.core.wire.staff import ContactRead
from intervene.feed.early import NONE_HELD, Early
from intervene.feed.joining import NOBODY, Join, joined_by, without
from intervene.feed.subscribers import Waiting, Watcher, is_of
from intervene.guard import guarded
from intervene.ports.log import Commit, Snapshot
from intervene.ports.messages import Pieces, Read


class Surroundings(Protocol):
    """What a feed needs of its node. None of it calls the feed back at once."""

    early: Early
    """The bound of early commits, over all feeds."""

    def policy(self, organisation: OrganisationId) -> Policy | None:
        """As this node acts on it; None: it is not known here."""

    def close_gap(self, feed: "Feed") -> None:
        """Something is missing: after a moment call `Feed.needs_read`, and read the log if it says so."""

    def read_now(self, feed: "Feed") -> None:
        """What was received cannot be applied: read the log."""

    def read_page(self, feed: "Feed", watcher: Watcher, join: Join) -> None:
        """Read the page for a joining watcher, when it is its turn."""

    def cancel_page(self, join: Join) -> None:
        """It is needed no longer."""

    def send_each(self, watchers: Sequence[Watcher], data: bytes, frames: int) -> None:
        """`Watcher.send`, to each of them."""

    def watchers_changed(self, feed: "Feed", *, is_first: bool) -> None:
        """A watcher came or left; `is_first`: it is the only one."""

    def changed(self, before: Conversation | None, after: Conversation) -> None:
        """The feed went from one state to the next."""

    def unfollowed(self, feed: "Feed") -> None:
        """Its last watchers may not see it any more."""

    def lost(self, feed: "Feed") -> None:
        """This node can show the conversation no longer."""

    def went_back(self, feed: "Feed", had: int, found: int) -> None:
        """The log has a lower version than this feed had: the database is an older one."""


class Feed:
    __slots__ = (
        "answers",
        "around",
        "contact_read",
        "contacts",
        "early",
        "former",
        "is_catching_up",
        "joining",
        "key",
        "pins",
        "policy",
        "read",
        "reply",
        "staff",
        "state",
    )

    def __init__(self, key: Key, around: Surroundings) -> None:
        self.key = key
        self.around = around
        self.state: Conversation | None = None
        self.reply: OpenReply | None = None
        """The open reply of `state`."""
        self.former: Conversation | None = None
        """What was known before the database went back, until it is read anew."""
        self.policy: Policy | None = None
        """By which all of `staff` were found to see it."""
        self.staff: tuple[Watcher, ...] = ()
        self.contacts: tuple[Watcher, ...] = ()
        self.joining = cast(Mapping[Watcher, Join], NOBODY)
        self.early = NONE_HELD
        self.answers: tuple[Waiting, ...] = ()
        self.pins = 0
        self.is_catching_up = False
        """The log is being read, or will be in a moment."""
        self.read = 0
        """The highest position of `HOLDER` that customers were shown by itself."""
        self.contact_read = 0
        """The customer's that staff were shown likewise."""

    @property
    def version(self) -> int:
        return self.state.counters.version if self.state else 0

    @property
    def seq(self) -> int | None:
        """The number of the last event; None while nothing is known."""
        return self.state.seq if self.state else None

    @property
    def is_followed(self) -> bool:
        return bool(self.staff or self.contacts or self.joining or self.pins)

    @property
    def is_idle(self) -> bool:
        """Nothing is being read, and nothing waits."""
        return not (self.joining or self.answers or self.early or self.is_catching_up)

    @property
    def needs_read(self) -> bool:
        """Whether what is missing can only come from the log now."""
        return bool(self.early or self.answers or self.former)

    @property
    def watchers(self) -> tuple[Watcher, ...]:
        return (*self.staff, *self.contacts)

    # -- commits and snapshots -----------------------------------------------------------------------------------------

    def take(self, commit: Commit | Pieces) -> None:
        """A commit, from here or from the hub, in any order and any number of times."""
        if (ahead := commit.version - self.version) <= 0:
            return
        if ahead == 1:
            self._apply(commit)
            if self.early or self.answers:
                self._drain()
        elif self.is_followed:
            self.early = self.around.early.keep(self.early, commit)
            self.around.close_gap(self)

    def catch_up(self, snapshot: Snapshot, *, begun: int) -> None:
        """Go to what was read of the log. `begun`: the feed's version when the read began, 0 for one that knew
        nothing: what it has learned since cannot be continued by this snapshot, which holds no events between."""
        before, after = self.state, snapshot.state
        if before is None and self.former is not None:
            self._start_over(snapshot, is_older=True)
        elif before is None:
            self.state, self.reply = after, snapshot.reply
            self.around.changed(None, after)
        elif after.version < begun:
            self.around.went_back(self, begun, after.version)
            self._start_over(snapshot, is_older=True)
        elif begun and after.version > before.version:
            pieces = snapshot.pieces_after(before)
            if snapshot.missed is None or len(pieces) > PAGE_EVENTS:
                self._start_over(snapshot)
            else:
                self._bridge(before, snapshot, [*snapshot.missed, *pieces])
        self._drain()

    def when(self, version: int, answer: Callable[[], None], watcher: Watcher | None) -> None:
        """Answer once this node has shown everything up to `version`; to a joining watcher, after it was shown."""
        join = self.joining.get(watcher) if watcher is not None else None
        if join is not None:
            join.hold_answer(version, answer)
        elif version <= self.version:
            guarded(answer)
        else:
            self.answers += (Waiting(version, answer, watcher),)
            self.around.close_gap(self)

    def forget(self) -> None:
        """The database is an older one than it was: whatever is remembered is another history."""
        self.former, self.state, self.reply = self.state or self.former, None, None
        self.read = 0
        self.early = self.around.early.drop(self.early)
        for join in self.joining.values():
            join.drop_frames()
            join.read = 0

    def give_up(self, problem: NotFound | Unavailable) -> None:
        """This node can show it no longer: it is gone, as after a restore, or only newer nodes can read it."""
        self.is_catching_up = False
        self.state = self.reply = self.former = None
        self.early = self.around.early.drop(self.early)
        answers, self.answers = self.answers, ()
        watchers = self._drop_watchers()
        for waiting in answers:
            guarded(waiting.answer)
        for watcher in watchers:
            guarded(watcher.miss, self.key, problem)
        self.around.lost(self)

    def _apply(self, message: Commit | Pieces) -> None:
        before = self.state
        commit = message if isinstance(message, Commit) else message.after(before) if before else None
        if commit is None:  # these pieces continue another history
            self.around.read_now(self)
            return
        after = commit.state
        if commit.keeps_card and before is not None and after.card is not before.card:
            after = replace(after, card=before.card)
        self.state, self.reply = after, commit.reply or open_reply(after, commit.pieces, self.reply)
        if before is not None and (after.control is not before.control or after.card is not before.card):
            self._look_again(before.placement, after.placement)
        self._show(after.counters.version - 1, commit.frames)
        self.around.changed(before, after)

    def _bridge(self, before: Conversation, read: Snapshot, missed: Sequence[Event | Piece]) -> None:
        """Show what lies between the feed and a newer snapshot."""
        facts = [fact for fact in missed if isinstance(fact, Piece) or fact.seq > before.seq]
        shown, _ = framing.encode_facts(read.state.id, facts)
        self.state, self.reply = read.state, read.reply
        self.end_unseen()
        self._show(before.version, shown)
        self.around.changed(before, read.state)

    def _show(self, low: int, shown: Frames) -> None:
        if shown.staff:
            self.around.send_each(self.staff, shown.staff, shown.staff_count)
        if shown.contacts:
            self.around.send_each(self.contacts, shown.contacts, shown.contacts_count)
        for join in self.joining.values():
            join.hold_frames(low, self.version, shown)

    def _drain(self) -> None:
        """What waited for this version: early commits, then answers."""
        while self.early:
            commit = self.around.early.take(self.early, self.version + 1)
            if commit is None:
                break
            self._apply(commit)
        if self.early is not NONE_HELD:
            self.early = self.around.early.drop(self.early, up_to=self.version)
        if self.answers:
            ready = [waiting for waiting in self.answers if waiting.version <= self.version]
            self.answers = tuple(waiting for waiting in self.answers if waiting.version > self.version)
            for waiting in ready:
                self.when(*waiting)

    def _start_over(self, read: Snapshot, *, is_older: bool = False) -> None:
        """What watchers have cannot be continued: show each a fresh page. In an older database no answer waits for a
        version that it has not."""
        before, state = self.state or self.former, read.state
        self.state, self.reply, self.former = state, read.reply, None
        self.early = self.around.early.drop(self.early)
        answers, self.answers = self.answers, ()
        for watcher in self._drop_watchers():
            self._begin_join(watcher, None, reset=True)
        for version, answer, owner in answers:
            self.when(min(version, state.version) if is_older else version, answer, owner)
        self.around.changed(before, state)

    def _drop_watchers(self) -> tuple[Watcher, ...]:
        watchers, self.staff, self.contacts = self.watchers, (), ()
        return watchers

    # -- watchers ------------------------------------------------------------------------------------------------------

    def join(self, watcher: Watcher, after: tuple[int, EventId] | None) -> None:
        """Show it the conversation, from `after` on or its newest page, then everything that follows."""
        former, self.joining = self.joining.get(watcher), without(self.joining, watcher)
        if former is not None:
            self.around.cancel_page(former)
            former.drop_frames()
        self.leave(watcher)
        self._begin_join(watcher, after, reset=False)
        if former is not None:
            self.joining[watcher].held += former.held  # the answers wait for this page now

    def leave(self, watcher: Watcher) -> None:
        join, self.joining = self.joining.get(watcher), without(self.joining, watcher)
        if join is not None:
            self.around.cancel_page(join)
            self._answer_all(join)
        if watcher in self.watchers:
            self.staff = tuple(other for other in self.staff if other is not watcher)
            if not watcher.is_staff:  # the same tuple says that no session of theirs came or left
                self.contacts = tuple(other for other in self.contacts if other is not watcher)
            self.around.watchers_changed(self, is_first=False)

    def end_unseen(self) -> None:
        """End the watches of staff who may not see it any more: they are sent nothing of the commit that made it so."""
        if (state := self.state) is None:
            return
        self.policy = self.around.policy(self.key.organisation)
        for watcher in self.staff:
            if why := watcher.unseen(self.key, state):
                self.leave(watcher)
                guarded(watcher.lose, self.key, why)
        if not self.is_followed:
            self.around.unfollowed(self)

    def _look_again(self, before: Placement, after: Placement) -> None:
        """At each who watches, only where one may have lost sight of it: most moves hide it from nobody."""
        policy = self.around.policy(self.key.organisation)
        if policy is None or policy is not self.policy or may_hide(before, after, policy):
            self.end_unseen()

    def is_joining(self, watcher: Watcher, join: Join) -> bool:
        """False once it has left, or has joined again."""
        return self.joining.get(watcher) is join

    def finish_join(self, watcher: Watcher, join: Join, snapshot: Snapshot, *, begun: int) -> None:
        """Its page was read. One synchronous step: the page, what came since, and from now on everything; or it is
        read again, where the feed skipped past what was read."""
        self.catch_up(snapshot, begun=begun)
        if not self.is_joining(watcher, join):
            return
        if not join.continues(snapshot.state.version, self.version):
            self.join_again(watcher, join)
            return
        self.joining = without(self.joining, watcher)
        assert self.state is not None, "it was read"
        if self.state is not snapshot.state and watcher.unseen(self.key, self.state):
            watcher.miss(self.key, NotFound("There is no such conversation."))
            self._answer_all(join)
            return
        snapshot = join.updated(snapshot)
        if watcher.show(self.key, snapshot, reset=join.reset or snapshot.reset):
            self._continue_page(watcher, join, snapshot.state.version)
            self._add(watcher)
        else:
            self._answer_all(join)

    def join_again(self, watcher: Watcher, join: Join) -> None:
        """What was read cannot be continued: one place is for one read, so this one waits its turn again."""
        join.is_reading = False
        join.drop_frames()
        self.around.read_page(self, watcher, join)

    def fail_join(self, watcher: Watcher, join: Join, problem: NotFound | Unavailable) -> None:
        if self.is_joining(watcher, join):
            self.joining = without(self.joining, watcher)
            watcher.miss(self.key, problem)
            self._answer_all(join)

    def _begin_join(self, watcher: Watcher, after: tuple[int, EventId] | None, *, reset: bool) -> None:
        self.joining = joined_by(self.joining, watcher, join := Join(after, reset=reset))
        self.around.read_page(self, watcher, join)

    def _continue_page(self, watcher: Watcher, join: Join, version: int) -> None:
        for entry in join.in_order():
            if entry.answer:
                self.when(entry.version, entry.answer, watcher)
            elif entry.version > version:
                if watcher.is_staff and entry.frames.staff:
                    watcher.send(entry.frames.staff, entry.frames.staff_count)
                elif not watcher.is_staff and entry.frames.contacts:
                    watcher.send(entry.frames.contacts, entry.frames.contacts_count)

    def _add(self, watcher: Watcher) -> None:
        if watcher.is_staff:
            policy = self.around.policy(self.key.organisation)
            self.policy = policy if policy is self.policy or not self.staff else None
            self.staff += (watcher,)
        else:
            self.contacts += (watcher,)
        self.around.watchers_changed(self, is_first=len(self.staff) + len(self.contacts) == 1)

    def _answer_all(self, join: Join) -> None:
        for version, answer in join.answers():
            self.when(version, answer, None)

    # -- read positions, which are shown beside the log ----------------------------------------------------------------

    def show_read(self, read: Read, session: int) -> None:
        """Somebody has read so far; `session` (0: none of this node) has said so and is not shown it."""
        if read.n:
            data = self._read_up_to(read.n)
            for watcher in self.staff:
                if watcher.number != session and is_of(watcher, read.agent):
                    guarded(watcher.send, data, 1)
        if read.pub > self.read:
            self.read = read.pub
            self.around.send_each(self.contacts, self._read_up_to(read.pub), 1)
        if read.contact > self.contact_read:
            self.contact_read = read.contact
            shown = framing.encode(ContactRead(conversation=self.key.conversation, pub=read.contact))
            self.around.send_each(self.staff, shown, 1)
        for watcher, join in self.joining.items():
            mine = read.pub if not watcher.is_staff else read.n if is_of(watcher, read.agent) else 0
            join.read = max(join.read, mine)
            join.contact_read = max(join.contact_read, read.contact)

    def _read_up_to(self, n: int) -> bytes:
        return framing.encode(common.ReadUpTo(conversation=self.key.conversation, n=n))

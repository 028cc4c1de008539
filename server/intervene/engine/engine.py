"""The one door: every change of a conversation, from sockets, HTTP, bots and timers, is a command given to `submit`.

    submit(command) -> decide(state, command, context) -> append(expected version) -> feed and hub -> answer

One append per conversation and one group per node is under way. Commands that find their conversation busy wait in
its lane, are decided one after another on the evolving state, and share the next append. All of it is one chain of
callbacks that the engine owns: a sender that disconnects loses only the answer.

Only an acceptance may rest on what the feed remembers. When nothing of a batch is accepted, when an append met a
Conflict, and for an intervene at once, the batch is decided on the row read under its lock.
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple, TypeVar

import anyio
import structlog

from intervene.core.access import Visitor
from intervene.core.actors import Agent, Bot
from intervene.core.conversation.commit import Change, Context
from intervene.core.conversation.decide import Command, decide, open_conversation
from intervene.core.conversation.moves import Intervene, Open
from intervene.core.conversation.packing import pack
from intervene.core.conversation.repeats import Named, has_done, is_repeat
from intervene.core.conversation.state import Conversation, OpenReply
from intervene.core.conversation.turns import FireTimer, GiveBackTurn, TakeUpTurn
from intervene.core.errors import Busy, IdReused, InterveneError, NotFound, PeerError, Unavailable
from intervene.core.events import Event, Piece, author_key
from intervene.core.ids import CommandId, ConversationId, Key, NodeId
from intervene.core.limits import (
    ANSWER_BYTES,
    COMMAND_BYTES,
    GROUP_BYTES,
    GROUP_ITEMS,
    LANE_COMMANDS,
)
from intervene.core.timing import PRODUCTION, Timing
from intervene.core.wire import framing
from intervene.feed.feeds import Feed, Feeds, Watcher
from intervene.ports.clock import Clock
from intervene.ports.hub import Hub
from intervene.ports.leases import Leases
from intervene.ports.log import CommandKey, Commit, Locked, Log, Receipt, Snapshot, Verdict
from intervene.ports.messages import Compare

log_ = structlog.get_logger(__name__)

T = TypeVar("T")
Answer = Receipt | InterveneError
Reply = Callable[[Answer], None]

NONCE_CHARS = 16  # 64 bits
_UPKEEP = TakeUpTurn | GiveBackTurn | FireTimer
_LATE = "The log did not answer in time. Repeat with the same id."
TRIES = 3  # of a batch whose commit has an unknown outcome


class Taken(NamedTuple):
    """An intervene that won. `clicked`: when its command came to this node, in seconds, monotonic."""

    before: Conversation
    after: Conversation
    receipt: Receipt
    by: Agent
    clicked: float


class Stats:
    """What the door has done since the start."""

    __slots__ = ("answered", "commits", "conflicts", "groups", "locked")

    def __init__(self) -> None:
        self.groups = self.commits = self.conflicts = self.locked = self.answered = 0


class _Entry:
    """A pending command, and all callers that wait for its answer."""

    __slots__ = ("asked", "author", "clicked", "command", "identity", "is_urgent", "replies", "tries")

    def __init__(self, command: Command, clicked: float) -> None:
        author = getattr(command, "author", None)
        id: CommandId | None = getattr(command, "id", None)
        self.command = command
        self.author = author_key(author) if author is not None else ""
        self.identity = CommandKey(self.author, id) if id else None
        self.is_urgent = isinstance(command, Intervene)
        self.clicked = clicked
        self.asked = clicked
        """When the first of the callers that wait for its answer submitted it."""
        self.tries = 0
        self.replies: list[tuple[Reply, Watcher | None]] = []

    @property
    def named(self) -> Named:
        assert isinstance(self.command, Named), "asked only of commands with an id"
        return self.command


class _Lane:
    """One busy conversation: what waits, and how the next batch is to be decided."""

    __slots__ = ("batch", "feed", "is_careful", "key", "queue", "singles", "unanswered")

    def __init__(self, key: Key, feed: Feed) -> None:
        self.key = key
        self.feed = feed
        self.queue: list[_Entry] = []
        self.batch: list[_Entry] = []
        """Under way; empty when the lane may start the next."""
        self.unanswered: dict[CommandKey, _Entry] = {}
        self.is_careful = False
        self.singles = 0
        """How many commands are still to be tried one by one, after the database refused their batch."""

    def add(self, entry: _Entry) -> None:
        if entry.identity:
            self.unanswered[entry.identity] = entry
        if not entry.is_urgent:
            self.queue.append(entry)
            return
        # To the head of the queue, behind those that went there before; its author's own words go with it, in order.
        urgent = [place for place, other in enumerate(self.queue, start=1) if other.is_urgent]
        head = max(urgent, default=0)
        ahead, rest = self.queue[:head], self.queue[head:]
        mine = [other for other in rest if other.author == entry.author]
        self.queue = [*ahead, *mine, entry, *(other for other in rest if other.author != entry.author)]

    def next_batch(self) -> list[_Entry]:
        count = len(self.queue)
        if self.singles:
            self.singles -= 1
            count = 1
        elif count > 1:
            count = self._fitting()
        self.batch, self.queue = self.queue[:count], self.queue[count:]
        return self.batch

    def _fitting(self) -> int:
        """How many commands one commit takes: what it shows must fit into a frame and a message between nodes."""
        room = ANSWER_BYTES
        for count, entry in enumerate(self.queue):
            room -= COMMAND_BYTES + framing.size_of(getattr(entry.command, "text", ""))
            if room < 0:
                return max(count, 1)
        return len(self.queue)

    def again(self) -> None:
        """The batch goes back to where it came from, to be decided under the lock."""
        self.queue = self.batch + self.queue
        self.batch = []
        self.is_careful = True


class _Attempt(NamedTuple):
    """A batch, decided: one commit, if anything was accepted, and an answer for each command."""

    before: Conversation
    commit: Commit | None
    answers: list[Answer]
    is_firm: list[bool]
    """Whether the answer stands once the commit is in the log; a refusal's command id must be looked up first."""


class Engine:
    """`claimant` says which node new turns are claimed for: this one, or None while it takes none. `taken` is
    called for every intervene that won here. `make_id` makes ids that cannot be predicted, from any thread."""

    def __init__(
        self,
        *,
        node: NodeId,
        log: Log,
        feeds: Feeds,
        hub: Hub,
        leases: Leases,
        clock: Clock,
        inbound: Bot | None,
        claimant: Callable[[], NodeId | None],
        taken: Callable[[Taken], None],
        make_id: Callable[[], str],
        timing: Timing = PRODUCTION,
    ) -> None:
        self._timing = timing
        self.stats = Stats()
        self._node = node
        self._log = log
        self._feeds = feeds
        self._hub = hub
        self._leases = leases
        self._clock = clock
        self._inbound = inbound
        self._claimant = claimant
        self._taken = taken
        self.new_id = make_id
        self._lanes: dict[Key, _Lane] = {}
        self._pending: list[tuple[_Lane, _Attempt]] = []
        self._is_appending = False
        self._is_scheduled = False
        self._lateness: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[Any]] = set()
        self._loop = asyncio.get_running_loop()

    # -- coming in ---------------------------------------------------------------------------------------------------

    def submit(self, key: Key, command: Command, reply: Reply, watcher: Watcher | None = None) -> None:
        """Take a command. Returns at once; `reply` is called once, later, after this node has shown everything up to
        the answer (to `watcher` too, if it is joining just now). A command repeated while it waits joins itself, and
        another one with its id is refused."""
        lane = self._lanes.get(key)
        if lane is None:
            lane = self._lanes[key] = _Lane(key, self._feeds.pin(key))
            if self._lateness is None:
                self._lateness = self._loop.call_later(self._timing.answered_check, self._answer_late)
        entry = _Entry(command, self._clock.monotonic())
        known = lane.unanswered.get(entry.identity) if entry.identity else None
        if known is not None:
            if is_repeat(known.named, entry.named):
                known.asked = known.asked if known.replies else entry.asked
                known.replies.append((reply, watcher))
            else:
                self._loop.call_soon(reply, _reused())
            return
        # Intervenes bypass the limit of the queue: they are bounded by what each session may have under way.
        if len(lane.queue) >= LANE_COMMANDS and not entry.is_urgent:
            self._loop.call_soon(reply, Busy("This conversation has too much under way. Try again.", retry_after=1.0))
            return
        entry.replies.append((reply, watcher))
        if isinstance(command, Intervene):
            self._leases.take(key, command.epoch + 1)
        lane.add(entry)
        self._start(lane)

    def call(self, key: Key, command: Command) -> "asyncio.Future[Receipt]":
        """`submit` for callers that can await. Cancelling the future never cancels the commit."""
        future: asyncio.Future[Receipt] = self._loop.create_future()

        def settle(answer: Answer) -> None:
            if future.done():
                return
            if isinstance(answer, Receipt):
                future.set_result(answer)
            else:
                future.set_exception(answer)

        self.submit(key, command, settle)
        return future

    async def open(self, visitor: Visitor) -> ConversationId:
        """The visitor's conversation; it is created if there is none. Raises `Unavailable` and `Spent`. Cancelling it
        never cancels the commit, and what was committed is published."""
        try:
            with anyio.fail_after(self._timing.answered):
                return await asyncio.shield(self._spawn(self._open(visitor)))
        except TimeoutError:
            raise Unavailable(_LATE) from None

    async def _open(self, visitor: Visitor) -> ConversationId:
        command = Open(
            conversation=ConversationId(self.new_id()),
            contact=visitor.contact,
            address=visitor.reached_at,
            bot=self._inbound,
        )
        key = Key(visitor.organisation, command.conversation)
        feed = self._feeds.pin(key)
        node = self._claimant()

        def begin() -> Commit:
            change = open_conversation(command, visitor.organisation, self._context(node))
            return self._commit(0, change.state, list(change.facts), [])

        try:
            conversation, commit = await self._log.open(visitor.organisation, command, begin)
            if commit is not None:
                self._tell(commit)
        finally:
            self._feeds.unpin(feed)
        return conversation

    # -- deciding ----------------------------------------------------------------------------------------------------

    def _start(self, lane: _Lane) -> None:
        """Decide what waits, unless a batch is under way; a lane with nothing to do ends."""
        if lane.batch:
            return
        if not lane.queue:
            del self._lanes[lane.key]
            self._feeds.unpin(lane.feed)
            return
        batch = lane.next_batch()
        state = lane.feed.state
        if state is None or lane.is_careful or any(entry.is_urgent for entry in batch):
            self._decide_locked(lane)
            return
        try:
            attempt = self._attempt(state, lane.feed.reply, batch, {}, self._claimant())
        except Exception:
            log_.exception("a batch could not be decided", conversation=lane.key.conversation)
            self._refused(lane)
            return
        if attempt.commit is None:
            self._decide_locked(lane)  # a refusal never rests on what was remembered
            return
        self._pending.append((lane, attempt))
        self._schedule()

    def _attempt(
        self,
        state: Conversation,
        reply: OpenReply | None,
        batch: Sequence[_Entry],
        known: Mapping[CommandKey, Event],
        node: NodeId | None,
    ) -> _Attempt:
        """Pure but for the clock and the nonce; under the row's lock it may run on the log's thread."""
        working = begun = state.next()
        facts: list[Event | Piece] = []
        answers: list[Answer] = []
        is_firm: list[bool] = []
        for entry in batch:
            if entry.identity and (first := known.get(entry.identity)):
                answers.append(_first_answer(entry, first))
                is_firm.append(True)
                continue
            try:
                change = decide(working, entry.command, self._context(node), reply)
            except PeerError as problem:
                answers.append(problem)
                is_firm.append(entry.identity is None)
                continue
            is_firm.append(change.state is not working or entry.identity is None)
            working, reply = change.state, change.reply
            facts += change.facts
            answers.append(_receipt(entry, change))
        if working is begun:
            return _Attempt(state, None, answers, is_firm)
        accepted = [entry.identity for entry in batch if entry.identity and entry.identity not in known]
        return _Attempt(state, self._commit(state.version, working, facts, accepted), answers, is_firm)

    def _commit(
        self, expected: int, after: Conversation, facts: list[Event | Piece], accepted: list[CommandKey]
    ) -> Commit:
        """Everything is encoded before the append: what cannot be encoded cannot be committed."""
        shown, kept = framing.encode_facts(after.id, facts)
        events = [fact for fact in facts if isinstance(fact, Event)]
        logged = {CommandKey(author_key(event.author), event.command) for event in events if event.command}
        return Commit(
            key=after.key,
            node=self._node,
            state=after,
            pieces=tuple(fact for fact in facts if isinstance(fact, Piece)),
            frames=shown,
            expected=expected,
            row=pack(after),
            events=tuple(zip(events, kept, strict=True)),
            commands=tuple(command for command in accepted if command in logged),
        )

    def _context(self, node: NodeId | None) -> Context:
        return Context(now=self._clock.now(), nonce=self.new_id()[:NONCE_CHARS], node=node, inbound=self._inbound)

    # -- committing --------------------------------------------------------------------------------------------------

    def _schedule(self) -> None:
        if self._pending and not self._is_appending and not self._is_scheduled:
            self._is_scheduled = True
            self._loop.call_soon(self._append)

    def _append(self) -> None:
        self._is_scheduled = False
        count = self._fitting()
        group, self._pending = self._pending[:count], self._pending[count:]
        self._is_appending = True
        self.stats.groups += 1
        commits = [attempt.commit for _, attempt in group if attempt.commit is not None]
        self._log.append(commits, partial(self._appended, group))

    def _fitting(self) -> int:
        """How many commits the next group takes, at least one: a transaction of any size could last any time."""
        room = GROUP_BYTES
        for count, (_, attempt) in enumerate(self._pending[:GROUP_ITEMS]):
            room -= attempt.commit.size if attempt.commit else 0
            if room < 0:
                return max(count, 1)
        return GROUP_ITEMS

    def _appended(self, group: list[tuple[_Lane, _Attempt]], verdicts: Sequence[Verdict]) -> None:
        self._is_appending = False
        for (lane, attempt), verdict in zip(group, verdicts, strict=True):
            match verdict:
                case Verdict.WON:
                    self._won(lane, attempt)
                case Verdict.CONFLICT:
                    self.stats.conflicts += 1
                    lane.again()
                    self._start(lane)
                case Verdict.REFUSED:
                    self._refused(lane)
                case Verdict.UNKNOWN:
                    self._unknown(lane)
        self._schedule()

    def _decide_locked(self, lane: _Lane) -> None:
        self.stats.locked += 1
        batch, feed = lane.batch, lane.feed
        begun, since = feed.version, feed.state.seq if feed.state else None
        node = self._claimant()
        attempts: list[_Attempt] = []

        def decide_now(locked: Locked) -> Commit | None:
            read = locked.snapshot
            attempts[:] = [self._attempt(read.state, read.reply, batch, locked.known, node)]
            return attempts[0].commit

        def done(snapshot: Snapshot | None, verdict: Verdict) -> None:
            match verdict:
                case Verdict.WON if snapshot is None:
                    self._finish(lane, [NotFound("There is no such conversation.") for _ in batch], 0)
                case Verdict.WON:
                    assert snapshot is not None, "the case before took the other"
                    self._feeds.catch_up(feed, snapshot, begun=begun)
                    lane.is_careful = False
                    self._won(lane, attempts[0], is_locked=True)
                case Verdict.REFUSED:
                    self._refused(lane)
                case Verdict.UNKNOWN | Verdict.CONFLICT:
                    self._unknown(lane)

        commands = [entry.identity for entry in batch if entry.identity]
        self._log.decide_locked(lane.key, since, commands, decide_now, done)

    # -- what follows ------------------------------------------------------------------------------------------------

    def _won(self, lane: _Lane, attempt: _Attempt, *, is_locked: bool = False) -> None:
        """Publish first, answer then. Observers read what follows from a commit from its final state."""
        version = attempt.before.version
        if attempt.commit is not None:
            version = attempt.commit.version
            self.stats.commits += 1
            self._tell(attempt.commit)
            if is_locked:  # as every intervene is
                self._tell_takeover(lane, attempt)
        elif any(entry.tries for entry in lane.batch):
            # The commit had happened when its outcome was unknown, and was not published.
            self._hub.publish(Compare(self._node))
        if not is_locked and not all(attempt.is_firm):
            self._look_up(lane, attempt)
            return
        self._finish(lane, attempt.answers, version)

    def _tell(self, commit: Commit) -> None:
        self._feeds.take(commit)
        self._hub.publish(commit)

    def _tell_takeover(self, lane: _Lane, attempt: _Attempt) -> None:
        assert attempt.commit is not None, "only a commit takes over"
        after = attempt.commit.state
        for entry, answer in zip(lane.batch, attempt.answers, strict=True):
            command = entry.command
            if isinstance(command, Intervene) and isinstance(answer, Receipt) and answer.seq > attempt.before.seq:
                self._taken(Taken(attempt.before, after, answer, command.author, entry.clicked))

    def _look_up(self, lane: _Lane, attempt: _Attempt) -> None:
        """The refusals of a batch that committed are fresh; but a command that is in the log gets its first result."""

        async def look_up() -> None:
            assert attempt.commit is not None, "a batch without a commit is decided under the lock"
            asked = [e.identity for e, firm in zip(lane.batch, attempt.is_firm, strict=True) if not firm and e.identity]
            answers: list[Answer]
            try:
                known = await self._log.known(lane.key, asked)
            except Unavailable as problem:
                answers = [a if firm else problem for a, firm in zip(attempt.answers, attempt.is_firm, strict=True)]
            else:
                answers = [
                    answer if firm or e.identity is None or e.identity not in known
                    else _first_answer(e, known[e.identity])
                    for e, answer, firm in zip(lane.batch, attempt.answers, attempt.is_firm, strict=True)
                ]  # fmt: skip
            self._finish(lane, answers, attempt.commit.version)

        self._spawn(look_up())

    def _refused(self, lane: _Lane) -> None:
        """The batch cannot be written. Its commands are tried one by one; one that cannot be written alone fails."""
        if len(lane.batch) > 1:
            lane.singles = len(lane.batch)
            lane.again()
            self._start(lane)
            return
        log_.error("a command cannot be written", command=type(lane.batch[0].command).__name__)
        self._feeds.check(lane.key, lane.feed.version + 1)  # if a newer release wrote the row, followers go there
        self._fail(lane, "This cannot be stored.")

    def _unknown(self, lane: _Lane) -> None:
        """The commit may have happened: asking under the lock, with the commands' ids, settles it."""
        for entry in lane.batch:
            entry.tries += 1
        waited = self._clock.monotonic() - lane.batch[0].clicked
        is_upkeep = all(isinstance(entry.command, _UPKEEP) for entry in lane.batch)  # it repeats them by itself, later
        if lane.batch[0].tries < TRIES and waited < self._timing.commit_retried and not is_upkeep:
            lane.again()
            self._start(lane)
        else:
            self._fail(lane, "The log cannot be reached. Repeat with the same id.")

    def _fail(self, lane: _Lane, sentence: str) -> None:
        """The batch fails, and with it what its authors queued behind it: their words stay in order."""
        authors = {entry.author for entry in lane.batch}
        lane.batch += [entry for entry in lane.queue if entry.author in authors]
        lane.queue = [entry for entry in lane.queue if entry.author not in authors]
        self._finish(lane, [Unavailable(sentence) for _ in lane.batch], 0)

    def _answer_late(self) -> None:
        """Waits add up: for the batch ahead, a connection, a lock, a second try. So what is due is answered from here,
        while the work goes on: its outcome is unknown, and a repeat joins it."""
        late = self._clock.monotonic() - self._timing.answered
        for lane in list(self._lanes.values()):
            if any(entry.asked < late for entry in (*lane.batch, *lane.queue)):
                self._answer_late_in(lane, late)
        self._lateness = self._loop.call_later(self._timing.answered_check, self._answer_late) if self._lanes else None

    def _answer_late_in(self, lane: _Lane, late: float) -> None:
        """What its authors queued behind goes with what has not begun: their words stay in order."""
        authors = {entry.author for entry in lane.queue if entry.asked < late}
        given_up = [entry for entry in lane.queue if entry.author in authors]
        lane.queue = [entry for entry in lane.queue if entry.author not in authors]
        for entry in given_up:
            if entry.identity:
                lane.unanswered.pop(entry.identity, None)
        for entry in (*(entry for entry in lane.batch if entry.asked < late), *given_up):
            replies, entry.replies = entry.replies, []
            for reply, watcher in replies:
                self._feeds.when(lane.feed, 0, partial(reply, Unavailable(_LATE)), watcher)

    def _finish(self, lane: _Lane, answers: Sequence[Answer], version: int) -> None:
        batch, lane.batch = lane.batch, []
        for entry, answer in zip(batch, answers, strict=True):
            if entry.identity:
                lane.unanswered.pop(entry.identity, None)
            self.stats.answered += 1
            for reply, watcher in entry.replies:
                self._feeds.when(lane.feed, version, partial(reply, answer), watcher)
        self._start(lane)

    def _spawn(self, work: Coroutine[Any, Any, T]) -> "asyncio.Task[T]":
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


def _first_answer(entry: _Entry, event: Event) -> Answer:
    """To a command whose id is in the log: what it got the first time, if it was this one."""
    return Receipt.of(event) if has_done(entry.named, event.body) else _reused()


def _reused() -> IdReused:
    return IdReused("Another command of yours has this id. Send this one with an id of its own.")


def _receipt(entry: _Entry, change: Change) -> Receipt:
    """The event that carries the command's id; of a command without an id, the last thing that it did."""
    state = change.state
    id = entry.identity.id if entry.identity else ""
    for fact in change.facts:
        if isinstance(fact, Event) and id and fact.command == id:
            return Receipt.of(fact)
    return Receipt(epoch=state.epoch)

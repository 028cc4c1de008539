"""The one door: every change of a conversation, from sockets, HTTP, bots and timers, is a command given to `submit`.

    submit(command) -> decide(state, command, context) -> append(expected version) -> feed and hub -> answer

One append per conversation and one group per node is under way. Commands that find their conversation busy wait in
its lane, are decided one after another on the evolving state, and share the next append. All of it is one chain of
callbacks that the engine owns: a sender that disconnects loses only the answer.

Only an acceptance may rest on what the feed remembers. When nothing of a batch is accepted, when an append met a
Conflict, and for an intervene at once, the batch is decided on the row read under its lock. Where no other process
writes, an intervene is decided ahead, and stands if under the lock the row still has that version.
"""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVarTuple

import structlog

from intervene.core.access import Visitor
from intervene.core.conversation.commit import Context
from intervene.core.conversation.decide import Command
from intervene.core.conversation.moves import Begin
from intervene.core.conversation.packing import FORMAT
from intervene.core.errors import Busy, NotFound, Unavailable
from intervene.core.ids import Key, NodeId, OrganisationId
from intervene.core.policy import Policy
from intervene.core.timing import PRODUCTION, Timing
from intervene.engine.batch import Batch, decide_ahead, decide_batch, decide_locked_batch, reused
from intervene.engine.groups import Groups
from intervene.engine.lane import Lane, settle
from intervene.engine.listed import Listed, Unlisted
from intervene.engine.opening import LATE, Opened, Openings
from intervene.engine.queue import Answer, Caller, PendingCommand, Reply
from intervene.engine.stats import Stats
from intervene.engine.taken import Taken, takeovers
from intervene.engine.visible import is_visible_now
from intervene.feed.feeds import Feeds
from intervene.feed.subscribers import Watcher
from intervene.guard import guarded, log_failure
from intervene.policies.cache import PolicyCache
from intervene.ports.clock import Clock
from intervene.ports.contacts import Owners
from intervene.ports.hub import Hub
from intervene.ports.leases import Leases
from intervene.ports.log import Commit, Locked, Log, Receipt, Snapshot, Verdict
from intervene.ports.messages import Compare
from intervene.tasks import Tasks

log_ = structlog.get_logger(__name__)
Args = TypeVarTuple("Args")

NONCE_CHARS = 16  # 64 bits
NO_SUCH = "There is no such conversation."
TRIES = 3  # of a batch whose commit has an unknown outcome


class Engine:
    """`claimant` says which node new turns are claimed for: this one, or None while it takes none. `taken` is
    called for every intervene that won here. `make_id` makes ids that cannot be predicted, from any thread."""

    def __init__(
        self,
        *,
        node: NodeId,
        log: Log,
        owners: Owners,
        feeds: Feeds,
        hub: Hub,
        leases: Leases,
        clock: Clock,
        policies: PolicyCache,
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
        self._policies = policies
        self._claimant = claimant
        self._taken = taken
        self.new_id = make_id
        self.listed: Listed = Unlisted()
        self.hurry: Callable[[], None] = lambda: None
        """Called when something urgent was answered: what this node has to send is to leave at once."""
        self.settle: Callable[[], None] = lambda: None
        """Called again and again within a long tick: what was decided under a lock goes before the rest of it."""
        self.format: Callable[[], int] = lambda: FORMAT
        """Of rows, and of messages about them, that are written from now on."""
        self._lanes: dict[Key, Lane] = {}
        self._new: list[Lane] = []
        self._lateness: asyncio.TimerHandle | None = None
        self._tasks = Tasks()
        self._openings = Openings(node, log, owners, feeds, policies, self._publish, make_id, self._tasks, timing)
        self._loop = asyncio.get_running_loop()
        self._groups: Groups[Lane] = Groups(log, self._loop, self.stats, timing.group, self._written)

    # -- coming in ---------------------------------------------------------------------------------------------------

    def submit(self, key: Key, command: Command, reply: Reply, watcher: Watcher | None = None) -> None:
        """Take a command. Returns at once; `reply` is called once, later, after this node has shown everything up to
        the answer (to `watcher` too, if it is joining just now). A command repeated while it waits joins itself, and
        another one with its id is refused."""
        lane = self._lanes.get(key)
        if lane is None:
            lane = self._lanes[key] = Lane(key, self._feeds.pin(key))
            if self._lateness is None:
                self._lateness = self._loop.call_later(self._timing.answered_check, self._answer_late)
        pending = PendingCommand(command, self._clock.monotonic())
        known = lane.unanswered.get(pending.identity) if pending.identity else None
        # Intervenes bypass the limit of the queue: they are bounded by what each session may have under way.
        if known is not None or (lane.is_full and not pending.rule.is_urgent):
            self._repeat_or_refuse(lane, pending, known, Caller(reply, watcher))
            return
        pending.callers.append(Caller(reply, watcher))
        if pending.rule.ends_lease and self._is_seen(lane, command):
            self._leases.take(key, pending.takeover.epoch + 1)
        lane.add(pending)
        if pending.rule.is_urgent:
            self._start(lane)
        elif lane.is_at_rest:
            lane.is_new = True
            if not self._new:
                self._loop.call_soon(self._start_new)
            self._new.append(lane)

    def _repeat_or_refuse(
        self, lane: Lane, pending: PendingCommand, known: PendingCommand | None, caller: Caller
    ) -> None:
        """`known` waits under the same id; None: there is no room."""
        if not self._is_seen(lane, pending.command):
            self._loop.call_soon(caller.reply, NotFound(NO_SUCH))
        elif known is None:
            busy = Busy("This conversation has too much under way. Try again.", retry_after=1.0)
            self._loop.call_soon(caller.reply, busy)
        elif pending.effect.is_repeat(known.command, pending.command):
            known.join(caller, pending.asked)
        else:
            self._loop.call_soon(caller.reply, reused())

    def _is_seen(self, lane: Lane, command: Command) -> bool:
        return is_visible_now(command, lane.key, lane.feed.state, self._policies)

    def call(self, key: Key, command: Command) -> "asyncio.Future[Receipt]":
        """`submit` for callers that can await. Cancelling the future never cancels the commit."""
        future: asyncio.Future[Receipt] = self._loop.create_future()
        self.submit(key, command, partial(settle, future))
        return future

    async def open(self, visitor: Visitor, *, fresh: bool = False) -> Opened:
        """As `Openings.open`."""
        return await self._openings.open(visitor, self._contexts, fresh=fresh)

    async def begin(self, command: Begin, organisation: OrganisationId) -> Opened:
        """As `Openings.begin`."""
        return await self._openings.begin(command, organisation, self._contexts)

    @property
    def is_idle(self) -> bool:
        """No command waits for its answer, and no conversation is being opened."""
        return not (self._lanes or self._tasks)

    def stop(self) -> None:
        """Nothing more is awaited of the log. What it was given may still be committed."""
        self._tasks.cancel()

    # -- deciding ----------------------------------------------------------------------------------------------------

    def _start_new(self) -> None:
        """What came in one tick is decided at its end: what is for one conversation shares a commit and a write."""
        new, self._new = self._new, []
        for lane in new:
            if lane.is_new:  # nothing urgent has started it since
                self._try(lane, self._start, lane)
        self._groups.write()

    def _start(self, lane: Lane) -> None:
        """Decide what waits, unless a batch is under way; a lane with nothing to do ends."""
        lane.is_new = False
        if lane.batch:
            return
        if not lane.waiting:
            del self._lanes[lane.key]
            self._feeds.unpin(lane.feed)
            return
        policy = self._policies.get(lane.key.organisation)
        if policy is None:
            self._wait_for_policy(lane)
            return
        commands = lane.next_batch()
        state, contexts = lane.feed.state, self._contexts(policy)
        if state is None or lane.needs_lock or lane.opens(state):
            self._decide_locked(lane, contexts)
            return
        try:
            batch = decide_batch(state, lane.feed.reply, commands, {}, node=self._node, make_context=contexts)
        except Exception:
            log_.exception("a batch could not be decided", conversation=lane.key.conversation)
            self._refused(lane)
            return
        if batch.commit is None:
            self._decide_locked(lane, contexts)  # a refusal never rests on what was remembered
            return
        self._groups.add(lane, batch)

    def _wait_for_policy(self, lane: Lane) -> None:
        """The first commands for an organisation on this node wait until its settings are read, once for all."""
        if lane.is_waiting:
            return
        lane.is_waiting = True

        def go_on(answer: Policy | Unavailable) -> None:
            lane.is_waiting = False
            if isinstance(answer, Unavailable):
                lane.batch, lane.waiting = lane.waiting, []
                self._finish(lane, [answer for _ in lane.batch], 0)
            else:
                self._start(lane)

        self._policies.load(lane.key.organisation, go_on)

    def _contexts(self, policy: Policy) -> Callable[[], Context]:
        """Makes contexts, from any thread: new turns are claimed for the node that takes them now."""
        node = self._claimant()
        return lambda: Context(
            now=self._clock.now(), nonce=self.new_id()[:NONCE_CHARS], node=node, policy=policy, format=self.format()
        )

    # -- committing --------------------------------------------------------------------------------------------------

    def _written(self, group: Sequence[tuple[Lane, Batch]], verdicts: Sequence[Verdict]) -> None:
        for (lane, batch), verdict in zip(group, verdicts, strict=True):
            self.settle()
            match verdict:
                case Verdict.WON:
                    self._try(lane, self._won, lane, batch)
                case Verdict.CONFLICT:
                    self.stats.conflicts += 1
                    lane.put_back()
                    self._try(lane, self._start, lane)
                case Verdict.REFUSED:
                    self._try(lane, self._refused, lane)
                case Verdict.UNKNOWN:
                    self._try(lane, self._unknown, lane)

    def _decide_locked(self, lane: Lane, contexts: Callable[[], Context]) -> None:
        self.stats.locked += 1
        commands, feed = lane.batch, lane.feed
        begun, since = feed.version, feed.state.seq if feed.state else None
        identity = lane.opens(feed.state)
        batches, ahead = list[Batch](), None
        if self._log.is_ours and feed.state and lane.needs_lock and not (lane.is_careful or identity):
            batches, ahead = decide_ahead(feed.state, feed.reply, commands, node=self._node, make_context=contexts)

        def decide_now(locked: Locked) -> Commit | None:
            batches.clear()
            if (opened := lane.opens(locked.snapshot.state)) and opened != identity:
                return None  # that identity's row is to be locked first, and only now it is known which it is
            batches.append(decide_locked_batch(locked, commands, node=self._node, make_context=contexts))
            return batches[0].commit

        def decided(snapshot: Snapshot | None, verdict: Verdict) -> None:
            match verdict:
                case Verdict.WON if snapshot is None:
                    self._finish(lane, [NotFound(NO_SUCH) for _ in commands], 0)
                case Verdict.WON:
                    assert snapshot is not None, "the case before took the other"
                    feed.catch_up(snapshot, begun=begun)
                    if not batches:
                        self._decide_locked(lane, contexts)
                        return
                    lane.is_careful = False
                    self._won(lane, batches[0], is_locked=True)
                case Verdict.REFUSED:
                    self._refused(lane)
                case Verdict.UNKNOWN | Verdict.CONFLICT:
                    self._unknown(lane)

        def done(snapshot: Snapshot | None, verdict: Verdict) -> None:
            self._try(lane, decided, snapshot, verdict)

        identities = [key for pending in commands for key in pending.keys]
        numbers = [pending.number for pending in commands if pending.number]
        self._log.decide_locked(lane.key, since, identities, decide_now, done, numbers, identity, ahead)

    # -- what follows ------------------------------------------------------------------------------------------------

    def _won(self, lane: Lane, batch: Batch, *, is_locked: bool = False) -> None:
        """Publish first, answer then, and measure last. Observers read what follows from a commit from its final
        state."""
        commands, now = lane.batch, self._clock.monotonic() if is_locked else 0.0
        if batch.commit is not None:
            self.stats.commits += 1
            lane.feed.take(batch.commit)
            self._tell_others(batch.commit)
        elif any(pending.tries for pending in lane.batch):
            # The commit had happened when its outcome was unknown, and was not published.
            self._hub.publish(Compare(self._node))
            self.listed.missed(lane.key.organisation)
        if not is_locked and not all(batch.is_firm):
            self._tasks.spawn(self._look_up(lane, batch))
            return
        self._finish(lane, batch.answers, batch.version)
        if is_locked:  # as every intervene is
            for taken in takeovers(commands, batch, now):
                guarded(self._taken, taken)  # the lane is at its next batch

    def _publish(self, commit: Commit) -> None:
        self._feeds.take(commit)
        self._tell_others(commit)

    def _tell_others(self, commit: Commit) -> None:
        self._hub.publish(commit)
        self.listed.take(commit)

    async def _look_up(self, lane: Lane, batch: Batch) -> None:
        """The refusals of a batch that committed are fresh; but a command that is in the log gets its first result."""
        doubtful = zip(lane.batch, batch.is_firm, strict=True)
        identities = [key for pending, is_firm in doubtful if not is_firm for key in pending.keys]
        try:
            answers = batch.answers_with(lane.batch, await self._log.known(lane.key, identities))
        except Unavailable as problem:
            answers = batch.answers_with(lane.batch, problem)
        self._finish(lane, answers, batch.version)

    def _refused(self, lane: Lane) -> None:
        """The batch cannot be written. Its commands are tried one by one; one that cannot be written alone fails."""
        if len(lane.batch) > 1:
            lane.put_back_singly()
            self._start(lane)
            return
        log_.error("a command cannot be written", command=type(lane.batch[0].command).__name__)
        self._feeds.check(lane.key, lane.feed.version + 1)  # if a newer release wrote the row, followers go there
        self._fail(lane, "This cannot be stored.")

    def _unknown(self, lane: Lane) -> None:
        """The commit may have happened: asking under the lock, with the commands' ids, settles it."""
        for pending in lane.batch:
            pending.tries += 1
        waited = self._clock.monotonic() - lane.batch[0].clicked
        is_housekeeping = all(pending.is_housekeeping for pending in lane.batch)
        if lane.batch[0].tries < TRIES and waited < self._timing.commit_retried and not is_housekeeping:
            lane.put_back()
            self._start(lane)
        else:
            self._fail(lane, "The log cannot be reached. Repeat with the same id.")

    def _try(self, lane: Lane, step: Callable[[*Args], None], *args: *Args) -> None:
        """A fault of ours keeps neither the other lanes from their steps, nor this one from its next batch."""
        try:
            step(*args)
        except Exception:
            log_failure(step)
            guarded(self._fail, lane, "This server failed. Repeat with the same id.")

    def _fail(self, lane: Lane, sentence: str) -> None:
        self._finish(lane, [Unavailable(sentence) for _ in range(lane.fail())], 0)

    def _answer_late(self) -> None:
        """Waits add up: for the batch ahead, a connection, a lock, a second try. So what is due is answered from here,
        while the work goes on: its outcome is unknown, and a repeat joins it."""
        late = self._clock.monotonic() - self._timing.answered
        for lane in list(self._lanes.values()):
            self._answer(lane, lane.give_up(late), Unavailable(LATE), 0)
        self._lateness = self._loop.call_later(self._timing.answered_check, self._answer_late) if self._lanes else None

    def _finish(self, lane: Lane, answers: Sequence[Answer], version: int) -> None:
        is_urgent = False
        for pending, answer in zip(lane.finish(), answers, strict=True):
            self.stats.answered += 1
            is_urgent = is_urgent or pending.rule.is_urgent
            self._answer(lane, pending.callers, answer, version)
        if is_urgent:
            self.hurry()
        self._start(lane)

    def _answer(self, lane: Lane, callers: Sequence[Caller], answer: Answer, version: int) -> None:
        feed = lane.feed
        for caller in callers:
            if version <= feed.version and caller.watcher not in feed.joining:  # `when` would answer at once
                guarded(caller.reply, answer)
            else:
                feed.when(version, partial(caller.reply, answer), caller.watcher)

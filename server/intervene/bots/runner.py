"""Runs the turns that this node has claimed, and ends them when they are no longer current.

The runner's only input is states: a feed goes to a state in which this node runs a turn, and the bot's
coroutine starts; to one in which it does not, and the coroutine's right to write is revoked and it is cancelled. A
coroutine that ignores its cancel is abandoned after a bound, and counted: the fence holds it, nothing waits for it.
"""

import asyncio
import traceback
from collections import Counter
from collections.abc import Callable, Mapping
from functools import partial

import structlog

from intervene.bots.api import BotCallable
from intervene.bots.turn import BotTurn
from intervene.core.actors import Bot
from intervene.core.conversation.commands import Answered, Ask, EndTurn, Finish, GiveBackTurn, Outcome, Wait
from intervene.core.conversation.state import Conversation, Running
from intervene.core.errors import Fenced, Stale, Unavailable
from intervene.core.ids import BotId, Key, NodeId
from intervene.core.limits import (
    ABANDONED_PER_BOT,
    BOT_BURST,
    BOT_PER_SECOND,
    CANCEL_SECONDS,
    CANCELS,
    HISTORY_BYTES,
    HISTORY_EVENTS,
    TURN_SECONDS,
)  # fmt: skip
from intervene.engine.engine import Answer, Engine
from intervene.feed.feeds import Feed, Feeds
from intervene.ports.leases import Leases
from intervene.ports.log import Log, Range, Receipt, Snapshot

log_ = structlog.get_logger(__name__)

Stopped = Callable[[Key, int], None]
"""Told the conversation and the epoch whose turn has stopped."""


class _Active:
    """A turn and its coroutine."""

    __slots__ = ("bot", "cancels", "epoch", "feed", "is_cancelled", "is_ending", "key", "number", "port", "task")

    def __init__(self, state: Conversation, turn: Running, bot: Bot, feed: Feed) -> None:
        self.key = state.key
        self.epoch = state.epoch
        self.number = turn.number
        self.bot = bot
        self.feed = feed
        self.port: BotTurn | None = None
        self.task: asyncio.Task[None] | None = None
        self.is_cancelled = False
        self.is_ending = False
        """The end of the turn was given to the engine."""
        self.cancels = 0


class Runner:
    """`stopped` is called when a cancelled turn has come to its end."""

    def __init__(
        self,
        *,
        node: NodeId,
        engine: Engine,
        feeds: Feeds,
        log: Log,
        leases: Leases,
        bots: Mapping[BotId, BotCallable],
        stopped: Stopped,
        max_turns: int,
        burst: float = BOT_BURST,
        per_second: float = BOT_PER_SECOND,
    ) -> None:
        self.is_draining = False
        self.abandoned: Counter[BotId] = Counter()
        self._node = node
        self._engine = engine
        self._feeds = feeds
        self._log = log
        self._leases = leases
        self._bots = bots
        self._stopped = stopped
        self._max_turns = max_turns
        self._burst, self._per_second = burst, per_second
        self._active: dict[Key, _Active] = {}
        self._stopping: set[_Active] = set()
        self._zombies: set[asyncio.Task[None]] = set()

    def claimant(self) -> NodeId | None:
        """The node that new turns are claimed for: this one, unless it drains or has enough."""
        return None if self.is_draining or len(self._active) >= self._max_turns else self._node

    def is_running(self, key: Key, number: int) -> bool:
        active = self._active.get(key)
        return active is not None and active.number == number

    @property
    def turns(self) -> int:
        return len(self._active)

    @property
    def zombies(self) -> int:
        """Turns that were cancelled and go on."""
        return len(self._stopping) + len(self._zombies)

    async def finished(self) -> None:
        """Returns when no turn runs here any more."""
        while tasks := [active.task for active in self._active.values() if active.task]:
            await asyncio.wait(tasks)
            await asyncio.sleep(0.01)  # for the end of the turn to be committed

    async def give_back(self) -> None:
        """Release the claims of what still runs here, for another node to take up."""
        claims = [(active.key, active.number) for active in self._active.values()]
        calls = [self._engine.call(key, GiveBackTurn(turn=number)) for key, number in claims]
        await asyncio.gather(*calls, return_exceptions=True)

    def changed(self, before: Conversation | None, after: Conversation) -> None:
        turn = after.turn
        mine = turn if isinstance(turn, Running) and turn.node == self._node else None
        active = self._active.get(after.key)
        if active is not None and (mine is None or mine.number != active.number):
            self._end(active)
        # A claim is run once, when it first appears. One that came to nothing is given back: run again under its
        # number, the turn would repeat command ids, and get the answers to what it said before.
        if mine is not None and isinstance(after.holder, Bot) and not _has_claim(before, mine.number):
            self._start(after, mine, after.holder)

    def lost(self, key: Key) -> None:
        """Nothing that a turn of it does can be written here."""
        if active := self._active.get(key):
            self._end(active)

    # -- one turn ----------------------------------------------------------------------------------------------------

    def _start(self, state: Conversation, turn: Running, bot: Bot) -> None:
        active = _Active(state, turn, bot, self._feeds.pin(state.key))
        self._active[state.key] = active
        active.task = asyncio.get_running_loop().create_task(self._run(active))
        active.task.add_done_callback(lambda _: self._finished(active))

    async def _run(self, active: _Active) -> None:
        snapshot = await self._look(active)
        if snapshot is None:
            return
        state = snapshot.state
        answered = state.asked
        callable = self._bots.get(active.bot.id)
        outcome: Outcome
        if callable is None:
            outcome = Ask("no_such_bot")
        elif self.abandoned[active.bot.id] >= ABANDONED_PER_BOT:
            outcome = Ask("bot_disabled")
        else:
            active.port = BotTurn(self._engine, self._feeds, snapshot, burst=self._burst, per_second=self._per_second)
            overdue = asyncio.get_running_loop().call_later(TURN_SECONDS, self._overdue, active)
            try:
                outcome = await self._call(active, callable, active.port)
            finally:
                overdue.cancel()
        command = EndTurn(
            author=active.bot,
            epoch=active.epoch,
            turn=active.number,
            answered=answered,
            outcome=outcome,
            cursor=active.port.kept if active.port else None,
        )
        active.is_ending = True
        self._engine.submit(active.key, command, partial(self._ended, active))

    def _overdue(self, active: _Active) -> None:
        """The turn takes too long. Once the log says that a person has it, it ends like any other that is over."""
        command = EndTurn(
            author=active.bot, epoch=active.epoch, turn=active.number, answered=0, outcome=Ask("turn_too_long")
        )
        self._engine.submit(active.key, command, lambda answer: None)

    async def _look(self, active: _Active) -> Snapshot | None:
        """The conversation, if the turn is still to be run; a lease of a higher epoch only ever causes this read."""
        if await self._leases.peek(active.key) > active.epoch:
            log_.info("a takeover is under way", conversation=active.key.conversation)
        history = Range(is_staff=True, limit=HISTORY_EVENTS, most_bytes=HISTORY_BYTES)
        try:
            snapshot = await self._log.read(active.key, history)
        except Unavailable:
            return None  # upkeep finds a claim that no coroutine runs
        if snapshot is None or active.is_cancelled:
            return None
        turn = snapshot.state.turn
        is_mine = isinstance(turn, Running) and turn.number == active.number
        return snapshot if is_mine and snapshot.state.epoch == active.epoch else None

    async def _call(self, active: _Active, callable: BotCallable, port: BotTurn) -> Outcome:
        """The bot's own words on how the turn ends; whatever else comes out of it hands to a person."""
        port.set_typing(True)
        try:
            outcome = await callable(port)
        except Fenced:
            return Ask("fenced")  # the fence refuses this too, unless the bot raised it by itself
        except Unavailable:
            raise  # no fault of the bot's: its claim comes to nothing, and is taken up again when the log is back
        except asyncio.CancelledError:
            if active.is_cancelled:
                raise
            outcome = Ask("bot_failed")  # it cancelled itself
        except GeneratorExit:
            raise
        except BaseException as problem:  # SystemExit too, which would end the loop, and every conversation with it
            where = traceback.extract_tb(problem.__traceback__)[-1]
            # Only where and what kind: the message of a bot's exception may quote the customer.
            log_.error(
                "a bot failed",
                bot=active.bot.id,
                conversation=active.key.conversation,
                problem=type(problem).__name__,
                where=f"{where.filename}:{where.lineno}",
            )
            return Ask("bot_failed")
        if not isinstance(outcome, Answered | Wait | Ask | Finish):
            log_.error("a bot did not say how its turn ends", bot=active.bot.id, got=type(outcome).__name__)
            return Ask("bot_failed")
        return outcome

    def _ended(self, active: _Active, answer: Answer) -> None:
        if not isinstance(answer, Receipt | Stale):
            log_.warning("a turn's end could not be written", conversation=active.key.conversation, problem=answer.code)
            self._drop(active)

    # -- the end -----------------------------------------------------------------------------------------------------

    def _end(self, active: _Active) -> None:
        """The turn is no longer current. One that has returned by itself is not cancelled."""
        del self._active[active.key]
        if active.port:
            active.port.revoke()
        task = active.task
        if task is None or task.done():
            asyncio.get_running_loop().call_soon(self._stopped, active.key, active.epoch)
            self._release(active)
            return
        active.is_cancelled = True
        self._stopping.add(active)
        self._cancel(active)

    def _cancel(self, active: _Active) -> None:
        task = active.task
        assert task is not None, "only a started turn is cancelled"
        if task.done():
            return
        if active.cancels == CANCELS:
            self._abandon(active, task)
            return
        active.cancels += 1
        task.cancel()
        asyncio.get_running_loop().call_later(CANCEL_SECONDS, self._cancel, active)

    def _abandon(self, active: _Active, task: "asyncio.Task[None]") -> None:
        self._stopping.discard(active)
        self._zombies.add(task)
        self.abandoned[active.bot.id] += 1
        log_.error(
            "a turn ignores its cancel and was abandoned; the fence holds it",
            bot=active.bot.id,
            conversation=active.key.conversation,
            of_this_bot=self.abandoned[active.bot.id],
        )
        self._release(active)

    def _finished(self, active: _Active) -> None:
        task = active.task
        assert task is not None, "this is its callback"
        problem = None if task.cancelled() else task.exception()
        if isinstance(problem, Unavailable):
            log_.warning("a turn lost the log, and is left to upkeep", conversation=active.key.conversation)
        elif problem is not None:
            log_.error("a turn broke", conversation=active.key.conversation, problem=type(problem).__name__)
        if task in self._zombies:
            self._zombies.discard(task)
            return
        if active in self._stopping:
            self._stopping.discard(active)
            self._stopped(active.key, active.epoch)
            self._release(active)
        elif not active.is_ending:
            self._drop(active)

    def _drop(self, active: _Active) -> None:
        """Nothing of this claim runs any more, though the log says so: upkeep will find it and give it back."""
        if self._active.get(active.key) is active:
            del self._active[active.key]
            self._release(active)

    def _release(self, active: _Active) -> None:
        self._feeds.unpin(active.feed)


def _has_claim(state: Conversation | None, number: int) -> bool:
    return state is not None and isinstance(state.turn, Running) and state.turn.number == number

"""One turn as a task: it reads the conversation, calls the bot, and gives the engine the turn's end. It can be ended at
any time: its right to write is revoked and its coroutine cancelled. A coroutine that ignores its cancels is abandoned
after a bound; nothing waits for it.
"""

import asyncio
import traceback
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple, Protocol

import structlog

from intervene.bots.api import BotCallable
from intervene.bots.slots import Slots
from intervene.bots.turn import BotTurn
from intervene.core.actors import Bot
from intervene.core.conversation.state import Conversation, Running
from intervene.core.conversation.turns import Answered, Ask, EndTurn, Finish, Outcome, Wait
from intervene.core.errors import Fenced, Stale, Unavailable
from intervene.core.limits import CANCEL_SECONDS, CANCELS, HISTORY_BYTES, HISTORY_EVENTS, TURN_SECONDS
from intervene.engine.engine import Engine
from intervene.engine.queue import Answer
from intervene.feed.feeds import Feeds
from intervene.ports.leases import Leases
from intervene.ports.log import Log, Range, Receipt, Snapshot

log_ = structlog.get_logger(__name__)


class Failure(NamedTuple):
    """What an exception of a bot leads to: a person gets the conversation for `reason`, or, without one, the exception
    ends the coroutine. `level`: of the line in the server's log, "" for none."""

    reason: str
    level: str


FAILURES: Mapping[type[BaseException], Failure] = MappingProxyType(
    {
        Fenced: Failure("fenced", ""),  # the fence refuses this end too, unless the bot raised it by itself
        Unavailable: Failure("", ""),  # no fault of the bot: housekeeping finds the claim when the log is back
        GeneratorExit: Failure("", ""),
        BaseException: Failure("bot_failed", "error"),  # SystemExit too, which would end the loop for all conversations
    }
)
"""By exception type, the first that fits. A cancel of the runner's own always ends the coroutine."""


class Surroundings(NamedTuple):
    """What the turns of a node have in common. `burst`, `per_second`: of the messages of one turn."""

    engine: Engine
    feeds: Feeds
    log: Log
    leases: Leases
    slots: Slots
    burst: float
    per_second: float


class Owner(Protocol):
    """What follows from the end of a task; each is called at most once for one."""

    def came_to_nothing(self, task: "BotTask") -> None:
        """Nothing of its claim runs any more, though the log says so."""

    def stopped(self, task: "BotTask") -> None:
        """It was ended, and its coroutine has come to its end."""

    def abandoned(self, task: "BotTask") -> None:
        """It was ended, and its coroutine ignores every cancel."""

    def returned_late(self, task: "BotTask") -> None:
        """The coroutine of one that was abandoned has come to its end after all."""


class BotTask:
    """The turn `claim` of `state`. `play`: the bot, or why a person has to get the conversation instead."""

    def __init__(
        self, node: Surroundings, state: Conversation, claim: Running, bot: Bot, play: BotCallable | Ask, owner: Owner
    ) -> None:
        self.key = state.key
        self.epoch = state.epoch
        self.number = claim.number
        self.bot = bot
        self._node = node
        self._play = play
        self._owner = owner
        self._feed = node.feeds.pin(state.key)
        self._turn: BotTurn | None = None
        self._is_over = False
        self._has_finished = False
        self._is_abandoned = False
        self._is_ending = False
        """The end of the turn was given to the engine."""
        self._cancels = 0
        self._loop = asyncio.get_running_loop()
        self.task = self._loop.create_task(self._run())
        self.task.add_done_callback(self._finished)

    def end(self) -> None:
        """The turn is no longer current. One that has returned by itself is not cancelled."""
        self._is_over = True
        if self._turn:
            self._turn.revoke()
        if self._has_finished:
            self._loop.call_soon(self._owner.stopped, self)
        else:
            self._cancel()  # of one that has just come to its end nothing: `_finished` is called next

    def release(self) -> None:
        """Nothing is to be known of the conversation any more for this turn's sake."""
        self._node.feeds.unpin(self._feed)

    # -- the turn ------------------------------------------------------------------------------------------------------

    async def _run(self) -> None:
        snapshot = await self._look()
        if snapshot is None:
            return
        outcome = self._play if isinstance(self._play, Ask) else await self._call(self._play, snapshot)
        self._is_ending = True
        self._submit_end(snapshot.state.asked, outcome)

    async def _look(self) -> Snapshot | None:
        """The conversation, if the turn is still to be run; a lease of a higher epoch only ever causes this read."""
        if await self._node.leases.peek(self.key) > self.epoch:
            log_.info("a takeover is under way", conversation=self.key.conversation)
        history = Range(is_staff=True, limit=HISTORY_EVENTS, most_bytes=HISTORY_BYTES)
        try:
            snapshot = await self._node.log.read(self.key, history)
        except Unavailable:
            return None  # housekeeping finds a claim that no coroutine runs
        if snapshot is None or self._is_over:
            return None
        turn = snapshot.state.turn
        is_mine = isinstance(turn, Running) and turn.number == self.number
        return snapshot if is_mine and snapshot.state.epoch == self.epoch else None

    async def _call(self, play: BotCallable, snapshot: Snapshot) -> Outcome:
        """The bot's own outcome; whatever else comes out of it hands to a person."""
        node = self._node
        turn = self._turn = BotTurn(
            node.engine, node.feeds, snapshot, node.slots, burst=node.burst, per_second=node.per_second
        )
        overdue = self._loop.call_later(TURN_SECONDS, self._overdue)
        turn.set_typing(True)
        try:
            outcome = await play(turn)
        except BaseException as problem:
            return self._failed(problem)
        finally:
            overdue.cancel()
        if not isinstance(outcome, Answered | Wait | Ask | Finish):
            log_.error("a bot did not return how its turn ends", bot=self.bot.id, got=type(outcome).__name__)
            return Ask("bot_failed")
        return outcome

    def _failed(self, problem: BaseException) -> Outcome:
        failure = next(failure for kind, failure in FAILURES.items() if isinstance(problem, kind))
        if not failure.reason or (self._is_over and isinstance(problem, asyncio.CancelledError)):
            raise problem
        if failure.level:
            # Only where and what kind: the message of a bot's exception may quote the customer.
            where = traceback.extract_tb(problem.__traceback__)[-1]
            getattr(log_, failure.level)(
                "a bot failed",
                bot=self.bot.id,
                conversation=self.key.conversation,
                problem=type(problem).__name__,
                where=f"{where.filename}:{where.lineno}",
            )
        return Ask(failure.reason)

    def _overdue(self) -> None:
        """The turn takes too long. Once the log says that a person has it, it ends like any other that is over."""
        command = EndTurn(author=self.bot, epoch=self.epoch, turn=self.number, answered=0, outcome=Ask("turn_too_long"))
        self._node.engine.submit(self.key, command, lambda answer: None)

    def _submit_end(self, answered: int, outcome: Outcome) -> None:
        command = EndTurn(
            author=self.bot,
            epoch=self.epoch,
            turn=self.number,
            answered=answered,
            outcome=outcome,
            cursor=self._turn.kept if self._turn else None,
        )
        self._node.engine.submit(self.key, command, self._ended)

    def _ended(self, answer: Answer) -> None:
        if not isinstance(answer, Receipt | Stale):
            log_.warning("a turn's end could not be written", conversation=self.key.conversation, problem=answer.code)
            if not self._is_over:
                self._owner.came_to_nothing(self)

    # -- its end -------------------------------------------------------------------------------------------------------

    def _cancel(self) -> None:
        if self.task.done():
            return
        if self._cancels == CANCELS:
            self._abandon()
            return
        self._cancels += 1
        self.task.cancel()
        self._loop.call_later(CANCEL_SECONDS, self._cancel)

    def _abandon(self) -> None:
        self._is_abandoned = True
        log_.error(
            "a turn ignores its cancel and was abandoned; the fence holds it",
            bot=self.bot.id,
            conversation=self.key.conversation,
        )
        self._owner.abandoned(self)

    def _finished(self, task: "asyncio.Task[None]") -> None:
        self._has_finished = True
        problem = None if task.cancelled() else task.exception()
        if isinstance(problem, Unavailable):
            log_.warning("a turn lost the log, and is left to housekeeping", conversation=self.key.conversation)
        elif problem is not None:
            log_.error("a turn broke", conversation=self.key.conversation, problem=type(problem).__name__)
        if self._is_abandoned:
            self._owner.returned_late(self)
        elif self._is_over:
            self._owner.stopped(self)
        elif not self._is_ending:
            self._owner.came_to_nothing(self)

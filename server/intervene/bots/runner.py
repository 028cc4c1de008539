"""Runs the turns that this node has claimed, and ends them when they are no longer current.

The runner's only input is states: a feed goes to a state in which this node runs a turn, and a task of it starts; to
one in which it does not, and the task is ended. A task that ignores its cancel is abandoned after a bound, and counted:
the fence holds it, nothing waits for it.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping

from intervene.bots.api import BotCallable
from intervene.bots.slots import Slots
from intervene.bots.task import BotTask, Surroundings
from intervene.core.actors import Bot
from intervene.core.conversation.state import Conversation, Running
from intervene.core.conversation.turns import Ask, GiveBackTurn
from intervene.core.ids import BotId, Key, NodeId
from intervene.core.limits import ABANDONED_PER_BOT, BOT_BURST, BOT_PER_SECOND
from intervene.engine.engine import Engine
from intervene.feed.feeds import Feeds
from intervene.ports.leases import Leases
from intervene.ports.log import Log

Stopped = Callable[[Key, int], None]
"""Called with the conversation and the epoch whose turn has stopped."""


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
        self.abandoned_turns: Counter[BotId] = Counter()
        self._node = node
        self._engine = engine
        self._surroundings = Surroundings(engine, feeds, log, leases, Slots(), burst, per_second)
        self._bots = bots
        self._stopped = stopped
        self._max_turns = max_turns
        self._active: dict[Key, BotTask] = {}
        self._stopping: set[BotTask] = set()
        self._zombies: set[BotTask] = set()

    def claimant(self) -> NodeId | None:
        """The node that new turns are claimed for: this one, unless it drains or has enough."""
        return None if self.is_draining or len(self._active) >= self._max_turns else self._node

    def is_running(self, key: Key, number: int) -> bool:
        task = self._active.get(key)
        return task is not None and task.number == number

    @property
    def turns(self) -> int:
        return len(self._active)

    @property
    def zombies(self) -> int:
        """Turns that were cancelled and go on."""
        return len(self._stopping) + len(self._zombies)

    async def finished(self) -> None:
        """Returns when no turn runs here any more."""
        while tasks := [task.task for task in self._active.values()]:
            await asyncio.wait(tasks)
            await asyncio.sleep(0.01)  # for the end of the turn to be committed

    async def give_back(self) -> None:
        """Release the claims of what still runs here, for another node to take up."""
        claims = [(task.key, task.number) for task in self._active.values()]
        calls = [self._engine.call(key, GiveBackTurn(turn=number)) for key, number in claims]
        await asyncio.gather(*calls, return_exceptions=True)

    # -- the feed's observer -------------------------------------------------------------------------------------------

    def changed(self, before: Conversation | None, after: Conversation) -> None:
        turn = after.turn
        mine = turn if isinstance(turn, Running) and turn.node == self._node else None
        task = self._active.get(after.key)
        if task is not None and (mine is None or mine.number != task.number):
            self._end(task)
        # A claim is run once, when it first appears. One that came to nothing is given back: run again under its
        # number, the turn would repeat command ids, and get the answers to what it sent before.
        if mine is not None and isinstance(after.holder, Bot) and not _has_claim(before, mine.number):
            self._start(after, mine, after.holder)

    def lost(self, key: Key) -> None:
        """Nothing that a turn of it does can be written here."""
        if task := self._active.get(key):
            self._end(task)

    def _start(self, state: Conversation, claim: Running, bot: Bot) -> None:
        self._active[state.key] = BotTask(self._surroundings, state, claim, bot, self._play_of(bot.id), self)

    def _play_of(self, bot: BotId) -> BotCallable | Ask:
        if self.abandoned_turns[bot] >= ABANDONED_PER_BOT:
            return Ask("bot_disabled")
        return self._bots.get(bot) or Ask("no_such_bot")

    def _end(self, task: BotTask) -> None:
        del self._active[task.key]
        self._stopping.add(task)
        task.end()

    # -- the tasks' owner ----------------------------------------------------------------------------------------------

    def came_to_nothing(self, task: BotTask) -> None:
        """Housekeeping finds the claim, and gives it back."""
        if self._active.get(task.key) is task:
            del self._active[task.key]
            task.release()

    def stopped(self, task: BotTask) -> None:
        self._stopping.discard(task)
        self._stopped(task.key, task.epoch)
        task.release()

    def abandoned(self, task: BotTask) -> None:
        self._stopping.discard(task)
        self._zombies.add(task)
        self.abandoned_turns[task.bot.id] += 1
        task.release()

    def returned_late(self, task: BotTask) -> None:
        self._zombies.discard(task)


def _has_claim(state: Conversation | None, number: int) -> bool:
    return state is not None and isinstance(state.turn, Running) and state.turn.number == number

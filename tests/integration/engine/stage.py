"""A bot for tests of the runner, and how a customer meets it."""

import asyncio

from intervene.bots.api import Turn
from intervene.core.conversation.turns import Answered, Outcome
from tests.integration.engine.actors import Customer
from tests.integration.engine.cluster import Cluster, Node


class Stage:
    """A bot whose turns can be held, and what was seen of them. Each turn says one line of `lines`, if there is one."""

    def __init__(self, *lines: str) -> None:
        self.lines = list(lines)
        self.turns: list[Turn] = []
        self.cancelled = 0
        self.may_speak = asyncio.Event()
        self.may_end = asyncio.Event()
        self.may_end.set()

    async def play(self, turn: Turn) -> Outcome:
        self.turns.append(turn)
        try:
            await self.may_speak.wait()
            if self.lines:
                await turn.say(self.lines.pop(0))
            await self.may_end.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        return Answered()

    @property
    def inputs(self) -> list[list[str]]:
        """What each turn was to answer."""
        return [[entry.text for entry in turn.inputs] for turn in self.turns]


async def comes_in(cluster: Cluster, node: Node) -> Customer:
    """A customer opens a conversation and watches."""
    clara = (await cluster.opens(node)).customer(node)
    await clara.watches()
    return clara


async def ends(clara: Customer) -> None:
    """The turn that runs has come to its end."""
    await clara.room.comes_to(lambda state: not state.runner)
    await clara.room.cluster.settles()

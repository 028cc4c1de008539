"""Some customers of the demo organisation go on to write while somebody is at the desk: so there is always a bot at
work to watch, and to take over from.

They write in turn, each after the last answer, to the scripted bot or to the agent who took over. What they write is
bounded for each start of the server.
"""

from collections.abc import Callable, Collection
from contextlib import suppress
from itertools import cycle

import anyio

from intervene.core.actors import Bot
from intervene.core.conversation.speech import ContactSay
from intervene.core.conversation.state import Conversation, Idle
from intervene.core.errors import InterveneError
from intervene.core.ids import AgentId, CommandId, Key, MessageId, OrganisationId
from intervene.core.text import message_text
from intervene.engine.engine import Engine
from intervene.node.samples.story import TO_A_BOT, TO_AN_AGENT, WITH_A_BOT, Story
from intervene.ports.log import Log, Range

PAUSE_SECONDS = 8.0  # between two of them
LINES = 300  # in all


class Customers:
    """`present`: who is at the desk. `pause` in seconds."""

    def __init__(
        self,
        organisation: OrganisationId,
        log: Log,
        engine: Engine,
        present: Callable[[], Collection[AgentId]],
        pause: float,
    ) -> None:
        self._organisation = organisation
        self._log = log
        self._engine = engine
        self._present = present
        self._pause = pause
        self._to_bot, self._to_agent = cycle(TO_A_BOT), cycle(TO_AN_AGENT)

    async def keep(self) -> None:
        left = LINES
        for story in cycle(WITH_A_BOT):
            await anyio.sleep(self._pause)
            if left and self._present():
                with suppress(InterveneError):  # another one goes on in a moment
                    left -= await self._go_on(story)

    async def _go_on(self, story: Story) -> int:
        """How many lines were written."""
        customer = story.visitor(self._organisation)
        key = Key(self._organisation, (await self._engine.open(customer)).conversation)
        snapshot = await self._log.read(key, Range(True, 1))
        if snapshot is None or not _is_answered(snapshot.state):
            return 0
        lines = self._to_bot if isinstance(snapshot.state.holder, Bot) else self._to_agent
        id = self._engine.new_id()
        say = ContactSay(id=CommandId(id), by=customer, message=MessageId(id), text=message_text(next(lines)))
        await self._engine.call(key, say)
        return 1


def _is_answered(state: Conversation) -> bool:
    """By a bot that waits, or by an agent who holds control."""
    if not state.is_open or state.last.by not in ("bot", "agent"):
        return False
    return state.run is None or isinstance(state.run.turn, Idle)

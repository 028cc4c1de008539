"""What the tests of a broken hub have in common: what nodes show of it, and how people talk across it."""

import anyio

from tests.cluster.bench import Node
from tests.cluster.scenes import Scene, says
from tests.kit.limits import ACKED, CAUGHT_UP, WAIT
from tests.kit.oracles.screen import Frame
from tests.kit.people import Agent
from tests.kit.person import Person
from tests.kit.server import until

HOME = b"iv:*nodes*"
"""The channel on which nodes hear each other."""

POLLING = "heartbeats are missing on the hub: versions are read every 2 s"
HEARD = "heartbeats of all nodes arrive on the hub"
"""Lines of a node's log."""


# -- people ------------------------------------------------------------------------------------------------------------


async def takes_over(agent: Agent, conversation: str) -> Frame:
    """[P4] Whatever has become of Redis."""
    with anyio.fail_after(ACKED):
        return await agent.intervenes(conversation)


async def they_talk(scene: Scene, words: str, within: float) -> None:
    """Across nodes; the agent has control."""
    await scene.maria.says(f"{words} Maria.")
    await scene.ana.sees(scene.c, says(f"{words} Maria."), within=within)
    await scene.ana.says(scene.c, f"{words} Ana.")
    await scene.maria.sees(scene.c, says(f"{words} Ana."), within=within)


async def is_streamed_to(person: Person, conversation: str, pieces: int) -> None:
    """So many more of what the bot is writing."""
    screen = person.screens[conversation]
    message = await person.sees_the_bot_write(conversation, within=CAUGHT_UP)
    goal = screen.pieces + pieces
    await person.finds(lambda: screen.stream == message and screen.pieces >= goal, within=CAUGHT_UP)


# -- nodes -----------------------------------------------------------------------------------------------------------


async def has(node: Node, **least: float) -> bool:
    """These metrics, or more."""
    return all([await node.metric(f"intervene_{name}") >= value for name, value in least.items()])


async def shows(node: Node, within: float = WAIT, **metrics: float) -> None:
    """Waits for these."""

    async def are() -> bool:
        return all([await node.metric(f"intervene_{name}") == value for name, value in metrics.items()])

    await until(are, within=within)


async def is_ready(node: Node) -> None:
    reply = await node.ask("GET", "/readyz")
    assert reply.status == 200, reply.body

"""What the tests of faults have in common: how a scene begins, what somebody may see, what a node is asked.

async with streaming(bench) as scene:
    await scene.a.kill()
    await scene.ana.intervenes(scene.c)
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import anyio

from tests.cluster.bench import Bench, Node
from tests.kit.limits import UNHINDERED
from tests.kit.oracles.screen import Frame, Shown
from tests.kit.people import Agent, Customer
from tests.kit.person import Person
from tests.kit.scripts import LONG
from tests.kit.server import until

CUT_SHORT = ("the database failed", "an append failed", "a decision failed", "the database did not answer in time")
"""What a node may complain of that was frozen, blocked or cut off while it asked something of the database."""


class Scene(NamedTuple):
    """The bot runs on node a, where the customer came in; an agent watches on node b."""

    a: Node
    b: Node
    maria: Customer
    ana: Agent
    c: str
    written: str
    """The message that the bot is writing."""


@asynccontextmanager
async def streaming(bench: Bench, script: str = LONG, **settings: Any) -> AsyncIterator[Scene]:
    """In the middle of a reply that is long enough for any test. The nodes know each other."""
    a, b = await bench.starts("a", "b", script=script, **settings)
    await knows_of(a, alive=2)
    await knows_of(b, alive=2)
    async with Customer(a).knows(b) as maria, Agent(b) as ana:
        c = (await maria.opens()).conversation
        await ana.watches(c)
        await maria.says("Why is my bill so high?")
        yield Scene(a, b, maria, ana, c, await ana.sees_the_bot_write(c))


# -- what is seen ------------------------------------------------------------------------------------------------------


def says(text: str) -> Callable[[Shown], bool]:
    return lambda event: event.text == text


def is_at(number: int) -> Callable[[Shown], bool]:
    return lambda event: event.n == number


def is_taken(event: Shown) -> bool:
    return event.holder == "agent"


def is_the_end_of(message: str) -> Callable[[Shown], bool]:
    return lambda event: event.kind == "message" and event.message == message


async def takes_over_at_once(agent: Agent, conversation: str) -> Frame:
    """[P4] Whatever has become of the bot's node, or of a colleague's."""
    with anyio.fail_after(UNHINDERED):
        return await agent.intervenes(conversation)


async def goes_on_elsewhere(person: Person) -> None:
    """Whose node has died: they notice, and come back to another one."""
    await person.is_gone()
    await person.comes_back()


# -- what a node is asked ----------------------------------------------------------------------------------------------


async def turns(node: Node) -> int:
    return int(await node.metric("intervene_turns"))


async def runs_a_turn(node: Node) -> None:
    async def does() -> bool:
        return await turns(node) > 0

    await until(does)


async def runs_no_turn(node: Node, within: float) -> None:
    async def does() -> bool:
        return await turns(node) == 0

    await until(does, within=within)


async def knows_of(node: Node, alive: int) -> None:
    """So many nodes are alive, it believes, itself included."""

    async def does() -> bool:
        return await node.metric("intervene_nodes_alive") == alive

    await until(does)


async def show_the_same(nodes: list[Node], conversation: str) -> None:
    """[P5] To somebody who comes anew."""
    shown = []
    for node in nodes:
        async with Agent(node, "Newcomer") as newcomer:
            shown.append(await newcomer.reads_the_log(conversation))
    assert all(log == shown[0] for log in shown), "two nodes show different logs"


# -- what is in the database -------------------------------------------------------------------------------------------


async def is_committed(bench: Bench, conversation: str, kind: str, count: int) -> None:
    """Waits for so many events of a kind, whoever may know of them."""
    sql = """
        SELECT count(*) FROM event JOIN conversation ON conversation.handle = event.conversation
        WHERE conversation.id = $1 AND event.kind = $2
    """

    async def are() -> bool:
        ((found,),) = await bench.sql(sql, conversation, kind)
        return bool(found >= count)

    await until(are)


async def runner(bench: Bench, conversation: str) -> str:
    """The node that runs a turn of it, `owed`, or nothing."""
    ((found,),) = await bench.sql("SELECT runner FROM conversation WHERE id = $1", conversation)
    return str(found)

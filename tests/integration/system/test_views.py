"""Lists of conversations of a whole server, as agents' programs see them."""

from contextlib import AsyncExitStack

from intervene.client import AgentClient, Listed, OpenedView, View, agent_tokens
from tests.integration.system.conftest import MakeServer
from tests.kit.limits import eventually
from tests.kit.people import Agent, Customer
from tests.kit.server import ServerProcess


def client(server: ServerProcess, name: str, role: str = "agent") -> AgentClient:
    return AgentClient(server.socket_url, agent_tokens(server.url, name, role))


def ids(view: OpenedView) -> list[str]:
    return [row.id for row in view.rows]


async def test_lists_follow_what_happens(servers: MakeServer) -> None:
    """[R163] [R164] [R165] [R166] Each conversation is in the lists that it belongs to, and in no other."""
    server = servers()
    await server.start()
    async with AsyncExitStack() as stack:
        ana = await stack.enter_async_context(Agent(server, "Ana"))
        program = await stack.enter_async_context(client(server, "Ana"))
        views = {listed: await program.open_view(View(list=listed)) for listed in Listed}
        assert "views" in program.features
        maria = await stack.enter_async_context(Customer(server, "Maria"))
        await maria.opens()
        c = maria.c

        def is_in(*listed: Listed) -> bool:
            return {each for each, view in views.items() if c in ids(view)} == {*listed}

        await eventually(lambda: is_in(Listed.ALL, Listed.BOT))
        await maria.says("hello")
        row = views[Listed.ALL].rows[0]
        await ana.watches(c)
        await ana.does("intervene", c)
        await eventually(lambda: is_in(Listed.ALL, Listed.MINE, Listed.AGENT))
        await maria.says("are you there?")
        mine = views[Listed.MINE]
        await eventually(lambda: bool(mine.rows[0].last and mine.rows[0].last.text == "are you there?"))
        row = mine.rows[0]
        assert (row.contact.name, row.unanswered_since > 0, row.epoch) == ("Maria", True, 2)
        await eventually(lambda: mine.counts is not None and (mine.counts.mine, mine.counts.unread) == (1, 1))
        await ana.sends({"type": "set_read", "conversation": c, "n": ana.screens[c].last})
        await eventually(lambda: mine.read.get(row.id) == ana.screens[c].last)
        await eventually(lambda: mine.counts is not None and (mine.counts.mine, mine.counts.unread) == (1, 0))
        await ana.does("release", c)
        await eventually(lambda: is_in(Listed.ALL, Listed.WAITING))
        await ana.does("intervene", c)
        await ana.does("close", c)
        await eventually(lambda: is_in(Listed.CLOSED))
        await maria.says("one more thing")
        await eventually(lambda: not is_in(Listed.CLOSED))

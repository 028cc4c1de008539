"""Lists of conversations of a whole server, as agents' programs see them."""

import asyncio
from contextlib import AsyncExitStack

import msgspec
import pytest

from intervene.client import AgentClient, Listed, OpenedView, Refused, View, agent_tokens
from intervene.core.codes import ErrorCode
from intervene.core.limits import VIEW_PAGE, VIEWS_OF_SESSION
from tests.integration.system.conftest import MakeServer
from tests.kit.limits import eventually
from tests.kit.people import Agent, Customer
from tests.kit.server import ServerProcess


def client(server: ServerProcess, name: str, role: str = "agent") -> AgentClient:
    return AgentClient(server.socket_url, agent_tokens(server.url, name, role))


def ids(view: OpenedView) -> list[str]:
    return [row.id for row in view.rows]


async def test_lists_follow_what_happens(servers: MakeServer) -> None:
    """[R163] [R164] [R165] [R166] [R168] Each conversation is in the lists that it belongs to, and in no other."""
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
        await ana.says(c, "I am.")
        await eventually(lambda: mine.counts is not None and (mine.counts.mine, mine.counts.unread) == (1, 0))
        await maria.says("good")
        await eventually(lambda: mine.counts is not None and (mine.counts.mine, mine.counts.unread) == (1, 1))
        await ana.sends({"type": "set_read", "conversation": c, "n": ana.screens[c].last})
        await eventually(lambda: mine.read.get(row.id) == ana.screens[c].last)
        await eventually(lambda: mine.counts is not None and (mine.counts.mine, mine.counts.unread) == (1, 0))
        for name, role, read in (("Ana", "agent", {row.id: ana.screens[c].last}), ("Sue", "supervisor", {})):
            page = await server.ask(
                "GET", "/v1/conversations", authorization=f"Bearer {server.agent_token(name, role)}"
            )
            assert page.json["items"] == [msgspec.to_builtins(mine.rows[0])]
            assert page.json["read"] == read, "one's own"
        await ana.does("release", c)
        await eventually(lambda: is_in(Listed.ALL, Listed.WAITING))
        await ana.does("intervene", c)
        await ana.does("close", c)
        await eventually(lambda: is_in(Listed.CLOSED))
        await maria.says("one more thing")
        await eventually(lambda: not is_in(Listed.CLOSED))


async def test_what_is_being_written_is_shown_where_somebody_looks(servers: MakeServer) -> None:
    """[P2] [R167] Its end, as far as it is committed; and no longer, once it is interrupted."""
    server = servers("@pace 0.005\nI am")  # and nothing for a long time
    await server.start()
    async with client(server, "Ana") as program, Agent(server, "Ana") as ana, Customer(server, "Maria") as maria:
        view = await program.open_view(View())
        await maria.opens()
        await eventually(lambda: maria.c in ids(view))
        view.look_at(maria.c)
        await maria.says("hello")
        await eventually(lambda: dict(view.tails) == {maria.c: "I "})
        await ana.watches(maria.c)
        await ana.intervenes(maria.c)
        await eventually(lambda: not view.tails and [row.last.text.strip() for row in view.rows if row.last] == ["I"])


async def test_a_view_has_fifty_rows_and_more_when_it_is_asked(servers: MakeServer) -> None:
    """[P7] [R163] [R165] [R168] Closed ones too; as many as over HTTP, page by page."""
    server = servers(bot="none")
    await server.start()
    count = VIEW_PAGE + 5
    async with AsyncExitStack() as stack:
        customers = [await stack.enter_async_context(Customer(server, f"Customer{n}")) for n in range(count)]
        await asyncio.gather(*(customer.opens() for customer in customers))
        sue = await stack.enter_async_context(Agent(server, "Sue", "supervisor"))
        program = await stack.enter_async_context(client(server, "Sue", "supervisor"))
        waiting = await program.open_view(View(list=Listed.WAITING))
        assert (len(waiting.rows), waiting.more) == (VIEW_PAGE, True)
        waiting.load_more()
        await eventually(lambda: not waiting.more)
        assert [row.waiting_since for row in waiting.rows] == sorted(row.waiting_since for row in waiting.rows)
        assert await listed(server, "waiting") == ids(waiting)
        for row in waiting.rows:
            answer = await close(server, row.id, row.epoch, row.seq)
            assert answer == 200, row
        await eventually(lambda: not waiting.rows)
        closed = await program.open_view(View(list=Listed.CLOSED))
        assert (len(closed.rows), closed.more) == (VIEW_PAGE, True)
        closed.load_more()
        await eventually(lambda: len(closed.rows) == count)
        assert await listed(server, "closed") == ids(closed)
        back = closed.rows[0].id
        await sue.watches(back)
        await sue.reopens(back)
        await eventually(lambda: ids(waiting) == [back] and back not in ids(closed))
        counts = await server.ask("GET", "/v1/views/counts", authorization=f"Bearer {supervisor(server)}")
        assert (counts.json["waiting"], counts.json["queues"]) == (1, {"default": {"waiting": 1}})
        for number in range(VIEWS_OF_SESSION - 2):
            await program.open_view(View(tag=f"tag {number}"))
        with pytest.raises(Refused) as refused:
            await program.open_view(View(tag="one more"))
        assert refused.value.code is ErrorCode.TOO_MANY


def supervisor(server: ServerProcess) -> str:
    return server.agent_token("Sue", "supervisor")


async def close(server: ServerProcess, conversation: str, epoch: int, seen: int) -> int:
    body = f'{{"epoch":{epoch},"seen":{seen}}}'.encode()
    path, key = f"/v1/conversations/{conversation}/close", f"close-{conversation}"
    bearer = f"Bearer {supervisor(server)}"
    return (await server.ask("POST", path, body, authorization=bearer, **{"idempotency-key": key})).status


async def listed(server: ServerProcess, which: str) -> list[str]:
    """The ids in all pages over HTTP."""
    found: list[str] = []
    cursor = ""
    while True:
        path = f"/v1/conversations?list={which}&cursor={cursor}"
        page = await server.ask("GET", path, authorization=f"Bearer {supervisor(server)}")
        found += [row["id"] for row in page.json["items"]]
        cursor = page.json["next"]
        if not cursor:
            return found

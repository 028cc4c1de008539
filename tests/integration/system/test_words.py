"""What people write, edit and delete, whom they mention, and what they have not sent: on whole servers."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from intervene.client import AgentClient, Listed, View
from tests.integration.system.conftest import MakeServer
from tests.kit.people import Agent, Customer, accepted, refused
from tests.kit.server import Reply, ServerProcess

FORMER = "canary-former"
READS = ("/actions", "/transcript", "/transcript?format=text")


@pytest.fixture(params=["sqlite", "postgres"])
async def server(servers: MakeServer, request: pytest.FixtureRequest) -> AsyncIterator[ServerProcess]:
    if request.param == "sqlite":
        server = servers()
        await server.start()
        yield server
        return
    async with request.getfixturevalue("postgres").fresh() as url:
        server = servers(database_url=url)
        await server.start()
        yield server
        await server.kill()


async def test_after_a_deletion_the_text_is_in_no_answer(server: ServerProcess) -> None:
    """[P6, R145] By whatever way it is asked for, on the sockets of staff and customers and over HTTP."""
    async with Customer(server) as maria, Agent(server, "Ana") as ana:
        c = (await maria.opens()).conversation
        await ana.watches(c)
        before = dict(ana.screens[c].position or {}), dict(maria.screen.position or {})
        await ana.intervenes(c)
        first = (await ana.says(c, f"{FORMER} one"))["seq"]
        second = (await ana.says(c, f"{FORMER} two"))["seq"]
        accepted(await ana.does("edit", c, n=first, text=f"{FORMER} once more"))
        accepted(await ana.does("edit", c, n=first, text="what holds"))
        accepted(await ana.does("delete", c, n=second))
        await maria.sees(c, lambda event: event.kind == "deleted")
        refused(await ana.does("edit", c, n=second, text="again"), "unchangeable")
        refused(await ana.does("delete", c, n=1), "forbidden")
    for person, position in ((Agent(server, "Ben"), before[0]), (Customer(server), before[1])):
        async with person:
            await read_all(person, c, position)
            assert "what holds" in str(person.heard)
            assert FORMER not in str(person.heard)
    for path in READS:
        reply = await asks(server, "GET", f"/v1/conversations/{c}{path}")
        assert reply.status == 200
        assert FORMER.encode() not in reply.body
    assert FORMER.encode() not in (await asks(server, "GET", "/v1/conversations")).body

    async def token() -> str:
        return server.agent_token("Ben")

    async with AgentClient(server.socket_url, token) as ben:
        view = await ben.open_view(View(list=Listed.ALL))
        assert [row.id for row in view.rows] == [c]
        assert FORMER not in str(view.rows)


async def read_all(person: Agent | Customer, c: str, position: dict[str, Any]) -> None:
    """All that one socket can be shown of it: the newest page, one of older events, what came after a position."""
    if isinstance(person, Customer):
        await person.opens()
    await person.asks({"type": "watch", "conversation": c}, "watched")
    await person.asks({"type": "get_page", "conversation": c, "before": 99}, "page")
    await person.asks({"type": "watch", "conversation": c, "after": position}, "watched")


async def test_who_is_mentioned_is_called_and_the_customer_learns_nothing(server: ServerProcess) -> None:
    """[P6, R147] On all sockets, whatever they watch; and of nobody there is, the note is not taken."""
    async with Customer(server) as maria, Agent(server, "Ana") as ana, Agent(server, "Ben") as ben:
        c = (await maria.opens()).conversation
        await ana.watches(c)
        refused(await ana.does("add_note", c, text="canary", mentions=["nobody"]), "forbidden")
        n = accepted(await ana.does("add_note", c, text="canary: look", mentions=["ben"]))["seq"]
        called = await ben.hears("mentioned")
        assert (called["conversation"], called["n"], called["by"]["id"]) == (c, n, "ana")
        assert "canary" not in str(ben.heard)
        await maria.pings()
        assert "mentioned" not in str(maria.heard)
        assert "canary" not in str(maria.heard)


async def test_a_draft_is_read_by_its_author_alone(server: ServerProcess) -> None:
    """[P6, R149]"""
    async with Customer(server) as maria:
        c = (await maria.opens()).conversation
    path = f"/v1/me/drafts/{c}"
    assert (await asks(server, "PUT", path, b'{"text": "not yet"}')).status == 204
    assert (await asks(server, "GET", path)).json["text"] == "not yet"
    assert (await asks(server, "GET", path, name="Ben")).json == {"text": "", "at": 0}
    assert (await asks(server, "GET", "/v1/me/drafts/nowhere")).status == 404


async def asks(server: ServerProcess, method: str, path: str, body: bytes = b"", name: str = "Ana") -> Reply:
    return await server.ask(method, path, body, authorization=f"Bearer {server.agent_token(name)}")

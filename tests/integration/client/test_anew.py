"""A visitor whose token is refused goes on as a new one, and everybody else stops."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from intervene.client import (
    AgentClient,
    BeganAnew,
    Closed,
    CustomerClient,
    CustomerConversation,
    Joined,
    News,
    TokenRefused,
    agent_tokens,
    visitor_tokens,
)
from intervene.core.codes import CloseCode
from intervene.core.wire.contact import ContactMessage, Open
from tests.integration.client.front import coded, front, page, token
from tests.integration.client.peer import CUSTOMER, QUICK, peer
from tests.kit.server import ServerProcess

OLD, NEW = "o" * 64, "n" * 64


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[ServerProcess]:
    server = ServerProcess(tmp_path, "Hello.", keys=OLD)
    await server.start()
    yield server
    await server.kill()


async def keys_become(server: ServerProcess, *keys: str) -> None:
    await server.kill()
    server.settings["keys"] = ",".join(keys)
    await server.start()


def texts(conversation: CustomerConversation) -> list[str]:
    return [event.event.text for event in conversation.events if isinstance(event.event, ContactMessage)]


async def ended(conversation: CustomerConversation) -> Exception:
    try:
        async for _ in conversation:
            pass
    except Exception as problem:
        return problem
    raise AssertionError("a conversation ends with a problem")


# -- a real server whose key is taken away -----------------------------------------------------------------------------


async def test_a_visitor_whose_signing_key_is_taken_away_begins_anew_once(server: ServerProcess) -> None:
    """[R14] Nothing that was not sent goes out in the name of the new visitor."""
    news: list[News] = []
    async with CustomerClient(server.socket_url, visitor_tokens(server.url, "Maria"), pace=QUICK) as maria:
        maria.on(news.append)
        mine = await maria.open()
        await mine.say("Where is my parcel?")
        reading = asyncio.create_task(ended(mine))
        await server.kill()
        unsent = asyncio.create_task(mine.say("My number is 42."))
        await keys_become(server, NEW)
        with pytest.raises(BeganAnew, match="not good here"):
            await unsent
        assert isinstance(await reading, BeganAnew)
        again = await maria.open()
        assert again.id != mine.id
        assert maria.anew == 1
        assert mine.id not in maria.conversations
        assert not texts(again), "the new visitor has said nothing"
        await again.say("Hello again")
        with pytest.raises(BeganAnew):
            await mine.say("in the old conversation")
    told = [type(one) for one in news]
    assert told.count(BeganAnew) == 1
    assert told.index(BeganAnew) < told.index(Joined)


async def test_a_visitor_of_an_earlier_time_whose_token_cannot_be_renewed_begins_anew(server: ServerProcess) -> None:
    """[R14] Before it has entered: the token was kept by the program."""
    tokens = visitor_tokens(server.url)
    kept = await tokens()
    await keys_become(server, NEW)
    async with CustomerClient(server.socket_url, visitor_tokens(server.url, renew=kept), pace=QUICK) as maria:
        assert maria.anew == 1
        await (await maria.open()).say("Hello")


async def test_a_visitor_whose_key_still_verifies_stays_the_same(server: ServerProcess) -> None:
    async with CustomerClient(server.socket_url, visitor_tokens(server.url), pace=QUICK) as maria:
        mine = await maria.open()
        await keys_become(server, NEW, OLD)
        await mine.say("Still me")
        assert (await maria.open()).id == mine.id
        assert not maria.anew


async def test_staff_and_signed_in_users_stop_when_their_token_is_refused(server: ServerProcess) -> None:
    """[R14]"""
    mine = server.visitor_token("Maria")

    async def signed_in() -> str:
        return mine

    async with (
        CustomerClient(server.socket_url, signed_in, pace=QUICK) as maria,
        AgentClient(server.socket_url, agent_tokens(server.url, "Ana"), pace=QUICK) as ana,
    ):
        await keys_become(server, NEW)
        for client in (maria, ana):
            why = await client.wait_ended()
            assert isinstance(why, Closed)
            assert why.code == CloseCode.BAD_TOKEN


# -- in pieces ---------------------------------------------------------------------------------------------------------


async def test_a_visitor_who_is_refused_twice_in_a_row_stops() -> None:
    """[R14]"""
    async with (
        peer(CUSTOMER) as server,
        front("http://127.0.0.1:1", [token("first"), token("second"), token("third")]) as (url, met),
    ):
        server.closes_hello_with = [CloseCode.BAD_TOKEN] * 3
        with pytest.raises(Closed, match="4500"):
            async with CustomerClient(server.url, visitor_tokens(url), pace=QUICK):
                pytest.fail("it entered")
        assert len(met) == 2


async def test_a_visitor_who_was_welcomed_in_between_may_begin_anew_again() -> None:
    """[R14] Keys are replaced on one node after another."""
    tokens = [token(str(n)) for n in range(3)]
    async with (
        peer(CUSTOMER) as server,
        front("http://127.0.0.1:1", tokens) as (url, _),
        CustomerClient(server.url, visitor_tokens(url), pace=QUICK) as maria,
    ):
        for _ in range(2):
            await (await server.next_line()).closes(CloseCode.BAD_TOKEN)
        assert (await server.next_line()).hello.token == "2"
        assert maria.anew == 2


@pytest.mark.parametrize(
    "refused",
    [
        page(401, "<h1>Unauthorized</h1>"),
        page(401, '{"type": "urn:intervene:problem:bad_token"}'),
        coded(403, "not_found"),
    ],
)
async def test_a_renewal_that_something_else_refuses_keeps_the_visitor(refused: bytes) -> None:
    """[R14] [R3]"""
    async with (
        peer(CUSTOMER) as server,
        front("http://127.0.0.1:1", [refused, token("mine")]) as (url, met),
        CustomerClient(server.url, visitor_tokens(url, renew="old"), pace=QUICK) as maria,
    ):
        assert not maria.anew
        assert (await server.next_line()).hello.token == "mine"
        assert len(met) == 2


async def test_an_open_that_waits_answers_with_the_conversation_of_the_new_visitor() -> None:
    """[R14] It says nothing in anybody's name."""
    tokens = [token("old"), token("new")]
    async with (
        peer(CUSTOMER) as server,
        front("http://127.0.0.1:1", tokens) as (url, _),
        CustomerClient(server.url, visitor_tokens(url), pace=QUICK) as maria,
    ):
        opening = asyncio.create_task(maria.open())
        line = await server.next_line()
        await line.hears(Open)
        await line.closes(CloseCode.BAD_TOKEN)
        await (await server.next_line()).hears(Open)
        assert maria.anew == 1
        opening.cancel()


async def test_two_clients_of_one_visitor_become_one_new_visitor() -> None:
    """The second one to be refused does not throw away what the first one got."""
    async with front("http://127.0.0.1:1", [coded(401, "bad_token")]) as (url, met):
        tokens = visitor_tokens(url, renew="newer")
        tokens.forget("older")
        with pytest.raises(TokenRefused):
            await tokens()
        assert b"POST /v1/webchat/visitor" in met.heads[0]

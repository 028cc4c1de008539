"""The client when it is sent away, refused or put off, and how it comes by its tokens."""

import asyncio

import msgspec
import pytest

from intervene.client import (
    AgentClient,
    Closed,
    Pace,
    TokenRefused,
)  # fmt: skip
from intervene.client.connection import Connection
from intervene.client.tokens import TokenLater
from intervene.core.codes import CloseCode
from intervene.core.wire import common, staff
from tests.integration.client.peer import (
    OTHER,
    QUICK,
    STAFF,
    client,
    peer,
    read,
    watching,
)
from tests.kit.limits import eventually

# -- being sent away ---------------------------------------------------------------------------------------------------

OURS = [1001, 1011, 1012, 1013, 4000, 4001, 4002, 4003, 4004, 4005, 4006, 4007, 4499]

PROXIES = [1000, 1002, 1003, 1008, 1010, 1014, 3000, 3999]  # theirs, or a mistake on the way

FINAL = [1007, 1009, 4500, 4501, 4502, 4503, 4999]


def test_every_close_code_of_the_server_is_asked_about() -> None:
    assert {int(code) for code in CloseCode} <= {*OURS, *PROXIES, *FINAL}


@pytest.mark.parametrize("code", [*OURS, *PROXIES])
async def test_a_client_comes_back_after_this_close_code(code: int) -> None:
    async with peer() as server, client(server) as ana:
        await (await server.next_line()).closes(code)
        await server.next_line()
        await eventually(lambda: ana.joins == 2)


@pytest.mark.parametrize("code", FINAL)
async def test_a_client_stops_after_this_close_code(code: int) -> None:
    async with peer() as server, client(server) as ana:
        line, conversation = await watching(server, ana)
        note = asyncio.create_task(conversation.note("secret"))
        reading = asyncio.create_task(read(conversation))
        await line.hears(staff.AddNote)
        await line.closes(code)
        why = await ana.wait_ended()
        assert isinstance(why, Closed)
        assert why.code == code
        for waiting in (note, reading, asyncio.create_task(ana.watch(OTHER))):
            with pytest.raises(Closed):
                await waiting
        await server.no_other_line()


async def test_a_client_whose_hello_is_refused_never_enters() -> None:
    async with peer() as server:
        server.closes_hello_with = [CloseCode.BAD_TOKEN]
        with pytest.raises(Closed, match="4500"):
            async with client(server):
                pytest.fail("it entered")


@pytest.mark.parametrize("code", [CloseCode.TOKEN_EXPIRED, CloseCode.NEW_TOKEN])
async def test_a_client_with_a_token_that_will_not_do_any_more_gets_a_new_one(code: CloseCode) -> None:
    async with peer() as server:
        server.closes_hello_with = [code]
        async with client(server):
            line = await server.next_line()
            assert line.hello.token == "token 2"
            await line.closes(code)
            assert (await server.next_line()).hello.token == "token 3"


@pytest.mark.parametrize("status", [400, 403, 404, 426, 429, 500, 503])
async def test_a_client_tries_again_when_the_server_cannot_take_it_now(status: int) -> None:
    async with peer() as server:
        server.refuses = [(status, {"Retry-After": "0"}), (status, {})]
        async with client(server):
            assert server.connections == 3


async def test_a_client_that_is_sent_away_comes_back_when_it_was_told_to() -> None:
    patient = msgspec.structs.replace(QUICK, first_delay=1000.0, longest_delay=1000.0)
    async with peer() as server, client(server, pace=patient) as ana:
        line = await server.next_line()
        await line.says(common.Away(after_ms=20))
        await line.is_left()
        await server.next_line()
        await eventually(lambda: ana.joins == 2)


async def test_each_failure_in_a_row_is_counted_until_a_connection_was_stable(monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[int] = []

    def delay(_: Connection, failures: int) -> float:
        counted.append(failures)
        return 0.0

    monkeypatch.setattr(Connection, "_delay", delay)
    pace = msgspec.structs.replace(QUICK, stable=0.0)
    async with peer() as server:
        server.refuses = [(500, {})] * 3
        async with client(server, pace=pace):
            await (await server.next_line()).drops()
            await server.next_line()
            assert counted == [0, 1, 2, 0]
    counted.clear()
    async with peer() as server, client(server):
        for _ in range(3):
            await (await server.next_line()).drops()
        await server.next_line()
        assert counted == [0, 1, 2], "these were too short to be a good sign"


def test_the_delays_before_coming_back_are_random_and_grow_up_to_a_bound() -> None:
    async def tokens() -> str:
        return ""

    async def delays() -> list[list[float]]:
        ana = AgentClient("ws://127.0.0.1:1/socket", tokens)
        line = Connection(ana._url, tokens, None, None, None, Pace(), "")  # type: ignore[arg-type]
        return [[line._delay(failures) for _ in range(200)] for failures in (0, 3, 6, 1000)]

    for most, found in zip((0.5, 4.0, 30.0, 30.0), asyncio.run(delays()), strict=True):
        assert 0.0 <= min(found) < most / 4
        assert most * 3 / 4 < max(found) <= most


# -- tokens ------------------------------------------------------------------------------------------------------------


async def test_a_token_is_replaced_before_it_expires() -> None:
    pace = msgspec.structs.replace(QUICK, refresh=0.02)
    soon = msgspec.structs.replace(STAFF, expires=1)
    async with peer(soon) as server, client(server, pace=pace):
        line = await server.next_line()
        assert (await line.hears(common.Refresh)).token == "token 2"
        await line.hears_nothing()
        await line.says(common.Refreshed(expires=STAFF.expires))
        await line.hears_nothing()
        await line.drops()
        assert (await server.next_line()).hello.token == "token 2", "it is good, so nobody is asked for another"


async def test_a_client_that_is_given_no_token_stops() -> None:
    async def tokens() -> str:
        raise TokenRefused("no")

    async with peer() as server:
        with pytest.raises(TokenRefused):
            async with AgentClient(server.url, tokens, pace=QUICK):
                pytest.fail("it entered")


async def test_a_client_that_is_to_ask_for_its_token_later_asks_later() -> None:
    asked = 0

    async def tokens() -> str:
        nonlocal asked
        asked += 1
        if asked < 3:
            raise TokenLater("not now", retry_after=0.01)
        return "token"

    async with peer() as server, AgentClient(server.url, tokens, pace=QUICK):
        assert (await server.next_line()).hello.token == "token"

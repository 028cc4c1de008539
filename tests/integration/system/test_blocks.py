"""Customers who are blocked, on a whole server: what it ends, who may, and how it is lifted."""

import time
from typing import Any
from urllib.parse import quote

import pytest

from intervene.core.actors import Role
from intervene.core.limits import BLOCKS_PAGE
from tests.integration.system.conftest import MakeServer
from tests.integration.system.test_settings import Admin, refused
from tests.kit.people import Agent, Customer, accepted
from tests.kit.person import Gone
from tests.kit.server import ServerProcess

DAY = 24 * 3600 * 1000


async def is_refused(server: ServerProcess, name: str) -> int:
    """With what a hello of that customer is closed."""
    customer = Customer(server, name)
    with pytest.raises(Gone):
        await customer.joins()
    return customer.close_code


async def blocks(ada: Admin, address: str, **more: Any) -> dict[str, Any]:
    reply = await ada.asks("POST", "/v1/blocks", {"address": address, **more})
    assert reply.status == 200, reply.body
    row: dict[str, Any] = reply.json
    return row


async def lifts(ada: Admin, address: str, channel: str) -> int:
    return (await ada.asks("DELETE", f"/v1/blocks?channel={channel}&address={quote(address)}")).status


async def test_an_agent_blocks_the_customer_of_a_conversation_that_they_hold(server: ServerProcess) -> None:
    """[P1] [R162]"""
    async with Customer(server, "Maria") as maria, Customer(server, "Clara") as clara, Agent(server) as ana:
        await maria.opens()
        await clara.opens()
        await ana.watches(maria.c)
        refused_by = await ana.does("block", maria.c)
        assert refused_by["code"] == "forbidden", "a bot holds control"
        await ana.intervenes(maria.c)
        accepted(await ana.does("block", maria.c, why="spam"))
        assert await maria.is_gone() == 4502
        assert await is_refused(server, "Maria") == 4502
        await ana.sees(maria.c, lambda event: event.kind == "blocked")
        assert (await ana.does("reopen", maria.c))["code"] == "blocked"
        await clara.says("I am somebody else")


async def test_a_supervisor_blocks_an_address_and_lifts_the_block(server: ServerProcess) -> None:
    """[P6] [R162] The customer learns that it is so, and nothing of why."""
    ada = Admin(server, role=Role.SUPERVISOR)
    async with Customer(server, "Maria") as maria, Agent(server, role="supervisor") as sue:
        await maria.opens()
        address = "maria"
        await sue.watches(maria.c)
        until = int(time.time() * 1000) + DAY
        row = await blocks(ada, address, channel="webchat", until=until, why="canary-why")
        assert (row["address"], row["until"], row["by"], row["why"]) == (address, until, "ada", "canary-why")
        assert await maria.is_gone() == 4502
        assert "canary-why" not in str(maria.heard)
        assert await is_refused(server, "Maria") == 4502
        await sue.sees(maria.c, lambda event: event.kind == "blocked")
        kinds = [event.kind for event in sue.screens[maria.c].events]
        assert kinds[-2:] == ["control", "blocked"]
        assert (await ada.asks("GET", "/v1/blocks")).json == {"items": [row], "next": ""}
        assert await lifts(ada, address, "webchat") == 204
        assert await lifts(ada, address, "webchat") == 204, "a repeat"
        assert (await ada.asks("GET", "/v1/blocks")).json["items"] == []
    async with Customer(server, "Maria") as maria:
        await maria.opens()
        await maria.says("thank you")


async def test_an_address_is_blocked_before_it_writes(server: ServerProcess) -> None:
    """Everywhere, and for good."""
    ada = Admin(server)
    await blocks(ada, "maria")
    assert await is_refused(server, "Maria") == 4502
    async with Customer(server, "Clara") as clara:
        await clara.opens()


async def test_who_blocks_and_reads_the_list(server: ServerProcess) -> None:
    """[P6] Supervisors and admins, of their own organisation."""
    ada, eve = Admin(server), Admin(server, "Eve", organisation="globex")
    await blocks(ada, "v-1")
    agent = Admin(server, "Ana", Role.AGENT)
    for reply in (
        await agent.asks("GET", "/v1/blocks"),
        await agent.asks("POST", "/v1/blocks", {"address": "v-2"}),
        await agent.asks("DELETE", "/v1/blocks?address=v-1"),
    ):
        assert refused(reply) == (403, "forbidden")
        assert "this machine" not in reply.json["title"], "it is not why"
    assert (await eve.asks("GET", "/v1/blocks")).json["items"] == []
    assert await lifts(eve, "v-1", "") == 204
    assert len((await ada.asks("GET", "/v1/blocks")).json["items"]) == 1


@pytest.mark.parametrize(
    "body",
    [{}, {"address": ""}, {"address": "a\0"}, {"address": "x" * 300}, {"address": "a", "channel": "a b"},
     {"address": "a", "until": -1}, {"address": "a", "until": 1}, {"address": "a", "until": 2**53}],
)  # fmt: skip
async def test_what_blocks_nobody_says_so(server: ServerProcess, body: dict[str, Any]) -> None:
    ada = Admin(server)
    assert refused(await ada.asks("POST", "/v1/blocks", body)) == (400, "bad_request")
    assert refused(await ada.asks("DELETE", "/v1/blocks?channel=webchat")) == (400, "bad_request")


async def test_a_channel_that_there_is_not_has_no_blocks(server: ServerProcess) -> None:
    """Nothing would ever be refused by it."""
    ada = Admin(server)
    assert refused(await ada.asks("POST", "/v1/blocks", {"address": "v-1", "channel": "telex"})) == (422, "bad_setting")
    assert (await ada.asks("GET", "/v1/blocks")).json["items"] == []


async def test_a_long_list_is_read_page_by_page(server: ServerProcess) -> None:
    ada = Admin(server)
    addresses = {f"v-{n}" for n in range(BLOCKS_PAGE + 2)}
    for address in addresses:
        await blocks(ada, address)
    first = (await ada.asks("GET", "/v1/blocks")).json
    rest = (await ada.asks("GET", f"/v1/blocks?cursor={quote(first['next'])}")).json
    assert {row["address"] for row in first["items"] + rest["items"]} == addresses
    assert (len(first["items"]), rest["next"]) == (BLOCKS_PAGE, "")


async def test_a_block_survives_a_kill(servers: MakeServer) -> None:
    """[P5]"""
    server = servers()
    await server.start()
    async with Customer(server, "Maria") as maria, Agent(server, role="supervisor") as sue:
        await maria.opens()
        await sue.watches(maria.c)
        accepted(await sue.does("block", maria.c))
        await server.restart()
    assert await is_refused(server, "Maria") == 4502

"""Tags of a whole server over HTTP: an admin renames one wherever it is."""

from contextlib import AsyncExitStack
from typing import Any

import msgspec

from intervene.core.limits import TAG_RENAMED_IN
from tests.integration.system.conftest import MakeServer
from tests.kit.people import Agent, Customer
from tests.kit.server import Reply, ServerProcess


async def renames(server: ServerProcess, cursor: str = "", role: str = "admin", **members: Any) -> Reply:
    where = f"?cursor={cursor}" if cursor else ""
    return await server.ask(
        "POST",
        f"/v1/tags/rename{where}",
        msgspec.json.encode(members),
        authorization=f"Bearer {server.agent_token(f'an {role}', role)}",
    )


async def used(server: ServerProcess) -> dict[str, int]:
    reply = await server.ask("GET", "/v1/tags", authorization=f"Bearer {server.agent_token('an admin', 'admin')}")
    return {item["name"]: item["conversations"] for item in reply.json["items"]}


async def test_an_admin_renames_a_tag_in_open_and_closed_conversations_page_by_page(servers: MakeServer) -> None:
    """[R169]"""
    server = servers()
    await server.start()
    async with AsyncExitStack() as stack:
        sara = await stack.enter_async_context(Agent(server, "Sara", role="supervisor"))
        closed = ""
        for n in range(TAG_RENAMED_IN + 2):
            customer = await stack.enter_async_context(Customer(server, f"Maria {n}"))
            await customer.opens()
            await sara.watches(customer.c)
            await sara.does("set_tags", customer.c, tags=["vip", "bill"] if n else ["bill", "gold"])
            if n == 1:
                await sara.does("close", customer.c, seen=sara.screens[customer.c].last)
                closed = customer.c
        assert (await renames(server, role="supervisor", tag="vip", name="best")).json["code"] == "forbidden"
        taken = await renames(server, tag="vip", name="gold")
        assert (taken.status, taken.json["code"], taken.json["conversations"]) == (409, "tag_exists", 1)
        assert (await renames(server, tag="vip", name=" \u202e ")).json["code"] == "bad_text"
        first = await renames(server, tag="vip", name=" best ")
        assert (first.json["conversations"], first.json["left"], first.json["next"] > "") == (TAG_RENAMED_IN, 0, True)
        rest = await renames(server, first.json["next"], tag="vip", name="best")
        assert (rest.json["conversations"], rest.json["next"]) == (1, ""), "the closed one, which is behind the others"
        assert await used(server) == {"bill": TAG_RENAMED_IN + 1, "best": TAG_RENAMED_IN, "gold": 1}
        await sara.does("reopen", closed)
        assert (await used(server))["best"] == TAG_RENAMED_IN + 1, "no former name comes back"
        assert (await renames(server, tag="gold", name="bill", join=True)).json["conversations"] == 1
        assert "gold" not in await used(server)

"""The JavaScript client's views, before a real server and on a line that is cut."""

import asyncio
import json
from asyncio.subprocess import PIPE, Process
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import anyio

from tests.interop.sdk.conftest import LIVE
from tests.kit.limits import LONG_WAIT
from tests.kit.people import Agent, Customer
from tests.kit.proxy import Proxy
from tests.kit.server import ServerProcess

CONVERSATIONS = 56
"""More than a view has at first."""
VIEWS = [{"list": "all"}, {"list": "mine"}, {"list": "waiting"}, {"list": "closed"}]

Shown = dict[str, dict[str, Any]]


async def _shown(process: Process) -> Shown:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(b"\n")
    shown: Shown = json.loads(await process.stdout.readline())
    return shown


async def _fresh(ana: Agent) -> dict[str, list[dict[str, Any]]]:
    """The rows of each view as another session of the same person has them now."""
    async with Agent(ana.server, ana.name) as other:
        rows: dict[str, list[dict[str, Any]]] = {}
        for view in VIEWS:
            answer = await other.asks({"type": "open_view", "view": view}, "view")
            rows[answer["view"]] = answer["rows"]
            while answer.get("more"):
                answer = await other.asks({"type": "more_rows", "view": answer["view"]}, "view")
                rows[answer["view"]] += answer["rows"]
        return rows


async def test_what_a_program_shows_of_views_is_what_a_fresh_session_is_shown(tmp_path: Path) -> None:
    """[R163] [R164] [R165] [R166] With rows loaded beyond the first, and with the line cut meanwhile."""
    server = ServerProcess(tmp_path, bot="none", drain_seconds="0")
    await server.start()
    async with AsyncExitStack() as stack:
        proxy = await stack.enter_async_context(Proxy(server.port))
        ana = await stack.enter_async_context(Agent(server))
        arguments = [f"http://127.0.0.1:{proxy.port}", server.agent_token("Ana"), json.dumps(VIEWS)]
        process = await asyncio.create_subprocess_exec("node", LIVE / "views.mjs", *arguments, stdin=PIPE, stdout=PIPE)
        stack.callback(process.kill)
        customers = [Customer(server, f"Maria {n}") for n in range(CONVERSATIONS)]
        for customer in customers:
            async with customer:
                await customer.opens()
        conversations = [customer.c for customer in customers]
        for conversation in conversations[:4]:
            await ana.watches(conversation)
            await ana.intervenes(conversation)
        proxy.reset()
        await ana.closes(conversations[0])
        await ana.sends({"type": "set_read", "conversation": conversations[1], "n": ana.screens[conversations[1]].last})
        await ana.releases(conversations[2])

        fresh = await _fresh(ana)
        last = ana.screens[conversations[1]].last

        def is_same(shown: Shown) -> bool:
            rows = {name: view["rows"] for name, view in shown.items()}
            return rows == fresh and shown["list=mine"]["read"].get(conversations[1]) == last

        with anyio.fail_after(LONG_WAIT):
            while not is_same(shown := await _shown(process)):
                pass
        assert {name: len(view["rows"]) for name, view in shown.items()} == {
            "list=all": CONVERSATIONS - 1, "list=mine": 2, "list=waiting": CONVERSATIONS - 3, "list=closed": 1,
        }  # fmt: skip
        assert all(view["isLive"] and not view["more"] for view in shown.values())
        counts = shown["list=mine"]["counts"]
        assert (counts["mine"], counts["waiting"]) == (2, CONVERSATIONS - 3)
    await server.stop()
    assert not server.complaints, "\n".join(server.complaints)

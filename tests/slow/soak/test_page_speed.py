"""Lighthouse on a blank page, without the snippet and with it, in turn."""

import asyncio
import json
from asyncio.subprocess import PIPE
from pathlib import Path

import anyio

from tests.e2e.host import HostSite
from tests.e2e.snippet import snippet
from tests.kit.browser import CHROMIUM
from tests.kit.limits import LONG_WAIT
from tests.kit.server import ServerProcess

MEASURE = Path(__file__).parents[1] / "lighthouse" / "measure.mjs"
ROUNDS = 5
NOISE = 20.0  # ms of blocking time by which runs on the same page differ, on a machine that does nothing else


async def test_lighthouse_finds_no_layout_shift_and_no_more_blocking_time_with_the_snippet(tmp_path: Path) -> None:
    async with HostSite() as site:
        server = ServerProcess(tmp_path, drain_seconds="0", origins=site.origin)
        await server.start()
        bare = site.page("/bare", "<p>Nothing else is here.</p>")
        chat = site.page("/chat", "<p>Nothing else is here.</p>", head=snippet(server.url))
        process = await asyncio.create_subprocess_exec("node", MEASURE, CHROMIUM, *[bare, chat] * ROUNDS, stdout=PIPE)
        with anyio.fail_after(2 * ROUNDS * LONG_WAIT):
            out, _ = await process.communicate()
        await server.stop()
    assert process.returncode == 0
    runs = [json.loads(line) for line in out.splitlines()]
    print(out.decode())
    assert [run["shift"] for run in runs] == [0] * len(runs)
    # A busy machine adds to a run and takes nothing away: the least of all is nearest to what the page itself does.
    blocked = {url: min(run["blocking"] for run in runs if run["url"] == url) for url in (bare, chat)}
    assert blocked[chat] <= blocked[bare] + NOISE

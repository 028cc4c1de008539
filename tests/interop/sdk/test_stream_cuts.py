"""A line that is cut at each piece of a streamed reply, twice in a row, for a customer with two windows."""

import asyncio
import json
from asyncio.subprocess import PIPE
from contextlib import AsyncExitStack
from pathlib import Path

import anyio

from tests.interop.sdk.conftest import LIVE
from tests.interop.sdk.log import public_events
from tests.kit.limits import LONG_WAIT
from tests.kit.proxy import Hold, Proxy
from tests.kit.server import ServerProcess

WORDS = "There are two instalments open, and here is why."
MARKERS = [b'"kind":"message_started"', *(b'"n":%d,' % n for n in range(1, len(WORDS.split()) + 1)), WORDS.encode()]
"""In what the server sends: the reply's begin, each of its pieces, its end."""
WINDOWS = 2


async def _cuts(proxy: Proxy, marker: bytes) -> None:
    """Both windows' lines before that, and again at the next of its kind that they get, if one comes."""
    first = [proxy.hold_before(marker, from_server=True) for _ in range(WINDOWS)]
    await asyncio.gather(*(_cut(hold) for hold in first))
    again = b'"n":' if marker != MARKERS[-1] else marker
    await asyncio.gather(*(_cut(proxy.hold_before(again, from_server=True)) for _ in range(WINDOWS)))


async def _cut(hold: Hold) -> None:
    await hold.happens(LONG_WAIT)
    hold.heals()


async def test_a_cut_at_each_piece_of_a_reply_twice_in_a_row_leaves_one_bubble_equal_to_the_log(tmp_path: Path) -> None:
    """[P2, P5] [R25, R27, R35]"""
    server = ServerProcess(tmp_path, f"@pace 4\n{WORDS}", drain_seconds="0")
    await server.start()
    async with AsyncExitStack() as stack:
        proxies = [await stack.enter_async_context(Proxy(server.port)) for _ in MARKERS]
        customers = [
            {"url": f"http://127.0.0.1:{proxy.port}", "token": server.visitor_token(f"maria-{index}")}
            for index, proxy in enumerate(proxies)
        ]
        cuts = [asyncio.create_task(_cuts(proxy, marker)) for proxy, marker in zip(proxies, MARKERS, strict=True)]
        process = await asyncio.create_subprocess_exec("node", LIVE / "tabs.mjs", stdin=PIPE, stdout=PIPE, stderr=PIPE)
        try:
            with anyio.fail_after(LONG_WAIT):
                out, problems = await process.communicate(json.dumps({"customers": customers}).encode())
        finally:
            for cut in cuts:
                cut.cancel()
            if process.returncode is None:
                process.kill()
        connections = [proxy.connections for proxy in proxies]
    assert process.returncode == 0, problems.decode()
    told = [json.loads(line) for line in out.splitlines()]
    assert len(told) == len(MARKERS)
    # The second cut comes too late only where the reply was over before the window had come back.
    assert all(count >= 2 * WINDOWS for count in connections), "every line was cut"
    for customer in told:
        log = public_events(server.database, customer["conversation"])
        for window in customer["shown"]:
            assert window["takenBack"] == []
            assert window["events"] == log
    await server.stop()
    assert not server.complaints, "\n".join(server.complaints)

"""The JavaScript client over a line that cuts, delays and half-closes at random: what it holds equals the log."""

import asyncio
import json
import os
import random
from asyncio.subprocess import PIPE
from pathlib import Path
from typing import Any

import anyio
import pytest

from tests.interop.sdk.conftest import LIVE
from tests.interop.sdk.log import public_events
from tests.kit.limits import LONG_WAIT
from tests.kit.proxy import Mode, Proxy
from tests.kit.server import ServerProcess

SEEDS = int(os.environ.get("SEEDS", "2"))  # `make lines` has more
CUSTOMERS, MESSAGES = 10, 8
MISFORTUNES = (Mode.RESET, Mode.CLOSED, Mode.DELAY, Mode.HALF_OPEN, Mode.ONE_WAY_UP, Mode.ONE_WAY_DOWN)


@pytest.mark.parametrize("seed", range(SEEDS))
async def test_what_the_client_holds_is_the_log_and_nothing_was_sent_twice(tmp_path: Path, seed: int) -> None:
    """[P5] [R27, R42, R43]"""
    server = ServerProcess(tmp_path, bot="echo", drain_seconds="0")
    await server.start()
    async with Proxy(server.port) as proxy:
        tokens = [server.visitor_token(f"seed-{seed}-{index}") for index in range(CUSTOMERS)]
        asked = {"url": f"http://127.0.0.1:{proxy.port}", "tokens": tokens, "messages": MESSAGES, "seed": seed}
        process = await asyncio.create_subprocess_exec("node", LIVE / "talk.mjs", stdin=PIPE, stdout=PIPE, stderr=PIPE)
        misfortune = asyncio.create_task(_befall(proxy, random.Random(seed)))
        try:
            with anyio.fail_after(LONG_WAIT):
                out, problems = await process.communicate(json.dumps(asked).encode())
        finally:
            misfortune.cancel()
            if process.returncode is None:
                process.kill()
    assert process.returncode == 0, problems.decode()
    told = [json.loads(line) for line in out.splitlines()]
    assert len(told) == CUSTOMERS
    for customer in told:
        _is_the_log(customer, public_events(server.database, customer["conversation"]))
    await server.stop()
    assert not server.complaints, "\n".join(server.complaints)


async def _befall(proxy: Proxy, chance: random.Random) -> None:
    """Half a second of peace, then some of trouble, again and again; in the end peace."""
    try:
        for _ in range(8):
            await anyio.sleep(chance.uniform(0.1, 0.6))
            proxy.mode = chance.choice(MISFORTUNES)
            await anyio.sleep(chance.uniform(0.05, 0.4))
            proxy.mode = Mode.PASS
            proxy.reset()  # or what a half-open line has swallowed would be missed after 40 s of silence only
    finally:
        proxy.mode = Mode.PASS


def _is_the_log(customer: dict[str, Any], log: list[list[Any]]) -> None:
    shown = customer["events"]
    assert shown == log[: len(shown)], "shown is a prefix of the log"
    assert customer["number"] == len(shown)
    texts = [text for _, _, kind, text in log if kind == "message" and " of " in text and not text.startswith("You")]
    mine = [f"message {n} of {customer['index']}" for n in range(MESSAGES)]
    assert [text for text in texts if text in mine] == mine, "each once, in the order in which it was said"
    by_number = {number: text for number, _, _, text in log}
    assert all(by_number[pub] == mine[n] for n, pub in customer["acks"])

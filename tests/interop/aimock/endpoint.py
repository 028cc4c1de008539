"""The npm package `aimock` as a process of its own: an OpenAI-compatible endpoint that answers from fixtures, chosen by
what the customer wrote last, and that can be slow, cut a stream, or be out of order.
"""

import asyncio
import json
import os
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import httpx2

from tests.kit.limits import LONG_WAIT
from tests.kit.ports import free_port

PROGRAM = Path(__file__).parent / "node_modules" / "@copilotkit" / "aimock" / "dist" / "cli.js"
MODEL = "gpt-4o-mini"
KEY = "sk-a-key-that-appears-nowhere"
REPLY = "The instalment of this month is open: 12.40, due on Friday."
STORY = " ".join(f"word{number}" for number in range(2_000))
NEVER = 600_000  # milliseconds


def fixture(said: str, response: dict[str, Any], **how: Any) -> dict[str, Any]:
    return {"match": {"userMessage": said}, "response": response, "chunkSize": 8, **how}


def text(content: str) -> dict[str, Any]:
    return {"content": content}


def call(name: str, arguments: dict[str, str]) -> dict[str, Any]:
    return {"toolCalls": [{"name": name, "arguments": arguments}]}


def pauses(first: int, *between: int) -> dict[str, Any]:
    """Milliseconds before the first chunk and the others."""
    return {"ttftMs": first, "interChunkDelaysMs": between, "totalDurationMs": first + sum(between)}


FIXTURES = [
    fixture("how much", text(REPLY)),
    fixture("in your own time", text(REPLY), latency=20),
    fixture("tell me a story", text(STORY), latency=20),
    fixture("a person", call("ask_for_person", {"reason": "wants to talk to a human"})),
    fixture("an unknown tool", call("order_pizza", {"size": "large"})),
    fixture("never begin", text(REPLY), recordedTimings=pauses(NEVER)),
    fixture("stop in between", text(REPLY), recordedTimings=pauses(0, 5, 5, NEVER)),
    fixture("cut it off", text(REPLY), latency=5, truncateAfterChunks=4),
    fixture("hang up", text(REPLY), chaos={"disconnectRate": 1}),
    fixture("babble", text(REPLY), chaos={"malformedRate": 1}),
    fixture("too often", text(REPLY), chaos={"rateLimitRate": 1}),
    fixture("break down", text(REPLY), chaos={"dropRate": 1}),
    fixture("no key", {"error": {"message": f"Incorrect API key provided: {KEY}"}, "status": 401}),
    fixture("not this", {"error": {"message": "I will not."}, "status": 418}),
    fixture("at length", text("x" * 40_000), chunkSize=2_000),
    fixture("up to your limit", {"content": REPLY, "finishReason": "length"}),
    fixture("something bad", {"content": "", "finishReason": "content_filter"}),
    fixture("nothing at all", text(" ")),
]


class Aimock:
    def __init__(self, port: int) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}/v1"

    async def requests(self) -> list[dict[str, Any]]:
        """The bodies and headers that it was sent, oldest first."""
        async with httpx2.AsyncClient() as client:
            found = (await client.get(f"http://127.0.0.1:{self.port}/v1/_requests")).json()
        assert isinstance(found, list)
        return found

    def connections(self) -> int:
        """Established connections, from the end of the server."""
        rows = (line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:])
        return sum(row[1] == f"0100007F:{self.port:04X}" and row[3] == "01" for row in rows)


@asynccontextmanager
async def running(directory: Path) -> AsyncIterator[Aimock]:
    file = directory / "fixtures.json"
    file.write_text(json.dumps({"fixtures": FIXTURES}), "utf-8")
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        "node", str(PROGRAM), "-p", str(port), "-f", str(file), "--log-level", "warn",
        stdout=DEVNULL, stderr=PIPE, env={"PATH": os.environ["PATH"]},
    )  # fmt: skip
    try:
        async with httpx2.AsyncClient() as client:
            with anyio.fail_after(LONG_WAIT):
                while True:
                    assert process.returncode is None, "it has ended; was `npm ci` run in tests/interop/aimock?"
                    try:
                        await client.get(f"http://127.0.0.1:{port}/health")
                        break
                    except httpx2.ConnectError:
                        await anyio.sleep(0.05)
        yield Aimock(port)
    finally:
        process.kill()
        await process.communicate()

"""The desk in a browser, before 5,000 open conversations of which 200 change each second: how long a key waits for its
picture, how long the page is busy in one go, and how much it keeps.

A supervisor looks at what bots answer, where each change brings a row to the top, and walks through it with arrow keys.
"""

import asyncio
import os
import random
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import anyio
from playwright.async_api import Page

from intervene.core.access import Staff
from intervene.core.actors import Agent, Role
from intervene.core.ids import AgentId
from tests.bench import pages, wire
from tests.bench.figures import Figure, percentile
from tests.bench.pages import Screen, figure
from tests.bench.past import TAGS
from tests.bench.people import ORGANISATION, staff_token
from tests.bench.wire import Socket

BENCH = "desk"
EVENTS = 20  # of a conversation, at least
OPEN_OF = 5  # one conversation of so many is open
WRITERS = 20  # supervisors, each within their allowance
KEY_SECONDS = 0.1
MEASURE = """
() => {
  window.keys = [];
  addEventListener("keydown", ({ timeStamp }) => {
    requestAnimationFrame(() => setTimeout(() => keys.push(performance.now() - timeStamp)));
  }, { capture: true });
}
"""


class Size(NamedTuple):
    conversations: int = 25_000
    seconds: float = float(os.environ.get("DESK_SECONDS", "60"))
    changes: int = 200
    """A second."""


QUICK = Size(conversations=2500, seconds=10.0)


async def run(size: Size, directory: Path) -> list[Figure]:
    async with pages.screen(directory, size.conversations, EVENTS) as screen:
        return await _Day(screen, size).measure()


class _Day:
    def __init__(self, screen: Screen, size: Size) -> None:
        self._screen = screen
        self._port = screen.node.port
        self._size = size
        self._rows = self._sent = 0

    async def measure(self) -> list[Figure]:
        screen, page = self._screen, self._screen.page
        page.on("websocket", lambda socket: socket.on("framereceived", self._count))
        await screen.sign_in("/desk?tab=bot")
        writers = [await wire.join(self._port, _token(n)) for n in range(WRITERS)]
        epochs = await self._open_ones(writers)
        await page.locator("a.name").first.focus()
        await page.evaluate(MEASURE)
        before = await screen.heap()
        await screen.observe()
        self._rows = 0
        begun = time.monotonic()
        async with asyncio.TaskGroup() as group:
            changing = group.create_task(self._change(writers, epochs))
            await self._walk(page)
            changing.cancel()
        took = time.monotonic() - begun
        work = await screen.figures(BENCH, took, "/s")
        keys: list[float] = await page.evaluate("keys")
        return [
            figure(BENCH, "row changes made", "/s", self._sent / took),
            figure(BENCH, "row changes that the desk was sent", "/s", self._rows / took),
            figure(BENCH, "key to picture, p50", "ms", percentile(keys, 50)),
            figure(BENCH, "key to picture, p99", "ms", percentile(keys, 99)),
            *work,
            figure(BENCH, "heap before", "MB", before),
            figure(BENCH, "heap after", "MB", await screen.heap()),
            figure(BENCH, "rows in the document", "", await page.locator("a.name").count()),
        ]

    def _count(self, data: Any) -> None:
        if isinstance(data, str) and data.startswith('{"type":"rows"'):
            self._rows += data.count('"last_at"')

    async def _open_ones(self, writers: Sequence[Socket]) -> dict[str, int]:
        """Their epochs: of those that a view has, in each of its pages."""
        epochs: dict[str, int] = {}
        view = await writers[0].ask(wire.encode("open_view", view={"list": "bot"}), b'"type":"view"')
        while True:
            shown = view.decode()
            epochs |= {row["id"]: row["epoch"] for row in shown["rows"]}
            if not shown.get("more") or len(epochs) >= 500:
                break
            view = await writers[0].ask(wire.encode("more_rows", view="list=bot"), b'"continued"')
        writers[0].send(wire.encode("close_view", view="list=bot"))
        return epochs

    async def _change(self, writers: Sequence[Socket], epochs: dict[str, int]) -> None:
        """So many a second, spread evenly."""
        for writer in writers:
            writer.on_frame = lambda _: None
        ids = list(epochs)
        begun = time.monotonic()
        while True:
            due = int((time.monotonic() - begun) * self._size.changes)
            for n in range(self._sent, due):
                conversation = random.choice(ids)
                tags = random.sample(TAGS, 2)
                frame = wire.encode(
                    "set_tags", id=f"t{n}", conversation=conversation, epoch=epochs[conversation], tags=tags
                )
                writers[n % len(writers)].send(frame)
            self._sent = max(self._sent, due)
            await asyncio.sleep(0.02)

    async def _walk(self, page: Page) -> None:
        with suppress(TimeoutError), anyio.fail_after(self._size.seconds):
            while True:
                for key in ["ArrowDown"] * 30 + ["ArrowUp"] * 30:
                    await page.keyboard.press(key)
                    await asyncio.sleep(KEY_SECONDS)


def _token(n: int) -> str:
    agent = Agent(id=AgentId(f"writer-{n}"), name=f"Writer {n}")
    return staff_token(Staff(organisation=ORGANISATION, agent=agent, role=Role.SUPERVISOR))

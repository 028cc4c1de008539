"""What benches of the desk in a browser begin with: a past, a node that has it, and Chromium, where a supervisor signs
in. And what they measure of a page, beside the times of what is done in it.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from playwright.async_api import Browser, CDPSession, Page, async_playwright

from tests.bench import filling, process
from tests.bench.figures import Figure
from tests.bench.past import leaders
from tests.bench.process import Server
from tests.kit.browser import ARGUMENTS, WHOLE

LONG_MS = 50
VIEWPORT = {"width": 1440, "height": 900}
OBSERVE = """
() => {
  window.tasks = [];
  new PerformanceObserver((list) => list.getEntries().forEach(({ duration }) => tasks.push(duration)))
    .observe({ type: "longtask" });
}
"""
TASK = "ThreadControllerImpl::RunTask"


class Work(NamedTuple):
    """Of a page's main thread so far, in seconds of processor time."""

    all: float
    styles: float
    layout: float
    layouts: float
    """How many there were."""


class Screen:
    """A page of a node."""

    def __init__(self, node: Server, browser: Browser, page: Page, protocol: CDPSession) -> None:
        self.node = node
        self.page = page
        self._browser = browser
        self._protocol = protocol
        self._before = Work(0, 0, 0, 0)

    async def sign_in(self, path: str = "/desk") -> None:
        """As a supervisor, who has the list before them then."""
        await self.page.goto(f"http://127.0.0.1:{self.node.port}{path}")
        await self.page.get_by_label("E-mail").fill(filling.email_of(leaders()[0]))
        await self.page.get_by_label("Password", exact=True).fill(filling.PASSWORD)
        await self.page.keyboard.press("Enter")
        await self.page.locator("a.name").first.wait_for()

    async def observe(self) -> None:
        """What `figures` tells begins here."""
        await self.page.evaluate(OBSERVE)
        self._before = await self._work()
        await self._browser.start_tracing(page=self.page, categories=["toplevel"])

    async def figures(self, bench: str, per: float, unit: str) -> list[Figure]:
        """Of what the page did, for each of `per`. A busy machine stretches times, but not those of the processor."""
        trace = await self._browser.stop_tracing()
        work = Work(*(now - before for now, before in zip(await self._work(), self._before, strict=True)))
        tasks: list[float] = await self.page.evaluate("tasks")
        busy = _tasks(trace)
        return [
            figure(bench, f"tasks over {LONG_MS} ms", unit, len(tasks) / per),
            figure(bench, "the longest of these", "ms", max(tasks, default=0.0)),
            figure(bench, f"tasks over {LONG_MS} ms, of the processor", unit, sum(ms > LONG_MS for ms in busy) / per),
            figure(bench, "the longest task, of the processor", "ms", max(busy)),
            figure(bench, "main thread, of the processor", f"ms{unit}", work.all * 1000 / per),
            figure(bench, "of that: styles", f"ms{unit}", work.styles * 1000 / per),
            figure(bench, "of that: layout", f"ms{unit}", work.layout * 1000 / per),
            figure(bench, "layouts", unit, work.layouts / per),
        ]

    async def heap(self) -> float:
        """MB that are in use."""
        await self._protocol.send("HeapProfiler.collectGarbage")
        return float((await self._protocol.send("Runtime.getHeapUsage"))["usedSize"]) / 1e6

    async def _work(self) -> Work:
        metrics = (await self._protocol.send("Performance.getMetrics"))["metrics"]
        of = {each["name"]: float(each["value"]) for each in metrics}
        return Work(of["TaskDuration"], of["RecalcStyleDuration"], of["LayoutDuration"], of["LayoutCount"])


def _tasks(trace: bytes) -> list[float]:
    """Milliseconds of processor time of each task of the page's main thread, which is the busiest one by that name."""
    events = msgspec.json.decode(trace)["traceEvents"]
    mains = {(each["pid"], each["tid"]) for each in events if each["args"].get("name") == "CrRendererMain"}
    busy: dict[tuple[int, int], list[float]] = {main: [0.0] for main in mains}
    for each in events:
        if each["name"] == TASK and (thread := (each["pid"], each["tid"])) in mains:
            busy[thread].append(each.get("tdur", 0) / 1000)
    return max(busy.values(), key=sum)


@asynccontextmanager
async def screen(directory: Path, conversations: int, events: int, **settings: Any) -> AsyncIterator[Screen]:
    """Before so many conversations, each of so many events. Nobody has signed in."""
    if not Path(WHOLE).exists():
        raise process.Missing("Chromium is not installed")
    data = directory / "data"
    data.mkdir(mode=0o700)
    await filling.fill_sqlite(data / "intervene.db", conversations, events)
    async with process.intervene(directory / "node", data=data, **settings) as node, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=WHOLE, args=ARGUMENTS)
        try:
            page = await browser.new_page(viewport=VIEWPORT)  # type: ignore[arg-type]
            protocol = await page.context.new_cdp_session(page)
            await protocol.send("Performance.enable", {"timeDomain": "threadTicks"})
            yield Screen(node, browser, page, protocol)
        finally:
            await browser.close()


def figure(bench: str, name: str, unit: str, value: float) -> Figure:
    return Figure(bench=bench, name=name, unit=unit, values=[float(value)])

"""A long conversation at the desk, in a browser: how long until its last page is on the screen, how long the page is
busy in one go, and whether opening it again and again leaves anything behind.
"""

from pathlib import Path
from typing import NamedTuple

from tests.bench import pages
from tests.bench.figures import Figure, percentile
from tests.bench.pages import Screen, figure

BENCH = "thread"
CONVERSATIONS = 4
"""The first of a hundred are open; the desk goes from one that a bot holds to another."""
PAINTED = """
async (link) => {
  const begun = performance.now();
  link.click();
  const name = link.textContent;
  const root = link.getRootNode();
  const shown = () => root.querySelector(".bar h1")?.textContent === name && root.querySelector(".log .bub");
  while (!shown()) await new Promise((resolve) => requestAnimationFrame(resolve));
  await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
  return performance.now() - begun;
}
"""


class Size(NamedTuple):
    events: int = 50_000
    opens: int = 100


QUICK = Size(events=2000, opens=20)


async def run(size: Size, directory: Path) -> list[Figure]:
    async with pages.screen(directory, CONVERSATIONS, size.events) as screen:
        return await _opened(screen, size.opens)


async def _opened(screen: Screen, opens: int) -> list[Figure]:
    await screen.sign_in()
    links = screen.page.locator("a.name")
    await links.nth(1).wait_for()
    for n in range(2):  # code and styles of a thread are loaded once
        await links.nth(n).evaluate(PAINTED)
    before = await screen.heap()
    await screen.observe()
    took = [float(await links.nth(n % 2).evaluate(PAINTED)) for n in range(opens)]
    work = await screen.figures(BENCH, opens, "/open")
    return [
        figure(BENCH, "click to last page painted, p50", "ms", percentile(took, 50)),
        figure(BENCH, "click to last page painted, p99", "ms", percentile(took, 99)),
        *work,
        figure(BENCH, "heap before", "MB", before),
        figure(BENCH, f"heap after {opens} opens", "MB", await screen.heap()),
    ]

"""What the snippet costs a page that has nothing else on it. `make soak` asks Lighthouse, of blocking time too."""

from tests.e2e.host import HostSite
from tests.e2e.snippet import snippet
from tests.e2e.windows import Windows
from tests.kit.server import ServerProcess

MEASURE = """
window.shifts = [];
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) shifts.push(entry.value);
}).observe({ type: "layout-shift", buffered: true });
"""
SCRIPTS = "performance.getEntriesByType('resource').map(({ name }) => name).filter((name) => !name.startsWith('data:'))"


async def test_the_snippet_moves_nothing_on_a_page(house: ServerProcess, site: HostSite, windows: Windows) -> None:
    page = await windows.opens(house.url)
    await page.add_init_script(MEASURE)
    await page.goto(site.page("/blank", "<p>Nothing else is here.</p>", head=snippet(house.url)), wait_until="load")
    await page.wait_for_function("document.querySelector('intervene-chat')?.matches(':defined')")
    await page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert await page.evaluate("shifts") == []


async def test_before_the_page_is_idle_and_nothing_was_touched_only_the_loader_has_come(
    house: ServerProcess, site: HostSite, windows: Windows
) -> None:
    page = await windows.opens(house.url)
    await page.add_init_script("window.requestIdleCallback = (then) => { window.idle = then; };")
    await page.goto(site.page("/busy", "<p>Busy.</p>", head=snippet(house.url)), wait_until="load")
    launcher = page.get_by_role("button", name="Open the chat")
    await launcher.wait_for()
    await page.wait_for_function("!!window.idle")
    assert await page.evaluate(SCRIPTS) == [f"{house.url}/widget.js"]
    await page.evaluate("window.idle()")
    await page.wait_for_function("document.querySelector('intervene-chat').matches(':defined')")

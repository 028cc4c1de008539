"""Pages of Debian's Chromium with the JavaScript client in them, before a real server."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, Page

from tests.kit.browser import browser, shared
from tests.kit.limits import WAIT
from tests.kit.server import ServerProcess

__all__ = ["browser"]  # a fixture

SDK = Path(__file__).parents[3] / "client_js" / "sdk" / "dist" / "index.js"
LIVE = SDK.parents[1] / "tests" / "live"
"""Programs for Node that use the client."""
SCRIPT = """
async (source) => {
  window.sdk = await import(URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
  window.unsent = [];
  window.start = async (principal, token, url = location.origin) => {
    window.client = sdk.createClient({
      url, principal, getToken: () => token, pace: { firstDelay: 50, longestDelay: 400 },
    });
    client.on("unsent", (command) => unsent.push(command.text));
    window.conversation = await client.open();
  };
  window.visit = async (options = {}) => {
    window.visitor = new sdk.VisitorTokens({ url: location.origin });
    window.client = sdk.createClient({
      url: location.origin, visitor, pace: { firstDelay: 50, longestDelay: 400 }, ...options,
    });
    window.anew = 0;
    client.on("unsent", (command) => unsent.push(command.text));
    client.on("anew", async () => {
      anew += 1;
      window.conversation = await client.open();
    });
    window.conversation = await client.open();
  };
  window.texts = () => window.conversation?.view.events.map(({ event }) => event.text).filter(Boolean);
}
"""

OpenPage = Callable[[], Awaitable[Page]]


@shared()
async def server(tmp_path: Path) -> AsyncIterator[ServerProcess]:
    server = ServerProcess(tmp_path, bot="none", drain_seconds="0")
    await server.start()
    yield server
    if server.is_running:
        await server.stop()
    assert not server.complaints, "\n".join(server.complaints)


@shared()
async def window(server: ServerProcess, browser: Browser) -> AsyncIterator[BrowserContext]:
    """One browser profile: its pages share storage and locks."""
    context = await browser.new_context()
    context.set_default_timeout(WAIT * 1000)
    yield context
    await context.close()


async def load(page: Page) -> None:
    """Put the client into the page, which is new or was loaded again."""
    await page.evaluate(SCRIPT, SDK.read_text("utf-8"))


async def leave(page: Page) -> None:
    """Go elsewhere, as before a server is back that the page would otherwise find before it is loaded again."""
    await page.goto("about:blank")


async def come_back(page: Page, server: ServerProcess) -> None:
    await page.goto(f"{server.url}/healthz")  # of the server's origin, and without a script of ours
    await load(page)


@pytest.fixture
def open_page(window: BrowserContext, server: ServerProcess) -> OpenPage:
    async def open_one() -> Page:
        page = await window.new_page()
        await come_back(page, server)
        return page

    return open_one

"""What is on the way breaks websockets: the JavaScript client says so, and does not take it for an outage."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import BrowserContext, Page

from tests.interop.sdk.conftest import load
from tests.kit.browser import shared
from tests.kit.limits import NAMED
from tests.kit.proxy import Proxy, Upgrades
from tests.kit.server import ServerProcess

BAD = (Upgrades.CLOSED, Upgrades.SWALLOWED, Upgrades.BUFFERED)


@shared()
async def proxy(server: ServerProcess) -> AsyncIterator[Proxy]:
    async with Proxy(server.port) as proxy:
        yield proxy


async def _opens(window: BrowserContext, proxy: Proxy) -> Page:
    page = await window.new_page()
    await page.goto(f"http://127.0.0.1:{proxy.port}/healthz")
    await load(page)
    return page


async def _is_named(page: Page, kind: str) -> None:
    await page.wait_for_function("(kind) => client.trouble?.kind === kind", arg=kind, timeout=NAMED * 1000)


@pytest.mark.parametrize("upgrades", BAD)
async def test_a_proxy_that_lets_no_websockets_through_is_named(
    window: BrowserContext, proxy: Proxy, server: ServerProcess, upgrades: Upgrades
) -> None:
    """[R3] And when it lets them through, the client is there by itself."""
    proxy.upgrades = upgrades
    page = await _opens(window, proxy)
    await page.evaluate("(token) => void start('maria', token)", server.visitor_token("maria"))
    await _is_named(page, "blocked")
    proxy.upgrades = Upgrades.PASS
    await page.evaluate("client.reconnect()")
    await page.wait_for_function("window.conversation?.isLive")
    assert await page.evaluate("client.trouble") is None


async def test_a_server_that_is_down_is_an_outage_and_no_proxy(
    window: BrowserContext, proxy: Proxy, server: ServerProcess
) -> None:
    page = await _opens(window, proxy)
    await page.evaluate("(token) => start('maria', token)", server.visitor_token("maria"))
    await server.kill()
    await _is_named(page, "unreachable")
    assert await page.evaluate("client.state.retryAt") < await page.evaluate("performance.now() + 60000")
    server.spawn()
    await server.ready()
    await page.wait_for_function("conversation.isLive")

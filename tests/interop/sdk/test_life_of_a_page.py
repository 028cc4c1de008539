"""Pages that are frozen, kept for going back to, or cut off by their own device; and tabs that share one token."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from tests.interop.sdk.conftest import OpenPage, load
from tests.kit.browser import ARGUMENTS, WHOLE, shared
from tests.kit.limits import WAIT
from tests.kit.server import ServerProcess


async def _start(page: Page, server: ServerProcess, principal: str = "maria") -> None:
    await page.evaluate("([principal, token]) => start(principal, token)", [principal, server.visitor_token("maria")])


async def _say(page: Page, text: str) -> None:
    """Without waiting for the ack."""
    await page.evaluate("(text) => void conversation.say(text).catch(() => 0)", text)


async def test_a_page_that_the_browser_freezes_hangs_up_and_has_all_when_it_is_thawed(
    open_page: OpenPage, window: BrowserContext, server: ServerProcess
) -> None:
    """[P5] By the browser itself, as it does with tabs that nobody looks at."""
    page, other = await open_page(), await open_page()
    for each in (page, other):
        await _start(each, server)
    browser = await window.new_cdp_session(page)
    await browser.send("Page.setWebLifecycleState", {"state": "frozen"})
    await _say(other, "while it was frozen")
    await other.wait_for_function("texts().includes('while it was frozen')")
    await browser.send("Page.setWebLifecycleState", {"state": "active"})
    await page.wait_for_function("conversation.isLive && texts().includes('while it was frozen')")


async def test_a_device_without_a_network_keeps_what_was_typed_and_sends_it_once(
    open_page: OpenPage, window: BrowserContext, server: ServerProcess
) -> None:
    """[P5] [R42]"""
    page = await open_page()
    await _start(page, server)
    await window.set_offline(True)
    await page.wait_for_function("client.trouble?.kind === 'offline' && client.state.retryAt === Infinity")
    for text in ("one", "two"):
        await _say(page, text)
    assert await page.evaluate("conversation.pending.length") == 2
    await window.set_offline(False)
    await page.wait_for_function("String(texts()) === 'one,two' && conversation.pending.length === 0")


async def test_a_tab_that_lives_sends_what_another_leaves_whenever_that_is_closed(
    open_page: OpenPage, window: BrowserContext, server: ServerProcess
) -> None:
    """[P5] Of an older tab and of a newer one, by a tab that was connected all the time and is not looked at anew."""
    first, second, third = [await open_page() for _ in range(3)]
    for page in (first, second, third):
        await _start(page, server)
    for page, text in ((first, "of the first"), (third, "of the third")):
        browser = await window.new_cdp_session(page)
        await browser.send("Network.enable")
        network = {"offline": True, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
        await browser.send("Network.emulateNetworkConditions", network)
        await page.wait_for_function("client.trouble?.kind === 'offline'")
        await _say(page, text)
        await page.close()
        await second.wait_for_function("(text) => texts().includes(text)", arg=text)


async def test_a_hidden_page_stays_connected_and_is_current_when_it_is_shown_again(
    open_page: OpenPage, window: BrowserContext, server: ServerProcess
) -> None:
    """[R90] The browser answers the server's pings by itself, however rarely it runs a hidden page's timers."""
    page = await open_page()
    await _start(page, server)
    await page.evaluate("client.on('state', () => { window.changes = (window.changes ?? 0) + 1; })")
    other = await open_page()
    await _start(other, server)
    await other.bring_to_front()
    await _say(other, "unseen")
    await page.bring_to_front()
    await page.wait_for_function("texts().includes('unseen')")
    assert await page.evaluate("window.changes ?? 0") == 0


async def test_one_tab_gets_a_new_token_for_all(open_page: OpenPage, server: ServerProcess) -> None:
    """The first to need a new one asks for it, and the others refresh theirs with it."""
    pages = [await open_page() for _ in range(3)]
    tokens = [server.visitor_token("maria", lasts=8.0) for _ in range(3)]
    newer = [server.visitor_token("maria") for _ in range(3)]
    for page, token, new in zip(pages, tokens, newer, strict=True):
        await page.evaluate(SHARING, [token, new])
        await page.wait_for_function("window.conversation?.isLive")

    async def asked() -> int:
        return sum([int(await page.evaluate("asked")) for page in pages])

    assert await asked() == 3
    for page in pages:
        await page.wait_for_function("client.state.welcome && refreshed > 0", timeout=2 * WAIT * 1000)
    assert await asked() == 4, "one of them asked"
    for page in pages:
        assert await page.evaluate("conversation.isLive")


SHARING = """
async ([token, newer]) => {
  window.asked = 0;
  window.refreshed = 0;
  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (text) {
    if (JSON.parse(text).type === "refresh") refreshed += 1;
    return send.call(this, text);
  };
  window.client = sdk.createClient({
    url: location.origin,
    principal: "maria",
    getToken: ({ isNew }) => { asked += 1; return isNew ? newer : token; },
  });
  window.conversation = await client.open();
}
"""


# -- going back and forward --------------------------------------------------------------------------------------------


@shared()
async def keeping(server: ServerProcess) -> AsyncIterator[Browser]:
    """A Chromium that keeps pages for going back to, which Playwright switches off."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=WHOLE, args=ARGUMENTS, ignore_default_args=["--disable-back-forward-cache"]
        )
        yield browser
        await browser.close()


@shared()
async def host() -> AsyncIterator[str]:
    """Somebody's site: pages that a browser may keep, which the server's own answers forbid."""
    page = (
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 15\r\nConnection: close\r\n\r\n<!doctype html>"
    )

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(page)
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as listening:
        yield f"http://localhost:{listening.sockets[0].getsockname()[1]}"


async def test_a_page_that_is_gone_back_to_is_the_same_one_and_current(
    keeping: Browser, host: str, server: ServerProcess
) -> None:
    """[P5] The browser keeps it, although it had a socket and locks, and it takes both up again."""
    await server.kill()
    server.settings["origins"] = host
    await server.start()
    context = await keeping.new_context()
    context.set_default_timeout(WAIT * 1000)
    page, other = await context.new_page(), await context.new_page()
    for each in (page, other):
        await each.goto(f"{host}/shop")
        await load(each)
        await each.evaluate("([token, url]) => start('maria', token, url)", [server.visitor_token("maria"), server.url])
    await page.evaluate("window.isTheSame = true")
    await page.goto(f"{host}/basket")
    await _say(other, "while it was away")
    await other.wait_for_function("texts().includes('while it was away')")
    await page.evaluate("history.back()")
    await page.wait_for_function("window.isTheSame && conversation.isLive && texts().includes('while it was away')")
    await _say(page, "back again")
    await other.wait_for_function("String(texts()) === 'while it was away,back again'")
    await context.close()

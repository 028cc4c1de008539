"""The JavaScript client's send queue over reloads, tabs and people, in a real browser."""

from playwright.async_api import Page

from tests.interop.sdk.conftest import OpenPage, come_back, leave
from tests.kit.server import ServerProcess


async def _start(page: Page, principal: str, token: str) -> None:
    await page.evaluate("([principal, token]) => start(principal, token)", [principal, token])


async def _say(page: Page, *texts: str) -> None:
    """Without waiting for the acks."""
    await page.evaluate("(texts) => { for (const text of texts) void conversation.say(text).catch(() => 0); }", texts)


async def _is_kept(page: Page, count: int) -> None:
    await page.wait_for_function(
        """async (count) => {
            const store = new sdk.IndexedDbStore(indexedDB);
            const all = [...await store.load("maria"), ...await store.load("ben")];
            return all.length === count;
        }""",
        arg=count,
    )


async def _shows(page: Page, *texts: str) -> None:
    await page.wait_for_function("(texts) => String(window.texts?.()) === String(texts)", arg=texts)


async def test_a_reload_with_messages_that_were_not_sent_sends_each_once(
    open_page: OpenPage, server: ServerProcess
) -> None:
    """[P5] [R42]"""
    token = server.visitor_token("maria")
    page = await open_page()
    await _start(page, "maria", token)
    await server.kill()
    await _say(page, "one", "two", "three")
    await _is_kept(page, 3)
    await leave(page)
    server.spawn()
    await server.ready()
    await come_back(page, server)
    await _start(page, "maria", token)
    await _shows(page, "one", "two", "three")
    await _is_kept(page, 0)


async def test_a_tab_sends_what_was_typed_in_it_and_what_a_dead_tab_left(
    open_page: OpenPage, server: ServerProcess
) -> None:
    """[P5]"""
    token = server.visitor_token("maria")
    first, second = await open_page(), await open_page()
    for page in (first, second):
        await _start(page, "maria", token)
    await server.kill()
    await _say(first, "of the first")
    await _say(second, "of the second")
    await _is_kept(second, 2)
    await first.close()
    server.spawn()
    await server.ready()
    await second.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    await second.wait_for_function("texts().length === 2")
    assert sorted(await second.evaluate("texts()")) == ["of the first", "of the second"]
    await _is_kept(second, 0)


async def test_a_tab_that_lives_keeps_its_messages_from_the_others(open_page: OpenPage, server: ServerProcess) -> None:
    token = server.visitor_token("maria")
    first, second = await open_page(), await open_page()
    for page in (first, second):
        await _start(page, "maria", token)
    await server.kill()
    await _say(first, "of the first")
    await _is_kept(second, 1)
    await second.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    assert await second.evaluate("conversation.pending.length") == 0
    server.spawn()
    await server.ready()
    await _shows(first, "of the first")
    await _shows(second, "of the first")


async def test_a_shared_computer_sends_no_ones_messages_as_another(open_page: OpenPage, server: ServerProcess) -> None:
    """[P6]"""
    page = await open_page()
    await _start(page, "maria", server.visitor_token("maria"))
    await server.kill()
    await _say(page, "for the bank only")
    await _is_kept(page, 1)
    await leave(page)
    server.spawn()
    await server.ready()
    await come_back(page, server)
    await _start(page, "ben", server.visitor_token("ben"))
    await _say(page, "hello")
    await _shows(page, "hello")
    assert await page.evaluate("unsent") == []
    await _is_kept(page, 1)


async def test_where_storage_is_refused_messages_are_kept_in_memory_and_the_client_says_so(
    open_page: OpenPage, server: ServerProcess
) -> None:
    page = await open_page()
    await page.evaluate(
        "() => { IDBFactory.prototype.open = () => { throw new DOMException('no', 'SecurityError'); }; }"
    )
    await _start(page, "maria", server.visitor_token("maria"))
    await _say(page, "hello")
    await _shows(page, "hello")
    assert await page.evaluate("client.keepsUnsent") is False


async def test_a_page_that_the_browser_froze_hangs_up_and_comes_back(
    open_page: OpenPage, server: ServerProcess
) -> None:
    page = await open_page()
    await _start(page, "maria", server.visitor_token("maria"))
    await page.evaluate("document.dispatchEvent(new Event('freeze'))")
    await page.wait_for_function("client.state.kind === 'waiting' && client.state.retryAt === Infinity")
    await _say(page, "typed while it slept")
    await page.evaluate("document.dispatchEvent(new Event('resume'))")
    await _shows(page, "typed while it slept")

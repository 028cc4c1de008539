"""A visitor in a real browser: one for all tabs, who begins anew where the server refuses them."""

from playwright.async_api import BrowserContext, Page

from tests.interop.sdk.conftest import OpenPage, come_back, leave, load
from tests.kit.server import ServerProcess

OLD, NEW = "o" * 64, "n" * 64


async def _visit(page: Page) -> None:
    await page.evaluate("visit()")


async def _say(page: Page, *texts: str) -> None:
    """Without waiting for the acks."""
    await page.evaluate("(texts) => { for (const text of texts) void conversation.say(text).catch(() => 0); }", texts)


async def _principal(page: Page) -> str:
    return str(await page.evaluate("visitor.principal"))


async def test_two_tabs_that_are_opened_at_once_become_one_visitor(window: BrowserContext, open_page: OpenPage) -> None:
    first, second = await open_page(), await open_page()
    asked: list[str] = []
    window.on("request", lambda request: asked.append(request.url))
    for page in (first, second):
        await page.evaluate("void visit()")
    for page in (first, second):
        await page.wait_for_function("window.conversation?.isLive")
    assert await _principal(first) == await _principal(second)
    assert len([url for url in asked if url.endswith("/v1/webchat/webchat/visitors")]) == 1
    await _say(first, "hello")
    await second.wait_for_function("texts().includes('hello')")


async def test_nothing_is_stored_before_a_token_is_asked_for(open_page: OpenPage) -> None:
    page = await open_page()
    await page.evaluate("window.visitor = new sdk.VisitorTokens({ url: location.origin })")
    assert await page.evaluate("localStorage.length") == 0
    assert await page.evaluate("visitor.principal") is None
    assert await page.evaluate("async () => (await indexedDB.databases()).length") == 0


async def test_a_visitor_comes_back_to_the_same_conversation(open_page: OpenPage) -> None:
    page = await open_page()
    await _visit(page)
    await _say(page, "remember me")
    await page.wait_for_function("texts().includes('remember me')")
    await page.reload()
    await load(page)
    await _visit(page)
    await page.wait_for_function("texts().includes('remember me')")


async def test_what_a_refused_visitor_had_not_got_sent_is_reported_and_never_sent_by_the_next(
    open_page: OpenPage, server: ServerProcess
) -> None:
    """[P6] [R14] Of this tab, and of a page before it."""
    await server.kill()
    server.settings["keys"] = OLD
    await server.start()
    page, other = await open_page(), await open_page()
    for each in (page, other):
        await _visit(each)
    former = await _principal(page)
    await server.kill()
    await _say(page, "for the bank only")
    await _say(other, "of a dead tab")
    await page.wait_for_function(
        "async (of) => (await new sdk.IndexedDbStore(indexedDB).load(of)).length === 2", arg=former
    )
    await other.close()
    server.settings["keys"] = NEW
    server.spawn()
    await server.ready()
    await page.wait_for_function("anew === 1 && conversation.isLive && unsent.length === 2")
    assert sorted(await page.evaluate("unsent")) == ["for the bank only", "of a dead tab"]
    assert await page.evaluate("texts()") == []
    assert await page.evaluate("async (of) => (await new sdk.IndexedDbStore(indexedDB).load(of)).length", former) == 0
    await _say(page, "hello")
    await page.wait_for_function("String(texts()) === 'hello'")


async def test_a_token_of_an_earlier_time_that_cannot_be_renewed_begins_anew(
    open_page: OpenPage, server: ServerProcess
) -> None:
    """[R14] Before there was any connection, and the message of the page before is reported."""
    await server.kill()
    server.settings["keys"] = OLD
    await server.start()
    page = await open_page()
    await _visit(page)
    former = await _principal(page)
    await server.kill()
    await _say(page, "of yesterday")
    await page.wait_for_function(
        "async (of) => (await new sdk.IndexedDbStore(indexedDB).load(of)).length === 1", arg=former
    )
    await leave(page)
    server.settings["keys"] = NEW
    server.spawn()
    await server.ready()
    await come_back(page, server)
    await page.evaluate(
        "() => { const [key] = Object.keys(localStorage);"
        " localStorage[key] = JSON.stringify({ ...JSON.parse(localStorage[key]), expires: 1 }); }"
    )
    await page.evaluate("void visit()")
    await page.wait_for_function("anew === 1 && window.conversation?.isLive && unsent.length === 1")
    assert await page.evaluate("unsent") == ["of yesterday"]
    assert await _principal(page) != former


async def test_a_visitor_who_was_forgotten_begins_anew_in_every_tab_as_one(open_page: OpenPage) -> None:
    """[R14, R17]"""
    first, second = await open_page(), await open_page()
    await _visit(first)
    await _visit(second)
    former, conversation = await _principal(first), await first.evaluate("conversation.id")
    await _say(first, "my number is 42")
    await second.wait_for_function("texts().includes('my number is 42')")
    await first.evaluate("async () => { client.stop(); await visitor.forget(); }")
    assert await first.evaluate("localStorage.length") == 0
    await second.wait_for_function("anew === 1 && conversation.isLive")
    assert await second.evaluate("conversation.id") != conversation
    assert await second.evaluate("texts()") == []
    await _visit(first)
    assert await _principal(first) == await _principal(second) != former


async def test_a_conversation_of_the_former_visitor_takes_no_more(open_page: OpenPage, server: ServerProcess) -> None:
    """[P6] [R14]"""
    page, other = await open_page(), await open_page()
    await _visit(page)
    await _visit(other)
    await page.evaluate("window.old = conversation")
    await other.evaluate("async () => { client.stop(); await visitor.forget(); }")
    await page.wait_for_function("anew === 1 && conversation.isLive")
    assert await page.evaluate("old.say('in the old one').catch((problem) => problem.code)") == "began_anew"

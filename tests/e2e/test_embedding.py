"""Pages that change under the chat: what frameworks, old pages and single-page applications do to it."""

import pytest
from playwright.async_api import expect

from tests.e2e.host import HostSite
from tests.e2e.shop import Shopper, name_of, snippet
from tests.e2e.windows import Windows
from tests.kit.browser import shared
from tests.kit.limits import WAIT
from tests.kit.server import ServerProcess

expect.set_options(timeout=WAIT * 1000)

BODY_REPLACED = """
const body = document.createElement("body");
body.innerHTML = "<h1>Next page</h1>";
document.body.replaceWith(body);
"""
BODY_RENDERED = "document.body.innerHTML = '<h1>Next page</h1>'"
REMOVED = "document.querySelector('intervene-chat').remove()"
DOCUMENT_RENDERED = """
const root = document.createElement("html");
root.append(document.createElement("head"), document.createElement("body"));
root.lastChild.innerHTML = "<h1>Next page</h1>";
document.documentElement.replaceWith(root);
"""


@shared()
async def shopper(windows: Windows, site: HostSite, house: ServerProcess, request: pytest.FixtureRequest) -> Shopper:
    return Shopper(await windows.opens(house.url), site, house, name_of(request))


@pytest.mark.parametrize("change", [BODY_REPLACED, BODY_RENDERED, DOCUMENT_RENDERED], ids=["body", "in it", "all"])
async def test_the_chat_stays_when_the_page_under_it_is_another(shopper: Shopper, change: str) -> None:
    """As Turbo, htmx and the like do at each navigation. What was typed and the open panel stay too."""
    await (await shopper.enters()).opens()
    await shopper.writes("Before")
    await expect(shopper.log).to_contain_text("two instalments are open.")
    await shopper.box.fill("A draft")
    await shopper.page.evaluate(change)
    await expect(shopper.page.get_by_text("Next page")).to_be_attached()
    await expect(shopper.box).to_have_value("A draft")
    await expect(shopper.log).to_contain_text("Before")
    await shopper.writes("After")
    await expect(shopper.log).to_contain_text("After")
    await expect(shopper.chat).to_have_count(1)


async def test_a_chat_that_the_page_removed_comes_back_with_the_next_boot_or_open(shopper: Shopper) -> None:
    await shopper.enters()
    await expect(shopper.launcher).to_be_visible()
    await shopper.page.evaluate(REMOVED)
    await expect(shopper.chat).to_have_count(0)
    await shopper.page.evaluate("$intervene('boot', { channel: 'webchat' })")
    await expect(shopper.launcher).to_be_visible()
    await shopper.page.evaluate(REMOVED)
    await shopper.page.evaluate("$intervene('open')")
    await expect(shopper.heading).to_have_text("Assistant")
    await expect(shopper.chat).to_have_count(1)


async def test_a_page_in_quirks_mode_that_writes_the_snippet_as_it_loads_has_the_chat(
    shopper: Shopper, site: HostSite
) -> None:
    """As pages of before 2010 do, and some tag managers."""
    written = snippet(shopper.house, {"name": shopper.name}).replace("</script>", "<\\/script>")
    body = f"<link rel=icon href='data:,'><font size=7><center><script>document.write(`{written}`)</script></center>"
    await shopper.page.goto(site.file("/old", "text/html; charset=utf-8", body))
    assert await shopper.page.evaluate("document.compatMode") == "BackCompat"
    await shopper.opens()
    await shopper.writes("Hello")
    await expect(shopper.log).to_contain_text("two instalments are open.")
    size = await shopper.log.locator(".bub").first.evaluate("(bubble) => getComputedStyle(bubble).fontSize")
    assert size == "15px"


async def test_who_zooms_in_with_two_fingers_sees_a_part_of_the_same_panel(
    windows: Windows, site: HostSite, house: ServerProcess, request: pytest.FixtureRequest
) -> None:
    """And a change of theme does not undo what a keyboard on the screen has taken of its height."""
    page = await windows.opens(house.url, viewport={"width": 360, "height": 640}, has_touch=True, is_mobile=True)
    shopper = Shopper(page, site, house, name_of(request))
    await (await shopper.enters()).opens()
    await expect(shopper.heading).to_have_text("Assistant")  # a window that closes while it connects complains
    session = await page.context.new_cdp_session(page)
    await session.send("Emulation.setPageScaleFactor", {"pageScaleFactor": 2})
    await page.wait_for_function("visualViewport.scale === 2")
    await page.evaluate("new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
    assert await shopper.panel.evaluate("(panel) => panel.offsetHeight") == 640
    await page.evaluate("$intervene('setTheme', 'dark')")
    await expect(shopper.chat.locator(".root")).to_have_attribute("data-theme", "dark")
    kept = "(panel) => panel.getRootNode().querySelector('.root').style.getPropertyValue('--height')"
    assert await shopper.panel.evaluate(kept) == "640px"

"""The desk as an application that stays open: installed, and over an upgrade of the server."""

import json
import re

import anyio
from playwright.async_api import Page, Route, expect

from tests.e2e.desks import Desk, a_held_one
from tests.e2e.scenes import url_of
from tests.e2e.windows import Windows
from tests.kit.proxy import Proxy
from tests.kit.server import ServerProcess


async def test_after_an_upgrade_the_desk_loads_anew_once_nothing_is_being_typed(
    windows: Windows, house: ServerProcess, line: Proxy
) -> None:
    first, customer = await a_held_one(windows, house)
    page = await windows.opens(url_of(line))
    windows.expect_an_outage()
    desk = Desk(page, house)
    desk.url = f"{url_of(line)}/desk"
    await desk.enters_as(first.name, path=f"/c/{customer.c}")
    await desk.reply_box.fill("In the middle of a")

    async def another(route: Route) -> None:
        if route.request.resource_type == "fetch":
            answer = await route.fetch()
            await route.fulfill(body=re.sub(r"/assets/desk-[\w-]{8}", "/assets/desk-00000000", await answer.text()))
        else:
            await route.continue_()

    await page.route("**/desk", another)
    await page.evaluate("globalThis.isOld = true")
    line.reset()
    await expect(page.get_by_text("The server has been upgraded.")).to_be_visible()
    await desk.screenshots("44-upgraded")
    await anyio.sleep(4.5)  # longer than the desk waits for the next key
    assert await page.evaluate("globalThis.isOld")
    async with page.expect_navigation():
        await desk.reply_box.fill("")
    await expect(desk.reply_box).to_be_visible()
    assert not await page.evaluate("'isOld' in globalThis")
    await expect(page.get_by_text("The server has been upgraded.")).to_be_hidden()


async def test_the_desk_can_be_installed(windows: Windows, house: ServerProcess) -> None:
    desk = await Desk.opens(windows, house, "Ana")
    session = await desk.page.context.new_cdp_session(desk.page)
    manifest = await session.send("Page.getAppManifest")
    assert manifest["errors"] == []
    assert json.loads(manifest["data"])["start_url"] == "/desk"
    errors = (await session.send("Page.getInstallabilityErrors"))["installabilityErrors"]
    assert {error["errorId"] for error in errors} <= {"in-incognito"}  # as all windows of tests are


async def test_right_to_left_all_panes_are_mirrored(windows: Windows, house: ServerProcess) -> None:
    desk, _ = await a_held_one(windows, house)
    page = desk.page
    await page.evaluate("document.documentElement.dir = 'rtl'")
    places = [await left(page, selector) for selector in (".rail", ".list", ".pane", "intervene-context")]
    assert places == sorted(places, reverse=True)
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await desk.screenshots("45-right-to-left")


async def left(page: Page, selector: str) -> float:
    box = await page.locator(selector).first.bounding_box()
    assert box is not None
    return box["x"]

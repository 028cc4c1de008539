"""Every screen of the desk in its sizes and looks: nothing keeps people out, as far as rules can tell, nothing asks
another origin or breaks the page's policy (`watch.py`), and code is loaded for what is opened.

In `make test` it is a part of the screens in each size, in `make test-all` all of them.
"""

import re
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import BrowserContext, Page, expect

from tests.e2e.axe import barriers
from tests.e2e.desks import NARROW, Desk
from tests.e2e.people import SCRIPT
from tests.e2e.screens import SCREENS, leaves_no_draft, visits
from tests.e2e.windows import Windows
from tests.kit.browser import shared
from tests.kit.examples import some
from tests.kit.server import ServerProcess

WIDE = {"width": 1280, "height": 800}
SIZES = {"wide": (WIDE, some(some(tuple(SCREENS)))), "a phone": (NARROW, some(some(tuple(reversed(SCREENS)))))}
ON_DEMAND = re.compile(r"/assets/(palette|contacts|wall|settings|people|queues|webchat|account|context)-[\w-]+\.js$")


@shared(scope="module")
async def team(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ServerProcess]:
    """The demo organisation."""
    team = ServerProcess(tmp_path_factory.mktemp("team"), SCRIPT, drain_seconds="0", demo="true")
    await team.start()
    yield team
    await team.stop()
    assert not team.complaints, "\n".join(team.complaints)


async def signed_in(windows: Windows, team: ServerProcess, who: str) -> BrowserContext:
    """A browser of somebody of the organisation."""
    profile = await windows.profile(team.url)
    if who:
        page = await profile.new_page()
        await page.goto(f"{team.url}/desk")
        await page.get_by_role("button", name=f"{who} ").click()
        await page.get_by_role("navigation", name="Main").wait_for()
        await page.close()
    return profile


async def both_looks(page: Page) -> list[str]:
    await page.emulate_media(color_scheme="light", reduced_motion="reduce")
    found = await barriers(page)
    await page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    return found + [f"dark: {line}" for line in await barriers(page, None, "color-contrast")]


@pytest.mark.parametrize("size", SIZES)
async def test_no_screen_of_the_desk_has_a_serious_barrier(size: str, team: ServerProcess, windows: Windows) -> None:
    viewport, names = SIZES[size]
    profiles: dict[str, BrowserContext] = {}
    found = []
    for name in names:
        screen = SCREENS[name]
        if screen.who not in profiles:
            profiles[screen.who] = await signed_in(windows, team, screen.who)
        page = await profiles[screen.who].new_page()
        await page.set_viewport_size({"width": viewport["width"], "height": viewport["height"]})
        desk = Desk(page, team)
        await visits(desk, screen)
        found += [f"{name}: {line}" for line in await both_looks(page)]
        await leaves_no_draft(desk)
        await page.close()
    assert not found, "\n".join(found)


async def test_the_code_of_a_place_comes_when_it_is_opened(team: ServerProcess, windows: Windows) -> None:
    """The palette, the plots of the wall, every page of the settings, and the panel beside a conversation."""
    page = await (await signed_in(windows, team, "Sofia")).new_page()
    loaded: list[str] = []
    page.on("request", lambda request: loaded.extend(ON_DEMAND.findall(request.url)))
    desk = Desk(page, team)
    await page.goto(f"{team.url}/desk")
    await expect(desk.list.get_by_role("link").first).to_be_visible()
    assert loaded == []
    await desk.presses("Control+k")
    await expect(page.get_by_role("combobox", name="Commands")).to_be_focused()
    assert loaded == ["palette"]
    await desk.presses("Escape")
    await page.get_by_role("link", name="Wall", exact=True).click()
    await expect(desk.heading("Wall").first).to_be_focused()
    assert loaded == ["palette", "wall"]
    await page.get_by_role("link", name="Settings").click()
    await page.get_by_role("link", name="Queues").click()
    await expect(page.get_by_role("table", name="Queues")).to_be_visible()
    assert loaded == ["palette", "wall", "settings", "queues"]

"""Debian's Chromium before a real server. A page may ask nobody else for anything and may not complain."""

import os
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import msgspec
import pytest
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, expect

from tests.e2e.host import HostSite
from tests.e2e.people import SCRIPT, SLOW, People
from tests.e2e.shop import Shopper, name_of
from tests.e2e.watch import SCHEMES, tokens_in
from tests.e2e.windows import Windows
from tests.integration.system.browser import PASSWORD
from tests.kit.browser import browser, shared, whole_browser
from tests.kit.limits import WAIT
from tests.kit.proxy import Proxy
from tests.kit.server import ServerProcess

__all__ = ["browser", "whole_browser"]  # fixtures

expect.set_options(timeout=WAIT * 1000)


class Person:
    """A window with the page in it: a customer on one side and an agent on the other."""

    def __init__(self, page: Page, server: ServerProcess) -> None:
        self.page = page
        self.customer = page.get_by_role("region", name="The customer's screen")
        self.agent = page.get_by_role("region", name="The agent's screen")
        self.complaints: list[str] = []
        self._server = server
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(f"raised: {error}"))
        page.on("request", lambda request: self._asked(request.url))
        page.on("websocket", lambda socket: self._asked(socket.url))

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.type}: {message.text}")

    def _asked(self, url: str) -> None:
        if not url.startswith((f"{self._server.url}/", self._server.socket_url)):
            self.complaints.append(f"asked another: {url}")

    async def opens(self, query: str = "") -> None:
        await self.page.goto(f"{self._server.url}/demo{query}")
        await self.customer.get_by_label("Message to the business").wait_for()

    async def writes(self, text: str) -> None:
        box = self.customer.get_by_label("Message to the business")
        await box.fill(text)
        await box.press("Enter")

    async def replies(self, text: str) -> None:
        await self.reply_box.fill(text)
        await self.reply_box.press("Enter")

    async def clicks(self, name: str) -> None:
        await self.page.get_by_role("button", name=name).click()

    @property
    def reply_box(self) -> Locator:
        return self.agent.get_by_label("Reply to the customer")

    @property
    def customer_log(self) -> Locator:
        return self.customer.get_by_role("log")

    @property
    def agent_log(self) -> Locator:
        return self.agent.get_by_role("log")

    async def screenshots(self, name: str) -> None:
        """In light and dark, wide and narrow, if the variable SCREENSHOTS names a directory."""
        if not (directory := os.environ.get("SCREENSHOTS")):
            return
        size = self.page.viewport_size
        assert size is not None
        for width, height in ((size["width"], size["height"]), (390, 844)):
            await self.page.set_viewport_size({"width": width, "height": height})
            for scheme in SCHEMES:
                await self.page.emulate_media(color_scheme=scheme)
                file = Path(directory) / f"{name}-{scheme}-{width}.png"
                await self.page.screenshot(path=file, full_page=width == 390)
        await self.page.set_viewport_size(size)


async def bubbles(log: Locator) -> list[str]:
    """What people and bots said, as it stands on a screen."""
    return await log.locator(".bub").all_text_contents()


# -- widget and desk, over the whole of a worker's tests ---------------------------------------------------------------


@shared(scope="session")
async def site() -> AsyncIterator[HostSite]:
    async with HostSite() as site:
        yield site


@shared(scope="session")
async def standing_house(site: HostSite, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ServerProcess]:
    """Its log holds no token in the end."""
    house = ServerProcess(tmp_path_factory.mktemp("house"), SCRIPT, drain_seconds="0", origins=site.origin)
    await house.start()
    yield house
    await house.stop()
    assert not house.complaints, "\n".join(house.complaints)
    assert not tokens_in(house.log.splitlines())


@shared()
async def house(standing_house: ServerProcess) -> AsyncIterator[ServerProcess]:
    """One server for all tests that leave it alone. No conversation is open when a test begins: lists are short, and no
    bot goes on writing."""
    yield standing_house
    await closes_all(standing_house)


async def closes_all(server: ServerProcess) -> None:
    bearer = f"Bearer {server.agent_token('Caretaker', 'supervisor')}"
    listed = (await server.ask("GET", "/v1/conversations", authorization=bearer)).json["items"]
    those = {each["id"]: {"epoch": each["epoch"], "seen": each["seq"]} for each in listed if each["is_open"]}
    body = msgspec.json.encode({"command": "close", "members": {}, "conversations": those})
    await server.ask("POST", "/v1/conversations/bulk", body, authorization=bearer, **{"idempotency-key": uuid4().hex})


@shared()
async def office(tmp_path: Path) -> AsyncIterator[ServerProcess]:
    """A server that is not in development, where people sign in with their passwords."""
    office = ServerProcess(tmp_path, SCRIPT, drain_seconds="0", development="false")
    await office.start()
    yield office
    await office.stop()
    assert not office.complaints, "\n".join(office.complaints)
    assert PASSWORD not in office.log


@shared()
async def own_house(site: HostSite, tmp_path: Path) -> AsyncIterator[ServerProcess]:
    """One to kill, stop and start again."""
    house = ServerProcess(tmp_path, SCRIPT, drain_seconds="0", origins=site.origin)
    await house.start()
    yield house
    if house.is_running:
        await house.stop()
    assert not house.complaints, "\n".join(house.complaints)
    assert not tokens_in(house.log.splitlines())


@shared()
async def line(house: ServerProcess) -> AsyncIterator[Proxy]:
    """Between a browser and the server of all tests."""
    async with Proxy(house.port) as line:
        yield line


@shared()
async def windows(browser: Browser, site: HostSite, line: Proxy) -> AsyncIterator[Windows]:
    """They are closed before the line is."""
    windows = Windows(browser, site)
    yield windows
    await windows.close()


@shared()
async def whole(whole_browser: Browser, site: HostSite) -> AsyncIterator[Windows]:
    """Windows with real notifications."""
    windows = Windows(whole_browser, site)
    yield windows
    await windows.close()


@pytest.fixture
def people(windows: Windows, site: HostSite) -> People:
    return People(windows, site)


# -- the page with both sides ------------------------------------------------------------------------------------------


@shared()
async def server(tmp_path: Path) -> AsyncIterator[ServerProcess]:
    server = ServerProcess(tmp_path, SLOW, drain_seconds="0")
    await server.start()
    yield server
    if server.is_running:
        await server.stop()
    assert not server.complaints, "\n".join(server.complaints)


@shared()
async def window(server: ServerProcess, browser: Browser) -> AsyncIterator[BrowserContext]:
    """Asks for the server first, so that it is closed before that stops."""
    context = await browser.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(WAIT * 1000)
    yield context
    await context.close()


@shared()
async def person(window: BrowserContext, server: ServerProcess) -> AsyncIterator[Person]:
    """Who has the page open, as Maria and as Ada."""
    person = Person(await window.new_page(), server)
    await person.opens()
    yield person
    assert not person.complaints, "\n".join(person.complaints)


@shared()
async def shopper(windows: Windows, site: HostSite, house: ServerProcess, request: pytest.FixtureRequest) -> Shopper:
    """A new visitor with a window of their own, who is named for the test."""
    return Shopper(await windows.opens(house.url), site, house, name_of(request))

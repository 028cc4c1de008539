"""The product page and the page for developers, as a visitor, a keyboard and a developer find them."""

import asyncio
import json
import os
import re
import subprocess
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from html.parser import HTMLParser
from pathlib import Path

import anyio
import pytest
from playwright.async_api import BrowserContext, Page, expect

from tests.e2e.axe import barriers
from tests.e2e.host import HostSite
from tests.e2e.watch import SCHEMES
from tests.e2e.windows import Windows
from tests.kit.limits import LONG_WAIT, WAIT, eventually
from tests.kit.server import ServerProcess, until

expect.set_options(timeout=WAIT * 1000)

ROOT = Path(__file__).parents[2]
CLIENTS = ROOT / "client_js"
PAGES = ("/", "/developers", "/demo")
WIDTHS = (1280, 390, 320)


# -- all of them -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("path", PAGES)
async def test_nothing_on_a_page_keeps_people_out(
    path: str, scheme: str, windows: Windows, house: ServerProcess
) -> None:
    """Under the strict policy of the server: a violation is a complaint of the window."""
    page = await windows.opens(house.url, color_scheme=scheme)
    await page.goto(f"{house.url}{path}")
    await page.wait_for_load_state("networkidle")
    for width in WIDTHS:
        await page.set_viewport_size({"width": width, "height": 800})
        assert await barriers(page) == []
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"no wider than {width} px"


@pytest.mark.parametrize("path", ["/", "/developers"])
async def test_every_link_of_a_page_leads_somewhere(path: str, windows: Windows, house: ServerProcess) -> None:
    page = await windows.opens(house.url)
    await page.goto(f"{house.url}{path}")
    await expect(page.get_by_role("link", name="Demo").first).to_be_visible()
    for link in await links(page):
        await leads_somewhere(page, house, link)


async def links(page: Page) -> list[str]:
    found: list[str] = await page.locator("a[href]").evaluate_all("all => all.map((one) => one.getAttribute('href'))")
    return found


async def leads_somewhere(page: Page, server: ServerProcess, link: str) -> None:
    if link.startswith("#"):
        assert await page.locator(link).count() == 1, link
    else:
        assert (await server.ask("GET", link)).status == 200, link


# -- the product page --------------------------------------------------------------------------------------------------


@pytest.fixture
async def production(tmp_path: Path) -> AsyncIterator[ServerProcess]:
    server = ServerProcess(tmp_path, bot="echo", development="false", drain_seconds="0")
    await server.start()
    yield server
    await server.stop()
    assert not server.complaints, "\n".join(server.complaints)


async def test_in_production_the_product_page_leads_only_to_what_is_there_and_has_a_chat(
    windows: Windows, production: ServerProcess
) -> None:
    """Nothing of the demo is served there."""
    page = await windows.opens(production.url)
    await page.goto(production.url)
    await page.wait_for_load_state("networkidle")
    found = await links(page)
    assert not {"/demo", "/developers"} & set(found)
    for link in found:
        await leads_somewhere(page, production, link)
    assert "demo" not in (await production.ask("GET", "/")).body.decode().lower()
    await chats(page)
    await page.close()  # before the server stops


async def test_the_product_page_makes_no_visitor_before_the_chat_is_opened(
    windows: Windows, house: ServerProcess
) -> None:
    page = await windows.opens(house.url)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("websocket", lambda socket: asked.append(socket.url))
    await page.goto(house.url)

    async def is_defined() -> bool:  # asked again from here: the page's policy allows no string as a script
        return bool(await page.evaluate("!!customElements.get('intervene-chat')"))

    await until(is_defined, within=WAIT)
    await page.wait_for_load_state("networkidle")
    assert not [url for url in asked if "webchat" in url or url.startswith("ws")]
    assert await page.evaluate("localStorage.length + sessionStorage.length") == 0
    await chats(page)
    assert [url for url in asked if url.endswith("/v1/webchat/webchat/visitors")]


async def chats(page: Page) -> None:
    await page.get_by_role("button", name="Chat as a customer").click()
    await says(page, "Hello")


async def says(page: Page, text: str) -> None:
    """In the panel, which was opened just now; a bot answers."""
    box = page.get_by_role("dialog").get_by_role("textbox", name="Message")
    await box.fill(text)
    await box.press("Enter")
    await is_answered(page)


async def is_answered(page: Page) -> None:
    await expect(page.get_by_role("log").locator("[data-by=bot]").first).to_be_visible()


async def test_the_product_page_is_used_with_the_keyboard_alone(windows: Windows, house: ServerProcess) -> None:
    page = await windows.opens(house.url)
    await page.goto(house.url)
    await expect(page.get_by_role("link", name="Developers").first).to_be_visible()
    passed: list[str] = []
    while "Chat as a customer" not in passed:
        assert len(passed) < 20, passed
        await page.keyboard.press("Tab")
        passed.append(await page.evaluate("document.activeElement.textContent.trim()"))
    assert passed[:4] == ["Intervene", "Developers", "Demo", "How it is proved"]
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("dialog").get_by_role("textbox", name="Message")).to_be_focused()
    await page.keyboard.type("Hello")
    await page.keyboard.press("Enter")
    await is_answered(page)


def test_each_figure_on_the_product_page_is_one_of_the_docs() -> None:
    """[P8]"""
    promises = (ROOT / "docs" / "promises.md").read_text()
    shown = re.search(r"<dl>.*</dl>", (CLIENTS / "site" / "index.html").read_text(), re.DOTALL)
    assert shown
    figures = re.findall(r"(?<![\w.,])\d[\d,.]*\d|(?<!\w)0", re.sub(r"<[^>]*>", " ", shown[0]))
    assert len(figures) == 8
    for figure in figures:
        assert re.search(rf"(?<![\w.,]){re.escape(figure)}(?![\w.,]\d)", promises), figure


# -- the page for developers: its code runs as it is shown -------------------------------------------------------------


class Codes(HTMLParser):
    """The text of each element whose id begins with `code-`."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.texts: dict[str, str] = {}
        self._id = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self._id = dict(attributes).get("id") or self._id if tag == "code" else self._id

    def handle_endtag(self, tag: str) -> None:
        self._id = "" if tag == "code" else self._id

    def handle_data(self, data: str) -> None:
        if self._id:
            self.texts[self._id] = self.texts.get(self._id, "") + data


CODES = Codes((CLIENTS / "site" / "developers.html").read_text()).texts
TESTED = {"snippet", "events", "keys", "token", "user", "look", "policy", "strict", "client"}


def test_each_piece_of_code_has_a_test() -> None:
    assert {name.removeprefix("code-") for name in CODES} == TESTED


async def shown(windows: Windows, server: ServerProcess, *names: str) -> list[str]:
    """Pieces of code, as a developer sees them."""
    page = await windows.opens(server.url)
    await page.goto(f"{server.url}/developers")
    await expect(page.get_by_role("button", name="Copy: CSS")).to_be_visible()  # the scripts have run
    return [await page.locator(f"#code-{name}").inner_text() for name in names]


async def test_the_snippet_puts_a_working_chat_on_a_page(
    windows: Windows, house: ServerProcess, site: HostSite
) -> None:
    (snippet,) = await shown(windows, house, "snippet")
    page = await windows.opens(house.url)
    await page.goto(site.page("/snippet", "<h1>Shop</h1>", head=snippet))
    await page.get_by_role("button", name="Open the chat").click()
    await says(page, "Hello")


async def test_the_line_for_a_strict_policy_works_under_the_policy_that_is_shown(
    windows: Windows, house: ServerProcess, site: HostSite
) -> None:
    line, header = await shown(windows, house, "strict", "policy")
    name, _, policy = header.partition(": ")
    assert name == "Content-Security-Policy"
    page = await windows.opens(house.url)
    await page.goto(site.page("/strict", "<h1>Shop</h1>", head=line, policy=f"{policy}; img-src data:"))
    await page.get_by_role("button", name="Open the chat").click()
    await says(page, "Hello")


async def test_commands_and_events_do_what_is_shown(windows: Windows, house: ServerProcess, site: HostSite) -> None:
    snippet, events = await shown(windows, house, "snippet", "events")
    page = await windows.opens(house.url)
    told: list[str] = []
    page.on("console", lambda message: told.append(message.text))
    await page.goto(site.page("/events", "<h1>Shop</h1>", head=f"{snippet}<script>{events}</script>"))
    await says(page, "Hello")
    await eventually(lambda: any(line.startswith("you") and line.endswith("Hello") for line in told))
    await eventually(lambda: any(line.startswith("bot Assistant") for line in told))


@pytest.fixture
async def vouched(site: HostSite, tmp_path: Path) -> AsyncIterator[ServerProcess]:
    """A server with the file of keys that is shown."""
    file = tmp_path / "host-keys.json"
    file.write_text(CODES["code-keys"])
    server = ServerProcess(tmp_path, bot="echo", host_keys=str(file), origins=site.origin, drain_seconds="0")
    await server.start()
    yield server
    await server.stop()
    assert not server.complaints, "\n".join(server.complaints)


async def test_a_signed_in_user_is_the_one_whom_the_application_named(
    windows: Windows, site: HostSite, vouched: ServerProcess
) -> None:
    """[R18] The file of keys, the function that signs, and the line in the page, as they are shown."""
    snippet, sign, line = await shown(windows, vouched, "snippet", "token", "user")
    site.file("/chat-token", "text/plain", signed(sign, json.loads(CODES["code-keys"])["shop"]["key"]))
    page = await windows.opens(vouched.url)
    await page.goto(site.page("/user", "<h1>Shop</h1>", head=f"{snippet}<script>{line}</script>"))
    await page.get_by_role("button", name="Open the chat").click()
    await says(page, "Hello")
    bearer = f"Bearer {vouched.agent_token('Ada')}"
    (listed,) = (await vouched.ask("GET", "/v1/conversations", authorization=bearer)).json["items"]
    assert listed["contact"]["name"] == "Maria"
    assert listed["contact"]["id"].startswith("u-")
    await page.close()  # before the server stops


def signed(code: str, key: str) -> str:
    """What the application of the page for developers gives Maria."""
    program = f"{code}\n\nprint(chat_token('customer-4711', 'Maria'))"
    environment = {**os.environ, "CHAT_KEY": key}
    run = subprocess.run([sys.executable, "-c", program], env=environment, check=True, capture_output=True, text=True)
    return run.stdout.strip()


async def test_the_accent_is_the_one_that_is_shown(windows: Windows, house: ServerProcess, site: HostSite) -> None:
    snippet, look = await shown(windows, house, "snippet", "look")
    page = await windows.opens(house.url)
    await page.goto(site.page("/look", "<h1>Shop</h1>", head=f"<style>{look}</style>{snippet}"))
    await page.get_by_role("button", name="Open the chat").click()
    await says(page, "Hello")
    send = page.get_by_role("dialog").get_by_text("Hello", exact=True)
    assert await send.evaluate("bubble => getComputedStyle(bubble).backgroundColor") == "rgb(122, 31, 92)"
    assert "Georgia" in await send.evaluate("bubble => getComputedStyle(bubble).fontFamily")


async def test_the_client_of_one_s_own_runs_in_node_and_is_answered(
    windows: Windows, house: ServerProcess, tmp_path: Path
) -> None:
    (code,) = await shown(windows, house, "client")
    modules = tmp_path / "node_modules"
    (modules / "@intervene").mkdir(parents=True)
    (modules / "@intervene" / "client").symlink_to(CLIENTS / "sdk", target_is_directory=True)
    (modules / "ws").symlink_to(CLIENTS / "node_modules" / "ws", target_is_directory=True)
    (tmp_path / "main.mjs").write_text(code)
    process = await asyncio.create_subprocess_exec("node", "main.mjs", cwd=tmp_path, stdout=PIPE)
    assert process.stdout
    with anyio.fail_after(LONG_WAIT):
        try:
            assert await process.stdout.readline() == b"you: Hello, is this a robot?\n"
            assert (await process.stdout.readline()).startswith(b"Assistant: ")
        finally:
            process.kill()
            await process.wait()


async def test_code_is_copied_with_the_keyboard(windows: Windows, house: ServerProcess) -> None:
    context: BrowserContext = await windows.profile(house.url, permissions=["clipboard-read", "clipboard-write"])
    page = await context.new_page()
    await page.goto(f"{house.url}/developers")
    button = page.get_by_role("button", name="Copy: CSS")
    await button.focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("status")).to_have_text("Copied")
    copied = await page.evaluate("navigator.clipboard.readText()")
    assert copied == await page.locator("#code-look").inner_text()
    assert copied.startswith("intervene-chat {")

"""A window with the desk in it, and what an agent does there."""

import itertools
import os
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from playwright.async_api import Locator, Page, expect

from tests.e2e.agent import Agent
from tests.e2e.windows import Windows
from tests.kit.limits import eventually
from tests.kit.people import Customer
from tests.kit.server import ServerProcess

KEPT = """
async () => {
  const done = (request) => new Promise((resolve) => { request.onsuccess = () => resolve(request.result); });
  const kept = {...localStorage, ...sessionStorage};
  for (const { name } of await indexedDB.databases()) {
    const database = await done(indexedDB.open(name));
    for (const store of database.objectStoreNames) {
      for (const each of await done(database.transaction(store).objectStore(store).getAll())) kept[each.key] = each;
    }
    database.close();
  }
  return kept;
}
"""
"""What the storages of a page's origin hold."""

SETTINGS = {
    f"/v1/{kind}" for kind in ("queues", "statuses", "canned-replies", "fields", "reasons", "channels", "colleagues")
}
"""What a desk reads once it is connected. Without it no choice is offered, and nothing that waits is news."""

NARROW = {"width": 390, "height": 844}


class Desk(Agent):
    """An agent at the desk of a server, at any of its addresses."""

    def __init__(self, page: Page, server: ServerProcess) -> None:
        super().__init__(page, server.url, "")
        self.server = server
        self.status = page.get_by_role("status").last
        """What was said aloud last."""
        self._read: set[str] = set()
        page.on("requestfinished", lambda request: self._read.add(urlsplit(request.url).path))

    @classmethod
    async def opens(
        cls, windows: Windows, server: ServerProcess, name: str, role: str = "Agent", path: str = ""
    ) -> Self:
        """In a browser of their own, by name and role."""
        desk = cls(await windows.opens(server.url), server)
        await desk.enters_as(name, role, path)
        return desk

    async def enters_as(self, name: str, role: str = "Agent", path: str = "") -> None:
        self.name = name
        await self.enters(role, path)
        await self.is_ready(path)

    async def is_ready(self, path: str = "") -> None:
        """It has come in, and has what it works with."""
        await expect(self.page.get_by_role("heading", name="Conversations", exact=True)).to_be_visible()
        if path.startswith("/c/"):  # keys are for the conversation that is open
            await expect(self.page.get_by_role("main").get_by_role("heading", level=1)).to_be_visible()
        await eventually(lambda: self._read >= SETTINGS)

    async def follows(self, conversation: str) -> None:
        """By its address, as a link that a colleague has sent. The name is asked for if it is not known yet."""
        await self.page.goto(f"{self.server.url}/desk/c/{conversation}")
        await expect(self.page.get_by_role("heading", level=1)).to_be_visible()

    async def chooses(self, name: str) -> None:
        """From the list."""
        await self.row(name).click()
        await expect(self.page.get_by_role("heading", name=name, level=1)).to_be_visible()

    async def clicks_tab(self, name: str) -> None:
        await self.page.get_by_role("tab", name=name).click()

    async def presses(self, key: str) -> None:
        await self.page.keyboard.press(key)

    async def notes(self, text: str) -> None:
        await self.clicks_tab("Note")
        await self.note_box.fill(text)
        await self.clicks("Add note")

    # -- what is on the screen -----------------------------------------------------------------------------------------

    def row(self, name: str) -> Locator:
        return self.list.get_by_role("link", name=name)

    async def order(self) -> list[str]:
        """The names in the list."""
        return await self.list.locator("a.name").all_inner_texts()

    def heading(self, words: str) -> Locator:
        return self.page.get_by_role("heading", name=words)

    async def keeps(self) -> dict[str, str]:
        """All that this page's browser stores of it, by key."""
        return dict(await self.page.evaluate(KEPT))

    async def screenshots(self, name: str) -> None:
        """In light and dark, wide and narrow, if the variable SCREENSHOTS names a directory."""
        if not (directory := os.environ.get("SCREENSHOTS")):
            return
        size = self.page.viewport_size
        assert size is not None
        for width, height in ((size["width"], size["height"]), (NARROW["width"], NARROW["height"])):
            await self.page.set_viewport_size({"width": width, "height": height})
            for scheme in ("dark", "light"):
                await self.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
                await self.page.screenshot(path=Path(directory) / f"desk-{name}-{scheme}-{width}.png")
        await self.page.set_viewport_size(size)


_numbers = itertools.count(100)  # none of which begins another


async def a_customer(server: ServerProcess, name: str = "Maria") -> Customer:
    """With a conversation, and nothing said. The name is theirs alone on this server."""
    customer = Customer(server, f"{name}{next(_numbers)}")
    await customer.joins()
    await customer.opens()
    return customer


async def in_mid_sentence(customer: Customer) -> str:
    """The bot has answered once and writes its long second reply. The id of that."""
    await customer.says("I cannot pay it all at once.")
    await customer.sees(customer.c, lambda event: "account" in event.text)
    await customer.says("Can I pay later?")
    return await customer.sees_the_bot_write(customer.c)


async def a_held_one(windows: Windows, server: ServerProcess, name: str = "Ana") -> tuple[Desk, Customer]:
    """A desk whose agent has taken over from the bot."""
    customer = await a_customer(server)
    await in_mid_sentence(customer)
    desk = await Desk.opens(windows, server, name, path=f"/c/{customer.c}")
    await desk.clicks("Intervene")
    await expect(desk.reply_box).to_be_focused()
    return desk, customer

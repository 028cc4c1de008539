"""A customer: somebody with a web page open that has the chat on it. They find things by role and name, as people do.

maria = Customer(await windows.opens(house.url), site.page("/shop", snippet(house.url)))
await maria.arrives()
await maria.writes("I cannot pay it all at once.")
"""

import re

from playwright.async_api import Locator, Page

from tests.kit.limits import WAIT

OPEN = re.compile("^Open the chat")


class Customer:
    def __init__(self, page: Page, url: str, name: str = "") -> None:
        self.page = page
        self.url = url
        self.name = name
        self.chat = page.locator("intervene-chat")
        self.launcher = self.chat.get_by_role("button", name=OPEN)
        self.panel = self.chat.get_by_role("dialog")
        self.log = self.chat.get_by_role("log", name="Messages")
        self.box = self.chat.get_by_role("textbox", name="Message")

    def in_another_tab(self, page: Page) -> "Customer":
        return Customer(page, self.url, self.name)

    async def arrives(self) -> None:
        """On the page, and opens the chat."""
        await self.page.goto(self.url)
        await self.opens_the_chat()

    async def opens_the_chat(self) -> None:
        await self.launcher.click(timeout=WAIT * 1000)
        await self.log.wait_for()

    async def closes_the_chat(self) -> None:
        await self.clicks("Close the chat")
        await self.launcher.wait_for()

    async def types(self, text: str) -> None:
        """Without sending it."""
        await self.box.fill(text)

    async def writes(self, *texts: str) -> None:
        for text in texts:
            await self.box.fill(text)
            await self.box.press("Enter")

    async def clicks(self, name: str) -> None:
        await self.chat.get_by_role("button", name=name).click()

    async def asks_for_a_person(self) -> None:
        await self.clicks("Ask for one")

    @property
    def bubbles(self) -> Locator:
        return self.log.get_by_role("article", include_hidden=True).locator(".bub")

    async def shown(self) -> list[str]:
        """What people and bots said, as it stands on the screen."""
        return await self.bubbles.all_text_contents()

"""An agent at the desk.

ana = Agent(await windows.opens(house.url), house.url, "Ana")
await ana.enters()
await ana.opens_conversation_of("Maria")
await ana.intervenes()
"""

import json
import re

from playwright.async_api import Locator, Page

ENTERED = """
([name, role]) => {
  if (window !== top || window.name || location.origin === "null") return;
  window.name = "entered"; // once: whoever signs out is asked
  sessionStorage.setItem("intervene.desk.person", JSON.stringify({ name, role }));
}
"""
"""What a window keeps of those who entered it by name, on a server in development."""


class Agent:
    def __init__(self, page: Page, server: str, name: str) -> None:
        self.page = page
        self.name = name
        self.url = f"{server}/desk"
        self.list = page.get_by_role("region", name="Conversations")
        self.log = page.get_by_role("log", name="Messages")
        self.reply_box = page.get_by_role("textbox", name="Reply to the customer")
        self.note_box = page.get_by_role("textbox", name="Note for colleagues")
        self.alert = page.get_by_role("alert")
        self.intervene = page.get_by_role("button", name="Intervene", exact=True)

    async def enters(self, role: str = "Agent", path: str = "") -> None:
        """In a window that they entered by name before."""
        await self.page.add_init_script(f"({ENTERED})({json.dumps([self.name, role.lower()])})")
        await self.page.goto(f"{self.url}{path}")
        await self.list.wait_for()

    async def enters_by_name(self, role: str = "Agent") -> None:
        """Where one may sign in, on a server in development."""
        await self.page.get_by_text("Enter with a name only").click()
        await self.page.get_by_role("textbox", name="Your name").fill(self.name)
        await self.page.get_by_role("radio", name=re.compile(f"^{role}")).check()
        await self.clicks("Enter")
        await self.list.wait_for()

    async def opens_conversation_of(self, name: str) -> None:
        await self.list.get_by_role("link", name=name).first.click()
        await self.log.wait_for()

    async def follows(self, conversation: str) -> None:
        await self.page.goto(f"{self.url}/c/{conversation}")
        await self.log.wait_for()

    async def clicks(self, name: str) -> None:
        await self.page.get_by_role("button", name=name, exact=True).click()

    async def hands_back(self, told: str = "") -> None:
        """To the bot, which is told that."""
        await self.clicks("Hand back")
        dialog = self.page.get_by_role("dialog", name="Hand back")
        await dialog.get_by_role("combobox").fill(told)
        await dialog.get_by_role("option").first.click()

    async def intervenes(self) -> None:
        await self.intervene.click()
        await self.reply_box.wait_for()

    async def moves(self, name: str) -> None:
        """By the menu in the header."""
        await self.clicks("More actions")
        await self.page.get_by_role("menuitem", name=re.compile(f"^{re.escape(name)}")).click()

    async def replies(self, text: str) -> None:
        await self.reply_box.fill(text)
        await self.reply_box.press("Enter")

    async def types(self, text: str) -> None:
        """Without sending it."""
        await self.reply_box.fill(text)

    async def notes(self, text: str) -> None:
        await self.page.get_by_role("tab", name="Note").click()
        await self.note_box.fill(text)
        await self.note_box.press("Enter")

    @property
    def bubbles(self) -> Locator:
        return self.log.get_by_role("article", include_hidden=True).locator(".bub")

    async def shown(self) -> list[str]:
        return await self.bubbles.all_text_contents()

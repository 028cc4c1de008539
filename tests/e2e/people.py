"""Who comes to a test: customers and agents, each in a window of their own, and the bot that they meet."""

from itertools import count
from typing import Any
from urllib.parse import quote

from playwright.async_api import expect

from tests.e2e.agent import Agent
from tests.e2e.customer import Customer
from tests.e2e.host import HostSite
from tests.e2e.snippet import snippet
from tests.e2e.windows import Windows
from tests.kit.limits import WAIT
from tests.kit.server import ServerProcess

SLOW = f"@pace 12\n{'There are two instalments open, and I would like to explain how it was put together. ' * 20}\n"
"""A bot that streams 300 words for half a minute."""

SCRIPT = f"""@pace 30
Thank you for getting in touch. I have found your account, and two instalments are open.

{SLOW}"""
"""A short reply, which comes to its end, and then one that does not within a test."""


NUMBERS = count(100)  # none of which begins another


class People:
    """Who comes to a test: each in a window of their own, with a name that nobody else of this server has."""

    def __init__(self, windows: Windows, site: HostSite) -> None:
        self.windows = windows
        self.site = site

    async def customer(self, server: ServerProcess, name: str = "Maria", *, url: str = "", **options: Any) -> Customer:
        """In front of a page with the chat on it; at `url` if the server is behind a line. `options` of the window."""
        url = url or server.url
        whole = f"{name} {next(NUMBERS)}"
        page = self.site.page(f"/shop/{quote(whole)}", "<h1>Shop</h1>", head=snippet(url, name=whole))
        return Customer(await self.windows.opens(server.url, url, **options), page, whole)

    async def agent(self, server: ServerProcess, name: str = "Ana", *, url: str = "", **options: Any) -> Agent:
        """In front of the desk."""
        url = url or server.url
        return Agent(await self.windows.opens(url, **options), url, name)

    async def met(
        self,
        server: ServerProcess,
        other: ServerProcess | None = None,
        *,
        url: str = "",
        within: float = WAIT,
        **options: Any,
    ) -> tuple[Customer, Agent]:
        """A customer to whom the bot is writing at length, and an agent who has the conversation open; the customer by
        `url` if it is given, the agent on an`other` node of the cluster. `within` so many seconds for each step."""
        maria = await self.customer(server, url=url, **options)
        ana = await self.agent(other or server, **options)
        await maria.arrives()
        await maria.writes("Hello")
        await expect(maria.log).to_contain_text("two instalments are open.", timeout=within * 1000)
        await ana.enters()
        await ana.opens_conversation_of(maria.name)
        await maria.writes("I cannot pay it all at once.")
        for log in (maria.log, ana.log):
            await expect(log).to_contain_text("I would like to explain", timeout=within * 1000)
        return maria, ana

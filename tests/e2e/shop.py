"""A visitor of somebody's shop, whose pages have the chat in them."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Page

from tests.e2e.customer import Customer
from tests.e2e.host import HostSite
from tests.kit.limits import WAIT
from tests.kit.server import ServerProcess, until

PAGES = Path(__file__).parents[2] / "server" / "intervene" / "pages"
STUB = "window.$intervene ??= (...call) => ($intervene.queue ??= []).push(call);"
TELLS = """
window.told = [];
for (const event of ["ready", "open", "close", "message", "unread", "person-joined", "error"])
  $intervene("on", event, (details) => told.push({ event, ...details }));
"""
"""A page's own script: what it is told goes into `told`."""


def snippet(server: ServerProcess, boot: Mapping[str, str], attributes: str = "async") -> str:
    """The documented one, and what the page does with the events."""
    call = f'$intervene("boot", {json.dumps(boot)});'
    loader = f'<script {attributes} nonce="snippet" src="{server.url}/widget.js"></script>'
    return f'<script nonce="snippet">{STUB}{call}{TELLS}</script>{loader}'


class Shopper(Customer):
    """A customer whose page is told what happens. `name` is what agents see, and how the conversation is found."""

    def __init__(self, page: Page, site: HostSite, house: ServerProcess, name: str) -> None:
        super().__init__(page, f"{site.origin}/{name.lower().replace(' ', '-')}", name)
        self.house = house
        self._site = site
        self.heading = self.panel.get_by_role("heading", level=2)

    async def enters(self, *, head: str = "", body: str = "", policy: str = "", **boot: str) -> Self:
        """A page with the snippet, or with `head` and `body` instead."""
        text = body or ("" if head else snippet(self.house, {"name": self.name, **boot}))
        path = urlsplit(self.url).path
        await self.page.goto(self._site.page(path, f"<h1>Shop</h1>{text}", head=head, policy=policy))
        return self

    async def opens(self) -> Self:
        await self.opens_the_chat()
        await self.box.wait_for()
        return self

    async def told(self, event: str) -> list[dict[str, Any]]:
        all_told: list[dict[str, Any]] = await self.page.evaluate("told")
        return [details for details in all_told if details.pop("event") == event]

    async def stored(self) -> list[str]:
        """The keys of what the page keeps."""
        keys: list[str] = await self.page.evaluate("[...Object.keys(localStorage), ...Object.keys(sessionStorage)]")
        return keys

    async def conversation(self) -> str:
        """Its id, once it exists."""

        async def exists() -> bool:
            return bool(await self.conversations())

        await until(exists, WAIT)
        return (await self.conversations())[0]

    async def conversations(self) -> list[str]:
        bearer = f"Bearer {self.house.agent_token('Looker')}"
        answer = (await self.house.ask("GET", "/v1/conversations", authorization=bearer)).json
        return [each["id"] for each in answer["items"] if each["contact"]["name"] == self.name]


def name_of(request: pytest.FixtureRequest) -> str:
    return re.sub(r"\W+", " ", request.node.name)[-60:].strip()

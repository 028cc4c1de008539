"""What goes on in a browser's windows besides what is seen: complaints, requests, and where tokens turn up."""

import re
from collections.abc import Iterable
from typing import Literal

from playwright.async_api import BrowserContext, ConsoleMessage, Page, WebSocket

SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")

TOKEN = re.compile(r"eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}")
"""The head and body of a JSON Web Token (RFC 7519), also where its signature was cut off."""

OF_AN_OUTAGE = ("net::ERR_", "WebSocket connection to")
"""What Chromium itself writes to the console of a page when nobody answers."""

OF_LEAVING = "WebSocket is closed before the connection is established"
"""What it writes of a page that is left while it connects: a page that may be gone back to has to close its sockets."""


class Watch:
    """Of all windows of a context. Pages ask `own` origins for what they need, and nobody else."""

    def __init__(self, context: BrowserContext, own: Iterable[str]) -> None:
        self.urls: list[str] = []
        """That were asked for, navigated to, or connected to."""
        self.referers: list[str] = []
        self._complaints: list[str] = []
        self._allowed: list[str] = []
        self._is_left = False
        self._own = tuple(url for origin in own for url in (origin, origin.replace("http", "ws", 1)))
        context.on("console", self._console)
        context.on("weberror", lambda error: self._complaints.append(f"raised: {error.error}"))
        context.on("request", lambda request: self._asked(request.url, request.headers.get("referer", "")))
        context.on("page", self._page)

    def leave(self) -> None:
        """The windows are closed now."""
        self._is_left = True

    def may_complain(self, *sentences: str) -> None:
        self._allowed += sentences

    @property
    def complaints(self) -> list[str]:
        return [line for line in self._complaints if not any(allowed in line for allowed in self._allowed)]

    def _page(self, page: Page) -> None:
        page.on("websocket", self._socket)
        page.on("framenavigated", lambda frame: self.urls.append(frame.url))

    def _socket(self, socket: WebSocket) -> None:
        self._asked(socket.url, "")

    def _asked(self, url: str, referer: str) -> None:
        self.urls.append(url)
        self.referers.append(referer)
        if not url.startswith((*self._own, "data:", "blob:", "about:")):
            self._complaints.append(f"asked another: {url}")

    def _console(self, message: ConsoleMessage) -> None:
        is_of_leaving = self._is_left and OF_LEAVING in message.text
        if message.type in ("error", "warning") and not is_of_leaving:
            self._complaints.append(f"{message.type}: {message.text} {message.location}")


async def history_of(page: Page) -> list[str]:
    """The URLs and titles that the window's Back and Forward lead to."""
    session = await page.context.new_cdp_session(page)
    entries = (await session.send("Page.getNavigationHistory"))["entries"]
    await session.detach()
    return [f"{entry['url']} {entry['title']}" for entry in entries]


def tokens_in(texts: Iterable[str]) -> list[str]:
    return [text for text in texts if TOKEN.search(text)]

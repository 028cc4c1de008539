"""Somebody's web site: pages on an origin of their own, over a real HTTP server, so that Chromium applies its rules
for other origins. What was asked for is written down, with its Referer.

    site = HostSite()
    url = site.page("/shop", snippet(server.url), policy=documented_policy(server.url))
"""

import asyncio
from typing import NamedTuple, Self
from urllib.parse import urlsplit


class Asked(NamedTuple):
    path: str
    headers: dict[str, str]


class Served(NamedTuple):
    kind: str
    body: bytes
    policy: str
    fields: tuple[str, ...] = ()
    """More lines of the answer's head."""


class HostSite:
    """Its host is `localhost`: for browsers another site than 127.0.0.1, where the servers of the tests are."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self._files: dict[str, Served] = {}
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *problem: object) -> None:
        assert self._server is not None, "it was entered"
        self._server.close()

    @property
    def origin(self) -> str:
        assert self._server is not None, "it was entered"
        return f"http://localhost:{self._server.sockets[0].getsockname()[1]}"

    def page(self, path: str, body: str, *, head: str = "", policy: str = "") -> str:
        """Its URL. `policy` is its Content-Security-Policy."""
        meta = (
            '<meta charset="utf-8"><meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">'
        )
        html = f'<!doctype html><html lang="en"><head>{meta}<title>Shop</title>{head}</head><body>{body}</body></html>'
        return self.file(path, "text/html; charset=utf-8", html, policy)

    def file(self, path: str, kind: str, text: str, policy: str = "", *fields: str) -> str:
        self._files[path] = Served(kind, text.encode(), policy, fields)
        return f"{self.origin}{path}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        except (asyncio.IncompleteReadError, OSError):
            writer.close()
            return
        first, *lines = head.split("\r\n")
        fields = (line.partition(":") for line in lines if line)
        path = first.split()[1]
        self.asked.append(Asked(path, {name.lower(): value.strip() for name, _, value in fields}))
        writer.write(self._answer(urlsplit(path).path))
        writer.close()

    def _answer(self, path: str) -> bytes:
        found = self._files.get(path)
        status, (kind, body, policy, fields) = (
            ("200 OK", found) if found else ("404 Not Found", Served("text/plain", b"", ""))
        )
        head = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", f"Content-Length: {len(body)}", "Connection: close"]
        head += ["Cache-Control: no-store", *fields, *([f"Content-Security-Policy: {policy}"] if policy else [])]
        return "\r\n".join([*head, "", ""]).encode() + body


def documented_policy(server: str) -> str:
    """What the docs tell the owner of a page to allow, on a page that allows nothing else. Its own inline script stands
    for the page's snippet and is allowed by a nonce."""
    socket = server.replace("http", "ws", 1)
    return (
        f"default-src 'none'; script-src 'nonce-snippet' {server}; connect-src {server} {socket}; img-src data:; "
        "trusted-types lit-html; require-trusted-types-for 'script'"
    )

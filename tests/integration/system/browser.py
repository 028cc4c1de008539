"""A browser on a page of the server: it keeps cookies and says where it is from. Admins who invite people to it."""

from http.cookies import SimpleCookie
from itertools import count
from typing import Any, Self

import msgspec

from tests.kit.server import Reply, ServerProcess

PASSWORD = "correct horse battery"
ADA = "Ada"
WITH_KEY = ("people", "organisations", "conversations", "contacts")
_keys = count(1)


class Browser:
    """Its `jar` is sent to `/v1/session` only, as the path of its cookies says."""

    def __init__(self, server: ServerProcess, network: str = "") -> None:
        self.server = server
        self.network = network
        self.jar: dict[str, str] = {}
        self.token = ""

    async def asks(self, method: str, path: str, body: Any = None, **headers: str) -> Reply:
        data = b"" if body is None else msgspec.json.encode(body)
        given = {"origin": self.server.url, "user-agent": "Firefox"}
        if self.token:
            given["authorization"] = f"Bearer {self.token}"
        if self.jar and path.startswith("/v1/session"):
            given["cookie"] = "; ".join(f"{name}={value}" for name, value in self.jar.items())
        if method == "POST" and path.startswith(tuple(f"/v1/{name}" for name in WITH_KEY)):
            given["idempotency-key"] = f"key-{next(_keys)}"
        if self.network:
            given["x-forwarded-for"] = self.network
        return self._keeps(await self.server.ask(method, path, data, **{**given, **headers}))

    def _keeps(self, reply: Reply) -> Reply:
        for line in reply.cookies:
            for name, morsel in SimpleCookie(line).items():
                self.jar[name] = morsel.value
                if morsel["max-age"] == "0":
                    del self.jar[name]
        return reply

    async def signs_in(self, email: str, password: str = PASSWORD) -> Reply:
        return self._has(await self.asks("POST", "/v1/session", {"email": email, "password": password}))

    async def redeems(self, link: str, password: str = PASSWORD) -> Reply:
        return self._has(await self.asks("POST", "/v1/session/redeem", {"link": link, "password": password}))

    async def refreshes(self) -> Reply:
        return self._has(await self.asks("POST", "/v1/session/refresh"))

    def _has(self, reply: Reply) -> Reply:
        if reply.status == 200:
            self.token = reply.json["token"]
        return reply

    def tab(self) -> Self:
        """With what the browser has now."""
        other = type(self)(self.server, self.network)
        other.jar, other.token = dict(self.jar), self.token
        return other


def admin(server: ServerProcess, organisation: str = "default", name: str = ADA) -> Browser:
    """Somebody with an admin's token."""
    browser = Browser(server)
    browser.token = server.agent_token(name, "admin", organisation=organisation)
    return browser


async def invited(ada: Browser, email: str = "ben@acme.test", **more: Any) -> Any:
    reply = await ada.asks("POST", "/v1/people", {"email": email, "name": "Ben", **more})
    assert reply.status == 201, reply
    return reply.json


async def joined(ada: Browser, email: str = "ben@acme.test", **more: Any) -> Browser:
    """A browser on which somebody new has signed in."""
    browser = Browser(ada.server)
    assert (await browser.redeems((await invited(ada, email, **more))["link"])).status == 200
    return browser


def refused(reply: Reply) -> tuple[int, str]:
    assert reply.headers["content-type"] == "application/problem+json", reply
    return reply.status, reply.json["code"]

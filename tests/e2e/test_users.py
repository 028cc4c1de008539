"""A user of a host application over the end of a token; and that no token is where others read."""

import json
import time
from collections.abc import AsyncIterator
from pathlib import Path

import jwt
from playwright.async_api import Page, expect

from tests.e2e.customer import Customer
from tests.e2e.host import HostSite
from tests.e2e.people import SCRIPT, People
from tests.e2e.snippet import snippet
from tests.e2e.watch import TOKEN
from tests.e2e.windows import Windows
from tests.kit.browser import shared
from tests.kit.server import ServerProcess

KEY = "the key of a shop " * 4


@shared()
async def house(site: HostSite, tmp_path: Path) -> AsyncIterator[ServerProcess]:
    """One that says in its log all that it can, and knows a host application."""
    keys = tmp_path / "hosts.json"
    keys.write_text(json.dumps({"shop": {"purpose": "contacts", "key": KEY}}))
    keys.chmod(0o600)
    settings = {"host_keys": str(keys), "log_level": "debug", "origins": site.origin, "drain_seconds": "0"}
    house = ServerProcess(tmp_path, SCRIPT, **settings)
    await house.start()
    yield house
    await house.stop()
    assert not house.complaints, "\n".join(house.complaints)
    assert not TOKEN.search(house.log)


def user_token(sub: str, lasts: float = 3600) -> str:
    now = time.time()
    claims = {"aud": "intervene", "sub": sub, "name": "Maria", "iat": now, "exp": now + lasts}
    return jwt.encode(claims, KEY, "HS256", headers={"kid": "shop"})


class Device:
    """A browser of a user, whose page gets tokens from the host application each time that it is asked."""

    def __init__(self, page: Page, site: HostSite, house: ServerProcess) -> None:
        self.maria = Customer(page, site.page("/account", "<h1>Account</h1>", head=snippet(house.url)))
        self.given: list[str] = []

    async def signs_in(self, sub: str, *lasts: float) -> Customer:
        """The tokens last so many seconds, the first and those after it."""
        ends = iter(lasts)

        def token() -> str:
            self.given.append(user_token(sub, next(ends, 3600)))
            return self.given[-1]

        await self.maria.page.expose_function("tokenOfTheShop", token)
        await self.maria.page.goto(self.maria.url)
        await self.maria.page.wait_for_function("!!window.$intervene")
        await self.maria.page.evaluate("$intervene('setUser', () => tokenOfTheShop())")
        await self.maria.opens_the_chat()
        return self.maria


async def test_a_user_s_token_that_ends_is_asked_for_again_and_the_conversation_goes_on(
    house: ServerProcess, site: HostSite, windows: Windows
) -> None:
    device = Device(await windows.opens(house.url), site, house)
    maria = await device.signs_in("maria@shop.example", 4, 4)
    await maria.writes("Hello")
    await expect(maria.log).to_contain_text("two instalments are open.")
    await maria.page.wait_for_timeout(5000)  # the first token has ended
    await maria.writes("Are you still there?")
    await expect(maria.log).to_contain_text("I would like to explain")
    assert len(device.given) > 1


async def test_no_token_is_in_a_url_a_referer_the_history_or_a_log(house: ServerProcess, people: People) -> None:
    """The windows of every test are searched when they close, and the log of every server when it ends; here the log
    is at its most talkative, and there are tokens to find."""
    maria, ana = await people.met(house)
    await ana.intervenes()
    for person in (maria, ana):
        await person.page.reload()
    await maria.opens_the_chat()
    await ana.log.wait_for()
    stores = "JSON.stringify([{ ...localStorage }, { ...sessionStorage }])"
    kept = await ana.page.evaluate(stores) + await maria.page.evaluate(stores)
    elsewhere = people.site.page("/elsewhere", "<h1>Elsewhere</h1>")
    await maria.page.evaluate("(url) => { location.href = url; }", elsewhere)
    await maria.page.wait_for_url(elsewhere)
    assert TOKEN.search(kept), "there is a token that could have been found"

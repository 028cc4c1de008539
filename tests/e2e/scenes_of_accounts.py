"""Scenes of the way in, of one's own account and of the people of an organisation."""

from playwright.async_api import Page

from tests.e2e.people import NUMBERS, People
from tests.e2e.scenes import Scene, scene
from tests.integration.system.browser import PASSWORD, admin, invited
from tests.kit.proxy import Proxy
from tests.kit.server import ServerProcess

ACCOUNTS: dict[str, Scene] = {}


async def signed_in(people: People, house: ServerProcess, email: str, role: str, path: str) -> Page:
    """Somebody new, by their link."""
    made = await invited(admin(house), f"{next(NUMBERS)}.{email}", name="Omar Haddad", role=role)
    page = (await people.agent(house)).page
    await page.goto(f"{house.url}/desk/link#link={made['link']}")
    await page.get_by_label("New password").fill(PASSWORD)
    await page.keyboard.press("Enter")
    await page.get_by_role("button", name="Omar Haddad").wait_for()
    await page.goto(f"{house.url}/desk/settings/{path}")
    return page


@scene(ACCOUNTS)
async def an_invitation(people: People, house: ServerProcess, line: Proxy) -> Page:
    made = await invited(admin(house), f"{next(NUMBERS)}.ben@harbour.example", name="Ben Okafor")
    page = (await people.agent(house)).page
    await page.goto(f"{house.url}/desk/link#link={made['link']}")
    await page.get_by_role("heading", name="Welcome, Ben Okafor").wait_for()
    return page


@scene(ACCOUNTS)
async def a_link_that_was_used(people: People, house: ServerProcess, line: Proxy) -> Page:
    page = (await people.agent(house)).page
    people.windows.may_complain("410 (Gone)")
    await page.goto(f"{house.url}/desk/link#link=used")
    await page.get_by_role("heading", name="This link is of no use any more").wait_for()
    return page


@scene(ACCOUNTS)
async def one_s_own_account(people: People, house: ServerProcess, line: Proxy) -> Page:
    page = await signed_in(people, house, "omar@harbour.example", "agent", "account")
    await page.get_by_role("table", name="Devices").wait_for()
    return page


@scene(ACCOUNTS)
async def the_people(people: People, house: ServerProcess, line: Proxy) -> Page:
    page = await signed_in(people, house, "omar2@harbour.example", "admin", "people")
    await page.get_by_role("table", name="People").wait_for()
    await page.get_by_role("button", name="Invite").click()
    await page.get_by_role("heading", name="Invite somebody").wait_for()
    return page

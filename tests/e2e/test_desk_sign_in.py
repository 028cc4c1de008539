"""The way into the desk and out of it: tokens, signing out, and sessions that the server ended."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import anyio
from playwright.async_api import expect

from tests.e2e.axe import barriers
from tests.e2e.desks import Desk, a_customer, a_held_one, in_mid_sentence
from tests.e2e.host import HostSite
from tests.e2e.people import SCRIPT
from tests.e2e.slow_line import SlowLine
from tests.e2e.watch import OF_AN_OUTAGE
from tests.e2e.windows import Windows
from tests.kit.limits import LONG_WAIT, eventually
from tests.kit.server import ServerProcess, until


async def test_the_host_application_s_token_lets_one_in_and_is_asked_for_again_before_it_ends(
    site: HostSite, tmp_path: Path, windows: Windows
) -> None:
    """The desk asks with the cookies of that application, and stores nothing of the answer. One window asks for all,
    and with the token of another person all end."""
    async with a_house(tmp_path, desk_token_url=f"{site.origin}/desk-token") as house:
        page = await windows.opens(house.url)
        windows.may_complain("404 (Not Found)", "CORS policy", "net::ERR_FAILED")
        await page.goto(f"{house.url}/desk")
        await expect(page.get_by_role("heading", name="The desk cannot be opened")).to_be_visible()
        offers(site, house, house.agent_token("Ana", "supervisor", lasts=8))
        await page.context.add_cookies([{"name": "session", "value": "ana", "url": site.origin, "sameSite": "Lax"}])
        await page.get_by_role("button", name="Try again").click()
        await expect(page.get_by_role("button", name="Ana, Supervisor: account")).to_be_visible()
        assert "eyJ" not in str(await Desk(page, house).keeps())
        other = await page.context.new_page()
        await other.goto(f"{house.url}/desk")
        await expect(other.get_by_role("heading", name="No conversations yet")).to_be_visible()
        offers(site, house, house.agent_token("Ana", "supervisor", lasts=13))
        before = times_asked(site)
        await eventually(lambda: times_asked(site) > before)
        offers(site, house, house.agent_token("Ben"))
        await anyio.sleep(3.0)  # the first token has ended
        assert times_asked(site) == before + 1
        for window in (page, other):  # they read the list meanwhile, or they would complain of a 401
            await expect(window.get_by_role("heading", name="No conversation is open")).to_be_visible()
        for window in (page, other):
            await expect(window.get_by_role("heading", name="This page is no longer connected")).to_be_visible()
            await expect(window.get_by_text("Why: the token is of another person.")).to_be_visible()
        await other.close()
        await page.get_by_role("button", name="Sign in again").click()
        await page.get_by_role("button", name="Ben, Agent: account").click()
        await page.get_by_role("menuitem", name="Sign out").click()
        await expect(page.get_by_role("heading", name="You have signed out")).to_be_visible()
        await page.get_by_role("button", name="Sign in again").click()
        await expect(page.get_by_role("button", name="Ben, Agent: account")).to_be_visible()
        await page.close()


async def test_a_session_that_the_server_ended_is_begun_again_where_it_was(
    own_house: ServerProcess, windows: Windows
) -> None:
    """R80 Another key: every token of before is refused for good."""
    desk, _ = await a_held_one(windows, own_house)
    await desk.reply_box.fill("A draft")
    windows.may_complain(*OF_AN_OUTAGE, "401 (Unauthorized)")
    await own_house.kill()
    (own_house.data / "keys.json").unlink()
    await own_house.start()
    await expect(desk.heading("This page is no longer connected")).to_be_visible(timeout=LONG_WAIT * 1000)
    await expect(desk.reply_box).to_be_hidden()
    await desk.clicks("Sign in again")
    await expect(desk.reply_box).to_have_value("A draft")


async def test_in_development_one_is_chosen_from_the_demo_organisation(tmp_path: Path, windows: Windows) -> None:
    """They sign in as everybody does. Any other name stays possible. An admin who loads the page again is an admin."""
    house = ServerProcess(tmp_path, SCRIPT, drain_seconds="0", demo="true")
    await house.start()
    try:
        page = await windows.opens(house.url)
        desk = Desk(page, house)
        await page.goto(f"{house.url}/desk")
        await expect(page.get_by_text("intervene-demo")).to_be_visible()
        assert not await barriers(page)
        await desk.screenshots("12-demo-people")
        await desk.clicks("Omar Admin Also decides who works here, and on settings")
        await expect(page.get_by_role("button", name="Omar, Admin: account")).to_be_visible()
        await page.reload()
        await page.get_by_role("button", name="Omar, Admin: account").click()
        await desk.screenshots("13-demo-admin")
        await page.get_by_role("menuitem", name="Sign out").click()
        await desk.clicks("Sign in again")
        await desk.clicks("Ada Agent Serves General and Payments")
        await expect(desk.row("Jonas Weber")).to_be_visible()
        await expect(desk.row("Elena Petrova")).to_be_hidden()
        await desk.chooses("Jonas Weber")
        await expect(desk.reply_box).to_be_visible()
        await desk.screenshots("14-demo-held")
        await page.get_by_role("button", name="Ada, Agent: account").click()
        await page.get_by_role("menuitem", name="Sign out").click()
        await desk.clicks("Sign in again")
        desk.name = "Zoe"
        await desk.enters_by_name("Supervisor")
        await expect(page.get_by_role("button", name="Zoe, Supervisor: account")).to_be_visible()
        await page.close()
    finally:
        await house.stop()
    assert not house.complaints, "\n".join(house.complaints)


@asynccontextmanager
async def a_house(directory: Path, **settings: str) -> AsyncIterator[ServerProcess]:
    """One that is not in development."""
    house = ServerProcess(directory, SCRIPT, drain_seconds="0", development="false", **settings)
    await house.start()
    try:
        yield house
    finally:
        await house.stop()
    assert not house.complaints, "\n".join(house.complaints)


def times_asked(site: HostSite) -> int:
    return len([asked for asked in site.asked if asked.path == "/desk-token"])


def offers(site: HostSite, house: ServerProcess, token: str) -> None:
    """As the host application answers the desk, which is of another origin."""
    allowed = (f"Access-Control-Allow-Origin: {house.url}", "Access-Control-Allow-Credentials: true")
    site.file("/desk-token", "application/json", f'{{"token": "{token}"}}', "", *allowed)


async def test_signing_out_forgets_who_it_was_and_what_they_wrote(windows: Windows, house: ServerProcess) -> None:
    """Also what they sent and the server has not acknowledged. What is answered is unread nowhere."""
    line, page = SlowLine(), await windows.opens(house.url)
    await page.route_web_socket("**/socket", line.connect)
    customer, desk = await a_customer(house), Desk(page, house)
    await in_mid_sentence(customer)
    await desk.enters_as("Ana", path=f"/c/{customer.c}")
    await desk.clicks("Intervene")
    await expect(desk.reply_box).to_be_visible()
    line.hold()
    await desk.replies("Good morning")
    await desk.reply_box.fill("A draft")
    await until(partial(keeps, desk, "A draft"))
    await until(partial(keeps, desk, "Good morning"))
    assert "eyJ" not in str(await desk.keeps()), "the token stays in memory"
    await desk.page.get_by_role("button", name="Ana, Agent: account").click()
    await desk.page.get_by_role("menuitem", name="Sign out").click()
    await expect(desk.heading("Sign in to the desk")).to_be_visible()
    await until(partial(keeps_nothing, desk))
    line.release()
    await desk.enters_by_name()
    await expect(desk.row(customer.name)).to_be_visible()
    await expect(desk.row(customer.name)).not_to_have_accessible_description(re.compile("unread"))
    await customer.leaves()


async def keeps(desk: Desk, text: str) -> bool:
    return text in str(await desk.keeps())


async def keeps_nothing(desk: Desk) -> bool:
    return await desk.keeps() == {}

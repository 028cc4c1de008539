"""People with a password at the desk: links, signing in, staying in, and being signed out elsewhere."""

import re
from functools import partial

from playwright.async_api import Locator, Page, expect

from tests.e2e.axe import has_no_barriers
from tests.e2e.desks import Desk, a_customer, in_mid_sentence
from tests.e2e.slow_line import SlowLine
from tests.e2e.test_desk_sign_in import keeps, keeps_nothing
from tests.e2e.windows import Windows
from tests.integration.system.browser import PASSWORD, Browser, admin, invited, joined
from tests.kit.limits import after
from tests.kit.server import ServerProcess, until

BEN = "ben@acme.test"
REFUSED = ("401 (Unauthorized)", "410 (Gone)", "429 (Too Many Requests)")


async def test_an_invitation_leads_to_a_first_sign_in_and_back_in_after_a_reload(
    office: ServerProcess, windows: Windows
) -> None:
    """R130 to R132, by keyboard alone. The secret is in no request but the two that need it, and not in the history."""
    made = await invited(admin(office), BEN)
    page = await windows.opens(office.url)
    desk = Desk(page, office)
    windows.may_complain(*REFUSED)
    await page.goto(f"{office.url}/desk/link#link={made['link']}")
    await expect(desk.heading("Welcome, Ben")).to_be_visible()
    await expect(page).to_have_url(f"{office.url}/desk/link")
    await expect(page.get_by_text("At least 10 characters.")).to_be_visible()
    await has_no_barriers(page)
    await desk.screenshots("20-link-invitation")
    name, password = page.get_by_label("Name", exact=True), page.get_by_label("New password")
    await name.focus()
    await page.keyboard.press("ControlOrMeta+a")
    await page.keyboard.type("Ben Okafor")
    await page.keyboard.press("Tab")
    await expect(password).to_be_focused()
    await page.keyboard.type(PASSWORD)
    await page.keyboard.press("Enter")
    await expect(account(page, "Ben Okafor")).to_be_visible()
    assert made["link"] not in str([watch.urls + watch.referers for watch in windows.watches.values()])[1:].replace(
        f"/desk/link#link={made['link']}", "", 1
    )
    assert made["link"] not in str(await desk.keeps())
    await page.reload()
    await expect(account(page, "Ben Okafor")).to_be_visible()
    assert "eyJ" not in str(await desk.keeps())
    await page.goto(f"{office.url}/desk/link#link={made['link']}")
    await expect(desk.heading("This link is of no use any more")).to_be_visible()
    await desk.screenshots("21-link-used")
    await page.close()
    assert made["link"] not in office.log


async def test_one_signs_in_with_a_password_in_two_windows_and_out_in_both(
    office: ServerProcess, windows: Windows
) -> None:
    """What was refused is said where it was typed, and password managers are told what is what."""
    await joined(admin(office), BEN)
    page = await windows.opens(office.url)
    desk = Desk(page, office)
    windows.may_complain(*REFUSED)
    await page.goto(f"{office.url}/desk")
    await expect(desk.heading("Sign in to the desk")).to_be_visible()
    await has_no_barriers(page)
    await desk.screenshots("22-sign-in")
    email, password = page.get_by_label("E-mail"), page.get_by_label("Password", exact=True)
    await expect(email).to_have_attribute("autocomplete", "username")
    await expect(password).to_have_attribute("autocomplete", "current-password")
    await email.fill("BEN@acme.test")
    await password.fill("not the password")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert").first).to_contain_text("do not belong together")
    await expect(password).to_be_focused()
    await page.keyboard.type(PASSWORD)
    await page.keyboard.press("Enter")
    await expect(account(page)).to_be_visible()
    other = await page.context.new_page()
    await other.goto(f"{office.url}/desk")
    await account(other).click()
    await other.get_by_role("menuitem", name="Sign out").click()
    await expect(other.get_by_role("heading", name="You have signed out")).to_be_visible()
    await expect(page.get_by_text("You have signed out in another window.")).to_be_visible()
    await page.reload()
    await expect(desk.heading("Sign in to the desk")).to_be_visible()
    assert await desk.keeps() == {}
    await other.get_by_role("button", name="Sign in again").click()
    await signs_in(other)
    await expect(account(other)).to_be_visible()
    await expect(account(page)).to_be_visible()
    await page.context.close()


async def test_whoever_tries_too_often_is_told_when_to_try_again(office: ServerProcess, windows: Windows) -> None:
    """R134 While strangers guess, the way in stays shut, and the time counts down."""
    await joined(admin(office), BEN)
    stranger = Browser(office)
    while (await stranger.signs_in(BEN, "a guess of mine")).status != 429:
        pass
    page = await windows.opens(office.url)
    windows.may_complain(*REFUSED)
    await page.goto(f"{office.url}/desk")
    await signs_in(page, "another guess")
    await expect(page.get_by_role("alert").first).to_contain_text("Too many attempts.")
    await expect(page.get_by_role("button", name=re.compile(r"^Again in \d+:\d\d"))).to_be_disabled()
    await Desk(page, office).screenshots("23-too-fast")
    await page.close()


async def test_signing_out_everywhere_leaves_nothing_in_the_other_browsers(
    office: ServerProcess, windows: Windows
) -> None:
    """R123 Neither in one that is at work, nor in one whose desk is closed. What the server has of drafts is back."""
    ben = await joined(admin(office), BEN, role="supervisor")
    customer = await a_customer(office)
    await in_mid_sentence(customer)
    line, page = SlowLine(), await windows.opens(office.url)
    await page.route_web_socket("**/socket", line.connect)
    desk, closed = Desk(page, office), await windows.opens(office.url)
    windows.may_complain(*REFUSED)
    await closed.goto(f"{office.url}/desk/c/{customer.c}")
    await signs_in(closed)
    note = Desk(closed, office).note_box
    await closed.get_by_role("tab", name="Note").click()
    await note.fill("A note that is begun")
    await page.goto(f"{office.url}/desk/c/{customer.c}")
    await signs_in(page)
    await desk.clicks("Intervene")
    await expect(desk.reply_box).to_be_focused()
    line.hold()
    await desk.replies("On its way")
    async with page.expect_response(lambda answer: "A draft" in (answer.request.post_data or "")):
        await desk.reply_box.fill("A draft")
    await until(partial(keeps, desk, "On its way"))
    profile = closed.context
    await closed.goto("about:blank")
    assert (await ben.asks("POST", "/v1/me/sign-out")).status == 204
    await expect(page.get_by_text("You were signed out here:")).to_be_visible(timeout=after(2.0) * 1000)
    await expect(desk.log).to_be_hidden()
    await until(partial(keeps_nothing, desk))
    again = Desk(await profile.new_page(), office)
    await again.page.goto(f"{office.url}/desk")
    await expect(again.page.get_by_text("Nothing of yours is left in this browser.")).to_be_visible()
    await until(partial(keeps_nothing, again))
    await has_no_barriers(page)
    await desk.screenshots("24-signed-out-elsewhere")
    line.lose()
    await signs_in(page)
    await expect(desk.reply_box).to_have_value("A draft")
    await profile.close()
    await page.close()
    await customer.leaves()


async def test_one_s_own_account_says_who_one_is_and_where_one_is_signed_in(
    office: ServerProcess, windows: Windows
) -> None:
    """R135, R171 Another password ends all other browsers, and this one goes on."""
    phone = await joined(admin(office), BEN)
    page = await windows.opens(office.url)
    desk = Desk(page, office)
    windows.may_complain(*REFUSED)
    await page.goto(f"{office.url}/desk/settings/account")
    await signs_in(page)
    devices = page.get_by_role("table", name="Devices")
    await expect(devices.get_by_role("row")).to_have_count(3)
    await expect(devices.get_by_text("This one")).to_have_count(1)
    await desk.screenshots("31-account")
    await has_no_barriers(page)
    await page.get_by_role("radio", name="Busy").check()
    await expect(page.get_by_role("button", name="Ben, Agent: account, Busy")).to_be_visible()
    await account(page).click()
    await desk.screenshots("32-account-menu")
    await page.get_by_role("menuitemradio", name="Available").click()
    await expect(page.get_by_role("button", name="Ben, Agent: account, Available")).to_be_visible()
    await page.get_by_label("Current password").fill("not the password")
    await page.get_by_label("New password").fill(f"{PASSWORD} too")
    await desk.clicks("Change the password")
    await expect(page.get_by_text("This is not your current password.")).to_be_visible()
    await expect(page.get_by_label("Current password")).to_be_focused()
    await page.get_by_label("Current password").fill(PASSWORD)
    await desk.clicks("Change the password")
    await expect(page.locator(".done")).to_have_text("Changed. You are signed out everywhere else.")
    await expect(devices.get_by_role("row")).to_have_count(2)
    assert (await phone.refreshes()).status == 401
    await phone.signs_in(BEN, f"{PASSWORD} too")
    await page.reload()
    await devices.get_by_role("button", name="Sign out Firefox").click()
    await expect(devices.get_by_role("row")).to_have_count(2)
    assert (await phone.refreshes()).status == 401
    await phone.signs_in(BEN, f"{PASSWORD} too")
    await desk.clicks("Sign out everywhere")
    await expect(page.get_by_role("dialog", name="Sign out everywhere?")).to_be_visible()
    await desk.screenshots("33-account-everywhere")
    await page.get_by_role("dialog").get_by_role("button", name="Sign out everywhere").click()
    await expect(desk.heading("You have signed out")).to_be_visible()
    assert (await phone.refreshes()).status == 401
    await page.close()


async def test_who_is_disabled_in_mid_work_is_told_so(office: ServerProcess, windows: Windows) -> None:
    """R123"""
    ada = admin(office)
    ben = await joined(ada, BEN)
    page = await windows.opens(office.url)
    windows.may_complain(*REFUSED)
    await page.goto(f"{office.url}/desk")
    await signs_in(page)
    await expect(account(page)).to_be_visible()
    me = (await ben.asks("GET", "/v1/me")).json
    version = {"if-match": f'"{me["version"]}"'}
    disabled = await ada.asks("PATCH", f"/v1/people/{me['id']}", {"disabled": True}, **version)
    assert disabled.status == 200
    await expect(page.get_by_text("This person may not sign in any more.")).to_be_visible()
    await page.close()


def account(page: Page, name: str = "Ben") -> Locator:
    return page.get_by_role("button", name=re.compile(f"^{name}, .*: account"))


async def signs_in(page: Page, password: str = PASSWORD, *, email: str = BEN) -> None:
    await page.get_by_label("E-mail").fill(email)
    await page.get_by_label("Password", exact=True).fill(password)
    await page.keyboard.press("Enter")

"""The people of an organisation at the desk: invited, given roles, and disabled while they work."""

import re

from playwright.async_api import expect

from tests.e2e.axe import has_no_barriers
from tests.e2e.desks import Desk
from tests.e2e.test_desk_accounts import BEN, REFUSED, account, signs_in
from tests.e2e.windows import Windows
from tests.integration.system.browser import PASSWORD, admin, invited, joined
from tests.kit.server import ServerProcess

OMAR = "omar@acme.test"
HOSTILE = "<img src=x onerror=alert(1)> \u202eevil"


async def test_an_admin_invites_somebody_gives_them_a_role_and_disables_them_while_they_work(
    office: ServerProcess, windows: Windows
) -> None:
    """R123, R136 The link is shown once and works; a new role acts on the open desk; a disabled person is told so.
    Nobody is offered what would take the last admin away."""
    ada = admin(office)
    await joined(ada, OMAR, name="Omar", role="admin")
    await invited(ada, "eve@acme.test", name=HOSTILE)
    page = await windows.opens(office.url, permissions=["clipboard-read", "clipboard-write"])
    desk, of_ben = Desk(page, office), await windows.opens(office.url)
    windows.may_complain(*REFUSED, "409 (Conflict)", "412 (Precondition Failed)")
    await page.goto(f"{office.url}/desk/settings/people")
    await signs_in(page, email=OMAR)
    people = page.get_by_role("table", name="People")
    await expect(people.get_by_role("row", name="Omar").get_by_role("button")).to_have_count(0)
    await expect(people).to_contain_text("<img src=x")
    await desk.clicks("Invite")
    email = page.get_by_label("E-mail", exact=True)
    await expect(email).to_be_focused()
    await page.keyboard.type(OMAR)
    await page.keyboard.press("Tab")
    await page.keyboard.type("Ben")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert").get_by_text("Not saved.")).to_be_visible()
    await email.fill(BEN)
    await page.keyboard.press("Enter")
    link = page.get_by_role("textbox", name="Link for Ben")
    await expect(link).to_be_focused()
    await desk.screenshots("41-people-link")
    await desk.clicks("Copy")
    await expect(desk.status).to_have_text("The link is copied.")
    copied = await page.evaluate("navigator.clipboard.readText()")
    assert copied == await link.input_value()
    await of_ben.goto(copied)
    await of_ben.get_by_label("New password").fill(PASSWORD)
    await of_ben.keyboard.press("Enter")
    await expect(account(of_ben)).to_be_visible()
    await desk.clicks("Done")
    row = people.get_by_role("row", name="Ben")
    await expect(row).to_contain_text("Available")
    await has_no_barriers(page)
    await desk.screenshots("40-people")

    more = page.get_by_role("button", name="More about Ben")
    await more.focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("menuitem", name="Make supervisor")).to_be_focused()
    await has_no_barriers(page)
    await desk.screenshots("42-people-menu")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("dialog", name="Make Ben a supervisor?")).to_be_visible()
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(row).to_contain_text("Supervisor")
    await expect(of_ben.get_by_role("button", name=re.compile("^Ben, Supervisor: account"))).to_be_visible()

    await more.click()
    await page.get_by_role("menuitem", name="Disable").click()
    await expect(page.get_by_role("dialog")).to_contain_text("Conversations that Ben holds go back to their queues")
    await has_no_barriers(page)
    await desk.screenshots("43-people-disable")
    await page.get_by_role("dialog").get_by_role("button", name="Disable").click()
    await expect(row).to_contain_text("Disabled")
    await expect(of_ben.get_by_text("This person may not sign in any more.")).to_be_visible()
    await more.click()
    await page.get_by_role("menuitem", name="Enable").click()
    await expect(row).not_to_contain_text("Disabled")
    await signs_in(of_ben)
    await expect(account(of_ben)).to_be_visible()
    await page.close()
    await of_ben.close()

"""The place of the settings: its pages, and what forms say of what is refused or done."""

from playwright.async_api import expect

from tests.e2e.axe import has_no_barriers
from tests.e2e.desks import NARROW, Desk
from tests.e2e.windows import Windows
from tests.kit.server import ServerProcess


async def test_settings_open_by_keyboard_say_what_is_wrong_and_say_once_what_was_saved(
    windows: Windows, house: ServerProcess
) -> None:
    desk = await Desk.opens(windows, house, "Nora")
    page = desk.page
    windows.may_complain("400 (Bad Request)")
    await page.get_by_role("link", name="Settings").focus()
    await desk.presses("Enter")
    account = page.get_by_role("link", name="Account")
    await expect(account).to_be_focused()
    await expect(account).to_have_attribute("aria-current", "page")
    await desk.presses("Enter")
    await expect(page).to_have_url(f"{house.url}/desk/settings/account")
    await expect(desk.heading("Account")).to_be_focused()
    name = page.get_by_label("Name")
    await expect(name).to_be_visible()
    await desk.presses("Tab")
    await expect(name).to_be_focused()
    await name.fill("  ")
    await desk.presses("Enter")
    await expect(page.get_by_role("alert").get_by_text("Not saved.")).to_be_visible()
    await name.fill("Nora Lind")
    await desk.presses("Enter")
    await expect(desk.status).to_have_text("Saved. You are Nora Lind now.")
    await expect(page.get_by_role("alert").get_by_text("Not saved.")).to_be_hidden()
    await page.reload()
    await expect(name).to_have_value("Nora Lind")
    await desk.screenshots("30-settings-account")
    await has_no_barriers(page)


async def test_on_a_phone_the_settings_are_one_pane_at_a_time(windows: Windows, house: ServerProcess) -> None:
    desk = await Desk.opens(windows, house, "Ana")
    page = desk.page
    await page.set_viewport_size({"width": NARROW["width"], "height": NARROW["height"]})
    await page.goto(f"{house.url}/desk/settings")
    await expect(desk.heading("Account")).to_be_hidden()
    await page.get_by_role("link", name="Account").click()
    await expect(desk.heading("Account")).to_be_visible()
    await expect(page.get_by_role("link", name="Account")).to_be_hidden()
    assert await page.evaluate("document.documentElement.scrollHeight <= innerHeight")  # the pane scrolls alone
    await page.get_by_role("link", name="All settings").click()
    await expect(page.get_by_role("link", name="Account")).to_be_visible()

"""The command palette: by keyboard, in and out of the open conversation."""

import re

from playwright.async_api import expect

from tests.e2e.axe import barriers, has_no_barriers
from tests.e2e.desks import NARROW, Desk, a_customer, in_mid_sentence
from tests.e2e.windows import Windows
from tests.kit.server import ServerProcess


async def test_the_palette_does_what_is_typed_by_keyboard_alone(windows: Windows, house: ServerProcess) -> None:
    """[P2] Its Intervene is that of the dock."""
    maria, tom = await a_customer(house), await a_customer(house, "Tomasz")
    await in_mid_sentence(maria)
    desk = await Desk.opens(windows, house, "Ana", path=f"/c/{maria.c}")
    page = desk.page
    field = page.get_by_role("combobox", name="Commands")
    chosen = page.get_by_role("option", selected=True)
    await expect(desk.intervene).to_be_visible()
    await desk.presses("Control+k")
    await expect(field).to_be_focused()
    await expect(page.get_by_role("group", name=f"This conversation, {maria.name}")).to_be_visible()
    await expect(chosen).to_have_text(re.compile("Intervene"))
    await desk.screenshots("42-palette")
    await has_no_barriers(page)
    await desk.presses("Enter")
    await expect(desk.reply_box).to_be_focused()
    await desk.reply_box.fill("A moment")
    await desk.presses("Control+k")
    await expect(field).to_be_focused()
    await page.keyboard.type("zzz")
    await expect(page.get_by_text("Nothing has that in its name.")).to_be_visible()
    await desk.presses("Escape")
    await expect(desk.reply_box).to_be_focused()
    await expect(desk.reply_box).to_have_value("A moment")
    await desk.presses("Control+k")
    await expect(field).to_be_focused()
    await page.keyboard.type(tom.name)
    await expect(chosen).to_contain_text(tom.name)
    await desk.presses("Enter")
    await expect(page.get_by_role("heading", name=tom.name, level=1)).to_be_visible()
    await desk.presses("Control+k")
    await expect(field).to_be_focused()
    await page.keyboard.type("settings")
    await desk.presses("Enter")
    await expect(page).to_have_url(re.compile("/desk/settings"))
    await desk.presses("?")
    await expect(page.get_by_text("Find what to do, and where to go")).to_be_visible()


async def test_on_a_phone_places_are_in_a_bar_at_the_foot_that_makes_room_for_the_thread(
    windows: Windows, house: ServerProcess
) -> None:
    maria = await a_customer(house)
    desk = await Desk.opens(windows, house, "Nora")
    page = desk.page
    await page.set_viewport_size({"width": NARROW["width"], "height": NARROW["height"]})
    bar = page.get_by_role("navigation", name="Main")
    for link in await bar.get_by_role("link").all():
        box = await link.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 44
        assert box["y"] + box["height"] <= NARROW["height"]
    await desk.screenshots("43-phone-bar")
    await desk.chooses(maria.name)
    await expect(bar).to_be_hidden()
    await desk.clicks("Back to the list")
    await bar.get_by_role("link", name="Contacts").click()
    await expect(page).to_have_url(re.compile("/desk/contacts"))
    await expect(bar.get_by_role("link", name="Contacts")).to_have_attribute("aria-current", "page")
    assert not await barriers(page)

"""The list at the desk, its panes in a narrow window, and the desk without eyes."""

from playwright.async_api import Locator, expect

from tests.e2e.axe import in_both_schemes
from tests.e2e.desks import NARROW, Desk, a_customer, in_mid_sentence
from tests.e2e.windows import Windows
from tests.kit.people import Agent
from tests.kit.server import ServerProcess

# -- the list ----------------------------------------------------------------------------------------------------------


async def test_the_longest_waiting_are_first_and_no_row_moves_under_the_pointer(
    own_house: ServerProcess, windows: Windows
) -> None:
    first, second, third = [await a_customer(own_house, name) for name in ("Amy", "Bob", "Cleo")]
    await second.asks_for_a_person()
    await first.asks_for_a_person()
    desk = await Desk.opens(windows, own_house, "Ana")
    names = [second.name, first.name, third.name]
    await expect(desk.page.locator("a.name")).to_have_text(names)
    await desk.row(third.name).hover()
    await third.asks_for_a_person()
    async with Agent(own_house, "Ben") as ben:
        await ben.watches(second.c)
        await ben.intervenes(second.c)
    await expect(desk.list.get_by_role("listitem").filter(has_text=second.name)).to_contain_text("Ben")
    assert await desk.order() == names
    await desk.page.get_by_role("button", name="1 changed").click()
    await expect(desk.page.locator("a.name")).to_have_text([first.name, third.name, second.name])
    await desk.presses("Alt+W")
    await expect(desk.heading(first.name).first).to_be_visible()
    await desk.page.set_viewport_size({"width": 1280, "height": 205})
    await expect(desk.row(third.name)).not_to_be_in_viewport()
    await desk.presses("Alt+J")
    await expect(desk.page.get_by_role("heading", name=third.name, level=1)).to_be_visible()
    await expect(desk.row(third.name)).to_be_in_viewport()


async def test_an_empty_desk_says_what_will_appear(own_house: ServerProcess, windows: Windows) -> None:
    desk = await Desk.opens(windows, own_house, "Ana")
    await expect(desk.heading("No conversations yet")).to_be_visible()
    await expect(desk.heading("No conversation is open")).to_be_visible()
    await desk.page.goto(f"{own_house.url}/desk/c/c-nothing")
    await expect(desk.heading("There is no such conversation")).to_be_visible()
    await desk.page.get_by_role("link", name="Back to the list").click()
    await expect(desk.heading("No conversation is open")).to_be_visible()
    await desk.screenshots("10-empty")


async def test_a_narrow_desk_shows_one_pane_and_back_leads_to_the_list(windows: Windows, house: ServerProcess) -> None:
    customer = await a_customer(house)
    page = await windows.opens(house.url, viewport=NARROW, has_touch=True, is_mobile=True)
    desk = Desk(page, house)
    await desk.enters_as("Ana")
    await expect(desk.log).to_be_hidden()
    await desk.chooses(customer.name)
    await expect(desk.row(customer.name)).to_be_hidden()
    for button in await page.locator("intervene-desk button:visible").all():
        box = await button.bounding_box()
        assert box is not None
        assert box["height"] >= 36, await button.inner_text()
    await page.go_back()
    await expect(desk.row(customer.name)).to_be_visible()
    await desk.chooses(customer.name)
    await desk.clicks("Back to the list")
    await expect(desk.row(customer.name)).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
    await desk.chooses(customer.name)
    await page.set_viewport_size({"width": 320, "height": 568})
    await page.evaluate("document.documentElement.style.fontSize = '200%'")
    box = await desk.log.bounding_box()
    assert box is not None
    assert box["height"] >= 200, "one can read what was said"
    await desk.clicks("Intervene")  # it can be reached
    await expect(desk.reply_box).to_be_visible()
    await desk.clicks("More actions")
    box = await page.get_by_role("menu").bounding_box()
    assert box is not None
    assert (box["x"] >= 0, box["x"] + box["width"] <= 320) == (True, True)
    await customer.leaves()


async def test_a_finger_reaches_on_a_phone_what_a_pointer_does(windows: Windows, house: ServerProcess) -> None:
    """The actions of a row and of a message, and the reply box beside the phone's own keyboard."""
    customer = await a_customer(house)
    page = await windows.opens(house.url, viewport=NARROW, has_touch=True, is_mobile=True)
    desk, menu = Desk(page, house), page.get_by_role("menu")
    await desk.enters_as("Ana")
    await page.get_by_role("button", name="Select", exact=True).tap()
    await desk.row(customer.name).tap(force=True)  # anywhere on the row
    await page.get_by_role("button", name="Actions for the selected").tap()
    await page.get_by_role("menuitem", name="Download transcript").wait_for()  # all that three dots offer
    assert await is_inside(menu, NARROW["width"], NARROW["height"])
    await page.get_by_role("menuitem", name="Assign to me").tap()
    await expect(page.get_by_role("toolbar", name="Selected conversations")).to_be_hidden()
    await desk.row(customer.name).tap()
    await desk.replies("Hello, Ana here.")
    await page.get_by_role("button", name="Change this message").tap()
    assert await is_inside(menu, NARROW["width"], NARROW["height"])
    await page.get_by_role("menuitem", name="Edit").tap()
    await page.set_viewport_size({"width": NARROW["width"], "height": 460})  # what the keyboard leaves
    assert await is_inside(page.get_by_role("textbox", name="Your message, to be changed"), NARROW["width"], 460)
    assert await is_inside(desk.log.get_by_text("Hello, Ana here."), NARROW["width"], 460)
    await customer.leaves()


async def is_inside(found: Locator, width: int, height: int) -> bool:
    box = await found.bounding_box()
    assert box is not None
    return box["x"] >= 0 and box["y"] >= 0 and box["x"] + box["width"] <= width and box["y"] + box["height"] <= height


# -- without eyes ------------------------------------------------------------------------------------------------------


async def test_no_state_of_the_desk_keeps_people_out(windows: Windows, house: ServerProcess) -> None:
    """axe-core, light and dark."""
    desk = Desk(await windows.opens(house.url, reduced_motion="reduce"), house)
    await desk.page.goto(f"{house.url}/desk")
    await expect(desk.page.get_by_label("E-mail")).to_be_visible()
    found = await in_both_schemes(desk.page)
    customer = await a_customer(house)
    await in_mid_sentence(customer)
    await desk.enters_as("Ana", path=f"/c/{customer.c}")
    await expect(desk.page.get_by_role("button", name="Intervene")).to_be_visible()
    found += await in_both_schemes(desk.page)
    await desk.clicks("Intervene")
    await expect(desk.reply_box).to_be_visible()
    await desk.clicks("More actions")
    found += await in_both_schemes(desk.page)
    await desk.presses("Escape")
    await desk.notes("A note")
    found += await in_both_schemes(desk.page)
    await desk.clicks_tab("Reply")
    await desk.moves("Release")
    await expect(desk.page.get_by_role("button", name="Pick up")).to_be_visible()
    found += await in_both_schemes(desk.page)
    assert not found, "\n".join(found)
    await customer.leaves()

"""The desk's lists, live: in two browsers at once, by queue and tab, by hundreds, and what is done from them."""

import asyncio
import re

from playwright.async_api import expect

from tests.e2e.axe import has_no_barriers
from tests.e2e.desks import Desk, a_customer, in_mid_sentence
from tests.e2e.test_desk_actions import sets
from tests.e2e.test_desk_contacts import panel
from tests.e2e.test_desk_list import is_inside
from tests.e2e.windows import Windows
from tests.integration.system.test_settings import Admin
from tests.integration.system.test_sight import team
from tests.kit.limits import WAIT
from tests.kit.people import Agent, Customer, accepted
from tests.kit.server import ServerProcess, until

MANY = 300


async def test_what_waits_leaves_the_lists_of_all_others_when_one_picks_it_up(
    own_house: ServerProcess, windows: Windows
) -> None:
    """[R140] [R164] In a queue that shows what is held to its holder alone; and it comes back when it is released."""
    ada = Admin(own_house)
    quiet = await team(ada, "Quiet", "ana", "ben", visibility="holder")
    await sets(own_house, "statuses", name="Promise to pay", colour="#aa0000")
    customer = await a_customer(own_house)
    await customer.asks_for_a_person()
    async with Agent(own_house, "Gus", "supervisor") as gus:
        await gus.watches(customer.c)
        accepted(await gus.does("set_queue", customer.c, queue=quiet))
    ana, ben = [await Desk.opens(windows, own_house, name) for name in ("Ana", "Ben")]
    for desk in (ana, ben):
        await expect(desk.row(customer.name)).to_be_visible()
        await expect(desk.page.get_by_role("link", name="Waiting 1")).to_be_visible()
    await ben.page.get_by_role("link", name="Waiting 1").click()
    assert ben.page.url.endswith("/desk?tab=waiting")
    await ben.chooses(customer.name)
    await expect(panel(ben).get_by_role("heading", name=customer.name)).to_be_visible()
    await expect(panel(ben)).to_contain_text("Conversation started on")  # else that may be out of sight by then
    await ben.page.mouse.move(900, 300)
    await ana.chooses(customer.name)
    await ana.clicks("Pick up")
    await expect(ana.reply_box).to_be_focused()
    await expect(ben.row(customer.name)).to_be_hidden()
    await expect(ben.heading("A colleague is replying here now")).to_be_visible()
    await ben.page.go_back()
    await expect(ben.heading("Nobody is waiting")).to_be_visible()
    await ben.page.go_back()
    await expect(ben.page.get_by_role("link", name="All", exact=False).first).to_have_attribute("aria-current", "page")
    await ana.presses("Alt+Digit1")
    await expect(ana.page.get_by_role("link", name="Mine 1")).to_have_attribute("aria-current", "page")
    await expect(ana.reply_box).to_be_visible()  # what is open stays open
    await ana.moves("Release")
    await expect(ben.row(customer.name)).to_be_visible()
    await expect(ana.heading("You hold no conversation")).to_be_visible()
    await ana.page.get_by_role("link", name="Show 1 that waits").click()
    await expect(ana.row(customer.name)).to_be_visible()
    assert (await ada.changes(f"/v1/queues/{quiet}/members", 2, remove=["ben"])).status == 200
    await expect(ben.row(customer.name)).to_be_hidden()
    await customer.leaves()


async def test_every_row_shows_the_end_of_a_reply_and_what_one_has_read_elsewhere(
    own_house: ServerProcess, windows: Windows
) -> None:
    """[P2] [R165] [R167] None of these conversations is open here."""
    customer, other = await a_customer(own_house), await a_customer(own_house)
    desk = await Desk.opens(windows, own_house, "Ana")
    rows = desk.page.get_by_role("listitem")
    await in_mid_sentence(customer)
    await expect(rows.filter(has_text=customer.name)).to_contain_text("is replying")
    await expect(rows.filter(has_text=customer.name).locator(".tail")).not_to_be_empty()
    await expect(rows.filter(has_text=other.name).locator(".tail")).to_have_count(0)
    await other.asks_for_a_person()
    await other.says("Is anybody there?")
    row = desk.row(other.name)
    await expect(rows.filter(has_text=other.name)).to_contain_text("Is anybody there?")
    await expect(row).to_have_accessible_description(re.compile("unread"))
    async with Agent(own_house, "Ana") as elsewhere:
        screen = await elsewhere.watches(other.c)
        await elsewhere.sends({"type": "set_read", "conversation": other.c, "n": screen.last})
        await expect(row).not_to_have_accessible_description(re.compile("unread"))
    await asyncio.gather(customer.leaves(), other.leaves())


async def test_hundreds_of_conversations_are_scrolled_and_walked_through(
    own_house: ServerProcess, windows: Windows
) -> None:
    """[R165] Only those on the screen are in the document, the next are loaded on the way, and the focus stays."""

    async def comes(numbers: range) -> None:
        for n in numbers:
            async with Customer(own_house, f"V{n:03}") as customer:
                await customer.opens()

    await asyncio.gather(*(comes(range(at, MANY, 10)) for at in range(10)))
    desk = await Desk.opens(windows, own_house, "Ana")
    names = desk.page.locator("a.name")
    await names.first.focus()
    await expect(desk.page.get_by_role("listitem").first).to_have_attribute("aria-posinset", "1")
    for loaded in range(50, MANY + 1, 50):
        await expect(desk.page.locator("ul.all")).to_have_css("height", f"{80 * loaded}px")
        await desk.presses("End")
        await expect(desk.page.locator(f'li[aria-posinset="{loaded}"] a.name')).to_be_focused()
    await expect(desk.page.locator("li:focus-within")).to_have_attribute("aria-setsize", str(MANY))
    last = desk.page.locator(f'li[aria-posinset="{MANY}"] a.name')
    await expect(last).to_be_focused()
    await expect(last).to_be_in_viewport()
    assert await names.count() < 50
    await desk.page.mouse.move(200, 500)
    await desk.page.mouse.wheel(0, -5000)
    await expect(last).not_to_be_in_viewport()
    await desk.presses("ArrowUp")
    before = desk.page.locator(f'li[aria-posinset="{MANY - 1}"] a.name')
    await expect(before).to_be_focused()
    await expect(before).to_be_in_viewport()


async def test_the_actions_of_a_row_are_reached_by_right_click_and_by_tab(
    own_house: ServerProcess, windows: Windows
) -> None:
    customer = await a_customer(own_house)
    desk = await Desk.opens(windows, own_house, "Ana")
    row, item = desk.row(customer.name), desk.page.get_by_role("menuitem")
    await row.click(button="right")
    await expect(item.first).to_be_focused()
    await desk.presses("Escape")
    await expect(item).to_have_count(0)
    await row.focus()
    await desk.presses("Tab")
    await expect(desk.page.get_by_role("checkbox", name=f"Select {customer.name}")).to_be_focused()
    await desk.presses("Tab")
    await expect(desk.page.get_by_role("button", name=f"Actions for {customer.name}")).to_be_focused()
    await desk.presses("Enter")
    await expect(item.first).to_be_focused()
    await customer.leaves()


async def test_many_are_closed_at_once_and_each_that_was_refused_says_why(
    own_house: ServerProcess, windows: Windows
) -> None:
    """[R177] From the list: rows are selected by keys and by pointer, and three dots have the actions of one."""
    disputes = await sets(own_house, "queues", name="Disputes", needs_reason=True)
    await sets(own_house, "statuses", name="Callback", colour="#aa0000")
    first, second, third = [await a_customer(own_house) for _ in range(3)]
    async with Agent(own_house, "Gus", "supervisor") as gus:
        for customer in (first, second, third):
            await gus.watches(customer.c)
            accepted(await gus.does("intervene", customer.c))
        accepted(await gus.does("set_queue", second.c, queue=disputes))
    desk = await Desk.opens(windows, own_house, "Gus", "Supervisor")
    page = desk.page
    row = page.get_by_role("listitem").filter(has_text=third.name)
    await row.hover()
    await row.get_by_role("button", name=f"Actions for {third.name}").click()
    menu = page.get_by_role("menu")
    box = await menu.bounding_box()
    assert box is not None
    assert box["y"] >= 0
    assert box["height"] > 200, "the list does not cut it"
    await has_no_barriers(page)
    await desk.screenshots("12-row-menu")
    size, lower = page.viewport_size, round(box["y"] + box["height"]) - 40
    assert size is not None
    await page.set_viewport_size({"width": size["width"], "height": lower})
    await until(lambda: is_inside(menu, size["width"], lower), within=WAIT)  # it follows a window that gets smaller
    await page.set_viewport_size(size)
    await page.get_by_role("menuitem", name="Set status").click()
    await page.get_by_role("option", name="Callback").click()
    await expect(row).to_contain_text("Callback")

    await desk.row(first.name).focus()
    await desk.presses("Space")
    await page.get_by_role("listitem").filter(has_text=second.name).hover()
    await page.get_by_role("checkbox", name=f"Select {second.name}").check()
    await expect(page.get_by_role("toolbar", name="Selected conversations")).to_contain_text("2 selected")
    await has_no_barriers(page)
    await desk.screenshots("13-selected")
    await desk.clicks("Actions for the selected")
    await page.get_by_role("menuitem", name="Close").click()
    await expect(page.get_by_role("toolbar", name="Selected conversations")).to_contain_text("1 selected")
    await expect(page.get_by_role("listitem").filter(has_text=second.name)).to_contain_text("reason")
    await page.get_by_role("link", name="Closed").click()
    await expect(desk.row(first.name)).to_be_visible()
    await expect(desk.row(second.name)).to_be_hidden()
    for customer in (first, second, third):
        await customer.leaves()

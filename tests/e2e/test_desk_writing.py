"""What is written at the desk: replies, notes and drafts, with and without a connection."""

from playwright.async_api import expect

from tests.e2e.desks import Desk, a_customer, a_held_one
from tests.e2e.slow_line import SlowLine
from tests.e2e.watch import OF_AN_OUTAGE
from tests.e2e.windows import Windows
from tests.kit.limits import LONG_WAIT, eventually
from tests.kit.people import Agent
from tests.kit.server import ServerProcess


async def test_a_note_is_open_while_a_bot_answers_and_never_reaches_the_customer(
    windows: Windows, house: ServerProcess
) -> None:
    """[P6]"""
    customer = await a_customer(house)
    desk = await Desk.opens(windows, house, "Ana", path=f"/c/{customer.c}")
    await desk.presses("Alt+N")
    await expect(desk.note_box).to_be_focused()
    await desk.notes("She called twice last week.")
    await expect(desk.log).to_contain_text("She called twice last week.")
    await expect(desk.note_box).to_have_value("")
    await desk.screenshots("6-note")
    await expect(desk.page.get_by_text("is answering, so replies are closed")).to_be_visible()
    await expect(desk.page.get_by_role("button", name="Intervene")).to_be_visible()
    await desk.note_box.fill("And she")
    await desk.presses("Alt+I")
    await expect(desk.log).to_contain_text("Ana took over")
    await expect(desk.note_box).to_be_focused()  # it is taken from no note that is being written
    await expect(desk.note_box).to_have_value("And she")
    await desk.presses("Alt+R")
    await desk.replies("Good morning")
    await customer.sees(customer.c, lambda event: event.text == "Good morning")
    assert "She called" not in str(customer.heard)
    await desk.reply_box.fill("You can pay")
    async with Agent(house, "Gus", "supervisor") as gus:
        await gus.watches(customer.c)
        await gus.intervenes(customer.c)
    kept = desk.page.get_by_text("Your draft is kept.")
    await expect(kept).to_be_visible()
    await desk.clicks_tab("Note")
    await expect(kept).to_be_visible()
    await customer.leaves()


async def test_a_reply_waits_for_a_yes_when_the_customer_wrote_meanwhile(
    windows: Windows, house: ServerProcess
) -> None:
    desk, customer = await a_held_one(windows, house)
    await desk.reply_box.fill("You can pay")
    await customer.says("Is there any interest?")
    await customer.says("And when?")
    await expect(desk.log).to_contain_text("And when?")
    await desk.reply_box.press_sequentially(" in three parts.")
    await desk.reply_box.press("Enter")
    said = "Not sent yet: 2 messages arrived while you were writing."
    await expect(desk.alert).to_have_text(said)
    await expect(desk.page.get_by_text("2 new messages")).to_be_visible()
    await expect(desk.reply_box).to_have_value("You can pay in three parts.")
    await desk.screenshots("7-stale")
    await desk.clicks("Show them")
    await expect(desk.page.get_by_text("Your text is kept.")).to_be_hidden()
    await expect(desk.reply_box).to_be_focused()
    await customer.says("Hello?")
    await expect(desk.log).to_contain_text("Hello?")
    await desk.reply_box.press("Enter")
    await desk.clicks("Send as it is")
    await customer.sees(customer.c, lambda event: event.text == "You can pay in three parts.")
    await expect(desk.reply_box).to_have_value("")
    await customer.leaves()


async def test_a_message_that_crosses_the_reply_on_the_line_brings_the_text_back(
    windows: Windows, house: ServerProcess
) -> None:
    """R44 The server alone knows of it."""
    customer = await a_customer(house)
    line, page = SlowLine(), await windows.opens(house.url)
    await page.route_web_socket("**/socket", line.connect)
    desk = Desk(page, house)
    await desk.enters_as("Ana", path=f"/c/{customer.c}")
    await desk.clicks("Intervene")
    await expect(desk.reply_box).to_be_visible()
    line.hold()
    await customer.says("Wait, one more thing.")
    await desk.replies("Goodbye then.")
    await eventually(lambda: line.holds('"stale_view"'))
    line.release()
    await expect(desk.reply_box).to_have_value("Goodbye then.")
    await expect(desk.alert).to_have_text("Not sent yet: 1 message arrived while you were writing.")
    assert "Goodbye" not in str(customer.heard)
    await customer.leaves()


async def test_a_draft_belongs_to_its_conversation_and_outlives_the_page(
    windows: Windows, house: ServerProcess
) -> None:
    desk, customer = await a_held_one(windows, house)
    other = await a_customer(house, "Tom")
    await desk.reply_box.fill("Dear Maria")
    await desk.chooses(other.name)
    await desk.clicks("Intervene")
    await expect(desk.reply_box).to_have_value("")
    await desk.reply_box.fill("Dear Tom")
    await expect(desk.list.get_by_role("listitem").filter(has_text=customer.name)).to_contain_text("Draft: Dear Maria")
    await desk.page.go_back()
    await expect(desk.reply_box).to_have_value("Dear Maria")
    await desk.page.reload()
    await expect(desk.reply_box).to_have_value("Dear Maria")
    await desk.chooses(other.name)
    await expect(desk.reply_box).to_have_value("Dear Tom")
    await customer.leaves()
    await other.leaves()


async def test_what_is_sent_without_a_connection_is_sent_once_after_it(
    own_house: ServerProcess, windows: Windows
) -> None:
    """[P5]"""
    desk, customer = await a_held_one(windows, own_house)
    windows.may_complain(*OF_AN_OUTAGE)
    await own_house.kill()
    await expect(desk.page.get_by_text("No connection").first).to_be_visible()
    await expect(desk.page.get_by_text("sent once you are back if you still hold control")).to_be_visible()
    await desk.replies("Are you still there?")
    await expect(desk.log).to_contain_text("Kept here, sent once you are back")
    await desk.screenshots("8-offline")
    await desk.page.get_by_role("button", name="Try now").focus()
    await own_house.start()
    await expect(desk.page.get_by_text("You are replying.").first).to_be_visible(timeout=LONG_WAIT * 1000)
    await expect(desk.reply_box).to_be_focused()  # the button is there no more
    await expect(desk.log).not_to_contain_text("Kept here")
    await customer.comes_back()
    await customer.sees(customer.c, lambda event: event.text == "Are you still there?")
    assert (await desk.shown()).count("Are you still there?") == 1


async def test_a_reply_of_an_epoch_that_is_over_becomes_a_draft_again(
    own_house: ServerProcess, windows: Windows
) -> None:
    """[P1] It was written without a connection, and a supervisor took over meanwhile."""
    line, page = SlowLine(), await windows.opens(own_house.url)
    await page.route_web_socket("**/socket", line.connect)
    customer = await a_customer(own_house)
    desk = Desk(page, own_house)
    await desk.enters_as("Ana", path=f"/c/{customer.c}")
    await desk.clicks("Intervene")
    await expect(desk.reply_box).to_be_visible()
    line.hold()
    async with Agent(own_house, "Zoe", "supervisor") as zoe:
        await zoe.watches(customer.c)
        await zoe.intervenes(customer.c)
        await desk.replies("In my name")
        await eventually(lambda: line.holds('"error"'))
        line.release()
        await expect(desk.heading("Zoe is replying")).to_be_visible()
        await expect(desk.alert).to_contain_text("Not sent:")
        await expect(desk.list.get_by_role("listitem").filter(has_text=customer.name)).to_contain_text(
            "Draft: In my name"
        )
    await customer.leaves()


async def test_what_people_write_and_are_called_is_text_and_nothing_else(
    windows: Windows, house: ServerProcess
) -> None:
    hostile = "<img src=x onerror=alert(1)> \u202emirror [x](javascript:alert(1)) مرحبا 👩‍👩‍👧"
    customer = await a_customer(house)
    desk = await Desk.opens(windows, house, f"Ana {hostile}", path=f"/c/{customer.c}")
    await customer.says(hostile)
    await desk.clicks("Intervene")
    await desk.notes(hostile)
    await desk.clicks_tab("Reply")
    await desk.replies(hostile)
    await customer.sees(customer.c, lambda event: event.by == "agent" and event.text == hostile)
    await expect(desk.log.locator(".bub").last).to_have_text(hostile)
    assert (await desk.shown()).count(hostile) == 2
    assert await desk.page.locator("img, a[href^=javascript]").count() == 0
    await customer.leaves()

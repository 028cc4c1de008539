"""What helps one write at the desk: canned replies, mentions, drafts that follow one, and what the bot left."""

import re

import msgspec
from playwright.async_api import expect

from tests.e2e.axe import has_no_barriers
from tests.e2e.desks import Desk, a_customer, a_held_one, in_mid_sentence
from tests.e2e.hostile import NAMES
from tests.e2e.test_desk_actions import HOSTILE, sets
from tests.e2e.windows import Windows
from tests.kit.server import ServerProcess, until


async def test_a_canned_reply_and_a_mention_are_put_in_by_keys_alone(
    own_house: ServerProcess, windows: Windows
) -> None:
    """And the colleague who is mentioned is told, wherever they are."""
    await sets(
        own_house, "canned-replies", name="interest-free", text="Hi {contact.name}, pay by {date}. Yours, {agent.name}"
    )
    await sets(own_house, "canned-replies", name=HOSTILE, text=HOSTILE)
    ben = await Desk.opens(windows, own_house, "Ben")
    desk, customer = await a_held_one(windows, own_house)
    page = desk.page
    summary = page.get_by_role("main").locator("details", has_text="Before you took over")
    await expect(summary.get_by_text("Can I pay later?")).to_be_visible()
    await desk.screenshots("7-handoff")

    await page.keyboard.type("Well. /FREE")
    await expect(page.get_by_role("option")).to_have_text([re.compile("interest-free")])
    await expect(summary).not_to_have_attribute("open", "")  # folded by the first keystroke
    await desk.screenshots("8-canned")
    await has_no_barriers(page)
    await desk.presses("Enter")
    await expect(desk.reply_box).to_have_value(f"Well. Hi {customer.name}, pay by {{date}}. Yours, Ana")
    await page.keyboard.type("Friday")  # the field that was left is selected
    await desk.presses("Enter")
    await customer.sees(customer.c, lambda event: event.text == f"Well. Hi {customer.name}, pay by Friday. Yours, Ana")
    await page.keyboard.type("either/or /")
    await page.reload()
    await expect(desk.reply_box).to_have_value("either/or /")
    await desk.presses("Alt+R")
    await desk.presses("Enter")  # what was typed before opens no list
    await customer.sees(customer.c, lambda event: event.text == "either/or /")
    await page.keyboard.type("/img")
    await desk.presses("Escape")
    await desk.presses("Control+a")
    await page.keyboard.type("/onerror")
    await desk.presses("Tab")
    await expect(desk.reply_box).to_have_value(HOSTILE)
    assert await page.title() != "broken"

    await desk.presses("Alt+N")
    await page.keyboard.type("Please look, @be")
    await desk.presses("Enter")
    await expect(desk.note_box).to_have_value("Please look, @Ben ")
    await desk.presses("Enter")
    await expect(desk.log.locator(".mention")).to_have_text("@Ben")
    told = ben.page.get_by_role("complementary", name="Mention")
    await expect(told).to_contain_text("Ana mentioned you in a note.")
    await expect(ben.status).to_have_text("Ana mentioned you in a note.")
    await told.get_by_role("link", name="Open").click()
    await expect(ben.log).to_contain_text("Please look, @Ben")
    await expect(told).to_be_hidden()
    await customer.leaves()


async def test_a_draft_is_on_ones_next_browser_and_stays_with_its_conversation(
    own_house: ServerProcess, windows: Windows
) -> None:
    desk, customer = await a_held_one(windows, own_house)
    other = await a_customer(own_house, "Tom")
    await in_mid_sentence(other)
    await desk.types("I have asked a colleague")
    await desk.clicks_tab("Note")
    await desk.note_box.fill(NAMES["html"])
    await desk.chooses(other.name)
    await until(lambda: keeps(own_house, customer.c, "I have asked a colleague", NAMES["html"]))

    second = await Desk.opens(windows, own_house, "Ana", path=f"/c/{customer.c}")
    await expect(second.reply_box).to_have_value("I have asked a colleague")
    await second.clicks_tab("Note")
    await expect(second.note_box).to_have_value(NAMES["html"])
    await second.clicks_tab("Reply")
    await second.replies("I have asked a colleague: yes.")
    await customer.sees(customer.c, lambda event: "a colleague: yes" in event.text)
    await until(lambda: keeps(own_house, customer.c, "", NAMES["html"]))
    await desk.chooses(customer.name)
    await desk.clicks_tab("Reply")
    await expect(desk.reply_box).to_have_value("")
    await expect(desk.log).to_contain_text("a colleague: yes")
    await other.leaves()
    await customer.leaves()


async def keeps(server: ServerProcess, conversation: str, reply: str, note: str) -> bool:
    """The server, of what Ana writes there."""
    bearer = f"Bearer {server.agent_token('Ana')}"
    text = (await server.ask("GET", f"/v1/me/drafts/{conversation}", authorization=bearer)).json["text"]
    return text.startswith("{") and bool(msgspec.json.decode(text) == {"reply": reply, "note": note})


async def test_ones_own_message_is_edited_and_taken_back_while_it_is_new(
    own_house: ServerProcess, windows: Windows
) -> None:
    """[R145] Also once the customer has read it. And the reply that one was writing stays as it is."""
    desk, customer = await a_held_one(windows, own_house)
    page = desk.page
    await desk.replies("It is due on the 24th.")
    await customer.sees(customer.c, lambda event: "24th" in event.text)
    await customer.sends({"type": "set_read", "conversation": customer.c, "n": customer.screen.last})
    await expect(desk.log.get_by_role("article").last).to_contain_text("Read")
    await desk.types("And one more")
    change = page.get_by_role("button", name="Change this message")
    await change.focus()
    await desk.presses("Enter")
    await desk.presses("Enter")
    field = page.get_by_role("textbox", name="Your message, to be changed")
    await expect(field).to_be_focused()
    await expect(field).to_have_value("It is due on the 24th.")
    await field.fill("It is due on the 25th.")
    await desk.presses("Enter")
    await expect(desk.reply_box).to_have_value("And one more")
    await expect(desk.log).to_contain_text("It is due on the 25th.")
    await expect(desk.log).to_contain_text("Edited")
    await change.click()
    await page.get_by_role("menuitem", name="Delete").click()
    await expect(desk.log).not_to_contain_text("It is due on")
    await expect(change).to_be_hidden()
    await expect(desk.reply_box).to_have_value("And one more")
    await customer.leaves()

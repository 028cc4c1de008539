"""A whole day at the desk by keyboard alone, with what a screen reader speaks and where the focus is at each step."""

from playwright.async_api import expect

from tests.e2e.axe import barriers
from tests.e2e.desks import Desk, a_customer, in_mid_sentence
from tests.e2e.reader import Reader
from tests.e2e.test_by_keyboard import tabs_to
from tests.e2e.test_desk_accounts import BEN
from tests.e2e.test_desk_actions import sets
from tests.e2e.windows import Windows
from tests.integration.system.browser import PASSWORD, admin, joined
from tests.kit.server import ServerProcess


async def test_a_whole_day_goes_by_keyboard_alone_and_is_spoken(office: ServerProcess, windows: Windows) -> None:
    """[P1] [P2] [P6] Sign in, find, take over, answer, note, status, hand back, close, sign out."""
    await joined(admin(office), BEN)
    for name in ("Callback", "Promise to pay"):
        await sets(office, "statuses", name=name, colour="#aa0000")
    other, customer = await a_customer(office, "Tomasz"), await a_customer(office)
    await in_mid_sentence(customer)
    page = await windows.opens(office.url, bypass_csp=True)
    desk, keys = Desk(page, office), page.keyboard

    await page.goto(f"{office.url}/desk")  # sign in
    await expect(page.get_by_label("E-mail")).to_be_focused()
    await keys.type(BEN)
    await desk.presses("Tab")
    await expect(page.get_by_label("Password", exact=True)).to_be_focused()
    await keys.type(PASSWORD)
    await desk.presses("Enter")
    await expect(desk.row(customer.name)).to_be_visible()

    async with Reader(page, "intervene-desk", ".shell") as reader:
        await desk.presses("Control+k")  # find
        await expect(page.get_by_role("combobox", name="Commands")).to_be_focused()
        await keys.type(customer.name)
        await expect(page.get_by_role("option", selected=True)).to_contain_text(customer.name)
        await desk.presses("Enter")
        await expect(page.get_by_role("heading", name=customer.name, level=1)).to_be_visible()
        await expect(desk.log).to_be_focused()

        await desk.presses("F6")  # take over
        await expect(desk.intervene).to_be_focused()
        await desk.presses("Enter")
        await expect(desk.reply_box).to_be_focused()
        await reader.comes_to_speak("You are replying. Reply box is open.")
        await keys.type("Hello")  # answer
        await desk.presses("Shift+Enter")
        await keys.type("Ben here.")
        await desk.presses("Enter")
        await customer.sees(customer.c, lambda event: event.text == "Hello\nBen here.")
        await expect(desk.reply_box).to_be_focused()
        await customer.says("And on Friday?")
        await reader.comes_to_speak("And on Friday?")

        await desk.presses("Alt+N")  # note
        await expect(desk.note_box).to_be_focused()
        await keys.type("Called back.")
        await desk.presses("Enter")
        await expect(desk.log).to_contain_text("Called back.")
        await expect(desk.note_box).to_be_focused()
        await desk.presses("Alt+S")  # status
        await expect(page.get_by_role("combobox")).to_be_focused()
        await keys.type("promise")
        await desk.presses("Enter")
        await expect(desk.note_box).to_be_focused()  # it came from there
        await expect(page.get_by_role("main").get_by_text("Promise to pay")).to_be_visible()

        await desk.presses("Alt+R")
        await expect(desk.reply_box).to_be_focused()
        await desk.presses("Alt+B")  # hand back
        await expect(page.get_by_role("combobox", name="What should be known")).to_be_focused()
        await keys.type("She pays on Friday.")
        await desk.presses("Enter")
        await expect(desk.intervene).to_be_visible()
        await reader.comes_to_speak("Assistant is answering. Replies are closed.")
        await desk.presses("Alt+I")
        await expect(desk.reply_box).to_be_focused()
        await desk.presses("Alt+E")  # close
        await expect(desk.heading("Ben closed this conversation")).to_be_visible()
        await reader.comes_to_speak("The conversation is closed.")
        spoken = await reader.spoken()
    for words in (
        "You are replying. Reply box is open.",
        "And on Friday?",
        "Assistant is answering. Replies are closed.",
        "The conversation is closed.",
    ):
        assert any(words in phrase for phrase in spoken), (words, spoken)
    for words in ("And on Friday?", "Called back."):
        assert sum(words in phrase for phrase in spoken) <= 1, (words, spoken)
    assert not any("I cannot pay" in phrase for phrase in spoken), spoken
    assert "Called back" not in str(customer.heard)

    await desk.row(other.name).focus()  # from pane to pane, and what there is to press
    await desk.presses("Enter")
    await expect(page.get_by_role("heading", name=other.name, level=1)).to_be_visible()
    await desk.row(other.name).focus()
    await desk.presses("F6")
    await expect(desk.log).to_be_focused()
    await desk.presses("F6")
    await expect(desk.intervene).to_be_focused()
    await desk.presses("F6")
    await expect(page.get_by_role("heading", name=other.name, level=2)).to_be_focused()
    await desk.presses("F6")
    await expect(desk.row(other.name)).to_be_focused()
    await desk.presses("?")
    await expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    assert not await barriers(page)
    await desk.presses("Escape")
    await expect(page.get_by_role("dialog")).to_be_hidden()
    await tabs_to(page, "Ben, Agent: account", key="Shift+Tab", most=60)
    await desk.presses("Enter")
    await expect(page.get_by_role("menuitemradio", name="Available")).to_be_focused()
    await desk.presses("End")
    await expect(page.get_by_role("menuitem", name="Sign out")).to_be_focused()
    await desk.presses("Enter")
    await expect(desk.heading("You have signed out")).to_be_visible()
    await customer.leaves()
    await other.leaves()

"""What the product is for, as the page that describes it has it, with a customer and an agent in two browsers.

The quotations are that page's: "Taking over a Bot conversation".
"""

import os
import re
from pathlib import Path

import anyio
from playwright.async_api import Page, expect

from tests.e2e.agent import Agent
from tests.e2e.customer import Customer
from tests.e2e.people import People
from tests.e2e.scenes import url_of
from tests.kit.proxy import Mode, Proxy
from tests.kit.server import ServerProcess

PICTURE = {"width": 1024, "height": 640}
UNDO = re.compile("undo|continue the bot|resume", re.IGNORECASE)


async def picture(page: Page, name: str) -> None:
    """For docs/take-over.md, if the variable SCREENSHOTS names a directory."""
    if not (directory := os.environ.get("SCREENSHOTS")):
        return
    size = page.viewport_size
    assert size is not None
    await page.set_viewport_size({"width": PICTURE["width"], "height": PICTURE["height"]})
    await page.emulate_media(color_scheme="light", reduced_motion="reduce")
    await page.screenshot(path=Path(directory) / f"{name}.png")
    await page.set_viewport_size(size)


async def takes_over_step_by_step(maria: Customer, ana: Agent) -> None:
    """[P1] [P2] From the moment at which the bot is writing, and the agent has the conversation open."""
    # "When a conversation is being managed by a bot, users are not able to reply."
    await expect(ana.page.get_by_text("Assistant is answering, so replies are closed")).to_be_visible()
    await expect(ana.reply_box).to_be_hidden()
    await expect(ana.intervene).to_have_accessible_description(re.compile("replies are closed"))
    await expect(maria.chat.get_by_text("Bot", exact=True).first).to_be_visible()

    await picture(ana.page, "bot-manages")

    # "Click Intervene. The Bot will then be cancelled and users will be able to send messages."
    await ana.intervene.click()
    await expect(ana.reply_box).to_be_focused()
    cut = (await maria.shown())[-1]
    await expect(maria.log).to_contain_text("The bot stopped here")
    await expect(ana.log).to_contain_text("Interrupted")
    await expect(maria.log).to_contain_text("Ana has joined")
    await expect(ana.log).to_contain_text("Ana took over from Assistant")
    await expect(ana.page.get_by_text("You are replying.").first).to_be_visible()
    await ana.replies("Hello, Ana here. I have moved it to the 25th.")
    await expect(maria.log).to_contain_text("I have moved it to the 25th.")
    await expect(ana.log.locator(".meta").last).to_contain_text("Read")  # by Maria, whose panel is open
    await maria.writes("Thank you.")
    await expect(ana.log).to_contain_text("Thank you.")

    await picture(ana.page, "you-reply")

    # "Please note this cannot be undone."
    await expect(ana.page.get_by_role("button", name=UNDO)).to_have_count(0)
    await anyio.sleep(1.0)  # the bot had ten more seconds to say
    seen_by_maria, seen_by_ana = await maria.shown(), await ana.shown()
    assert seen_by_maria == seen_by_ana
    assert seen_by_maria[-2:] == ["Hello, Ana here. I have moved it to the 25th.", "Thank you."]
    assert seen_by_maria[-3].startswith(cut) or cut.startswith(seen_by_maria[-3])
    assert "instalments open" in seen_by_maria[-3]


async def test_an_agent_takes_over_a_bot_conversation_as_the_page_describes(
    house: ServerProcess, people: People
) -> None:
    """[P1] [P2]"""
    maria, ana = await people.met(house)
    await takes_over_step_by_step(maria, ana)


async def test_of_two_desks_that_intervene_at_once_one_wins_and_the_other_is_told_who(
    house: ServerProcess, people: People, line: Proxy
) -> None:
    """[P3] Ben's desk gets nothing of what the server sends until Ben has clicked too."""
    maria, ana = await people.met(house)
    ben = await people.agent(house, "Ben", url=url_of(line))
    await ben.enters()
    await ben.opens_conversation_of(maria.name)
    await expect(ben.log).to_contain_text("I would like to explain")
    line.mode = Mode.LATE_DOWN
    await ana.intervenes()
    await ben.intervene.click()
    await expect(ben.page.get_by_role("button", name="Taking over")).to_be_visible()
    line.mode = Mode.PASS
    await expect(ben.alert).to_contain_text(re.compile(r"Ana took over .* before you"))
    await expect(ben.page.get_by_text("Nothing was sent in your name.").first).to_be_visible()
    await expect(ben.reply_box).to_be_hidden()
    await expect(ana.reply_box).to_be_visible()

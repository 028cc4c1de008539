"""What one reads stays where it is, to the pixel, whatever comes, grows or is loaded. At the end the thread follows."""

from collections.abc import AsyncIterator, Awaitable, Callable

import anyio
import pytest
from playwright.async_api import Locator, expect

from tests.e2e.agent import Agent
from tests.e2e.customer import Customer
from tests.e2e.people import People
from tests.e2e.scenes import url_of
from tests.kit import people as actors
from tests.kit.browser import shared
from tests.kit.limits import WAIT
from tests.kit.proxy import Mode, Proxy
from tests.kit.server import ServerProcess, until

SAID = 155  # messages; a page begins with the last 100 events
AT_ONCE = 90  # of an agent's, before they are held to 20 a second
SPAN = "(log) => log.scrollHeight - log.clientHeight - log.scrollTop"
TOP = "(bubble) => bubble.getBoundingClientRect().top"
IN_VIEW = """
(log) => {
  const top = log.getBoundingClientRect().top;
  return [...log.querySelectorAll(".bub")].findIndex((bubble) => bubble.getBoundingClientRect().top >= top);
}
"""

HOLD_IDLE = """
const idle = window.requestIdleCallback.bind(window);
let held = [];
window.requestIdleCallback = (callback, options) => held ? held.push(callback) : idle(callback, options);
window.letGo = () => { const callbacks = held; held = null; for (const callback of callbacks) callback(); };
"""


class Reading:
    """A thread with much in it, before somebody who reads it, by a line; `ana`, without a screen, goes on with it."""

    def __init__(
        self, reader: Customer | Agent, line: Proxy, maria: Customer, ana: actors.Agent, conversation: str
    ) -> None:
        self.reader = reader
        self.line = line
        self.maria = maria
        self.ana = ana
        self.conversation = conversation

    @property
    def log(self) -> Locator:
        return self.reader.log

    async def bubble_in_view(self) -> Locator:
        """One that stands near the top of what can be seen, found again by its text."""
        index = await self.log.evaluate(IN_VIEW)
        text = await self.reader.bubbles.nth(index).text_content()
        return self.log.locator(".bub", has_text=text or "").first

    async def scrolls(self, by: int) -> None:
        """With the wheel: as a person does it, and not as a script."""
        await self.log.hover()
        await self.reader.page.mouse.wheel(0, by)
        await self.is_still()

    async def is_still(self) -> None:
        """No scrolling is under way."""
        before = None
        while (now := await self.log.evaluate("(log) => log.scrollTop")) != before:
            before = now
            await anyio.sleep(0.1)

    async def says(self, text: str) -> None:
        actors.accepted(await self.ana.says(self.conversation, text))

    async def stays(self, happens: Callable[[], Awaitable[object]]) -> None:
        bubble = await self.bubble_in_view()
        before = await bubble.evaluate(TOP)
        await happens()
        await self.reader.page.evaluate(
            "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
        )
        assert await bubble.evaluate(TOP) - before == 0

    async def bot_writes(self) -> None:
        """At length, from here on. Of its two replies the first may be the short one."""
        actors.accepted(await self.ana.hands_back(self.conversation))
        await self.maria.writes("Go on, please.")
        await expect(self.maria.bubbles.last).to_contain_text("two instalments")
        if "I have found" in (await self.maria.shown())[-1]:
            await expect(self.maria.bubbles.last).to_contain_text("are open.")
            await self.maria.writes("And then?")
        await expect(self.reader.bubbles.last).to_contain_text("I would like to explain")

    async def grows(self) -> None:
        growing = self.reader.bubbles.last
        length = len(await growing.text_content() or "")

        async def has_grown() -> bool:
            return len(await growing.text_content() or "") > length + 200

        await until(has_grown, within=WAIT)

    async def begins_with_its_end(self) -> None:
        """The desk renders the last screenful first, and the rest when the browser has time: it has none until then."""
        page = self.reader.page
        await page.add_init_script(HOLD_IDLE)
        await page.reload()
        await expect(self.log).to_contain_text(f"Line {SAID - 1} ")
        await self.is_at_the_end()
        await expect(self.log).not_to_contain_text(f"Line {SAID - 60} ")

    async def is_rendered_whole(self) -> None:
        await self.reader.page.evaluate("letGo()")
        await expect(self.log).to_contain_text(f"Line {SAID - 60} ")
        await expect(self.log).to_have_attribute("aria-busy", "false")

    async def is_at_the_end(self) -> None:
        async def holds() -> bool:
            return bool(await self.log.evaluate(SPAN) <= 1)  # a part of a pixel is no line

        await until(holds, within=WAIT)


@shared(params=["customer", "agent"])
async def reading(
    request: pytest.FixtureRequest, house: ServerProcess, people: People, line: Proxy
) -> AsyncIterator[Reading]:
    maria = await people.customer(house, url=url_of(line))
    await maria.arrives()
    await maria.writes("Hello")
    await expect(maria.log).to_contain_text("two instalments are open.")
    ana = actors.Agent(house, "Ana")
    await ana.joins()
    conversation = await conversation_of(house, maria.name)
    await ana.watches(conversation)
    await ana.intervenes(conversation)
    for number in range(SAID):
        text = f"Line {number} of the whole plan, which is as long as it needs to be."
        await ana.gives("say", conversation, text=text)
        await anyio.sleep(0.06 if number > AT_ONCE else 0)
    await expect(maria.log).to_contain_text(f"Line {SAID - 1} ")
    reader: Customer | Agent = maria
    if request.param == "agent":
        reader = await people.agent(house, "Ben", url=url_of(line))
        await reader.enters()
        await reader.opens_conversation_of(maria.name)
    else:
        await maria.page.reload()
        await maria.opens_the_chat()
    await expect(reader.log).to_contain_text(f"Line {SAID - 1} ")
    yield Reading(reader, line, maria, ana, conversation)
    await ana.leaves()


async def conversation_of(house: ServerProcess, name: str) -> str:
    bearer = f"Bearer {house.agent_token('Lister')}"
    listed = (await house.ask("GET", "/v1/conversations", authorization=bearer)).json["items"]
    return next(str(each["id"]) for each in listed if each["contact"]["name"] == name)


async def test_the_reading_position_stays_while_messages_come_grow_and_are_loaded(reading: Reading) -> None:
    await reading.is_at_the_end()
    if isinstance(reading.reader, Agent):
        await reading.begins_with_its_end()
        await reading.scrolls(-200)
        await reading.stays(reading.is_rendered_whole)
    await reading.scrolls(-900)

    async def one_comes() -> None:
        await reading.says("Something new.")
        await expect(reading.log).to_contain_text("Something new.")

    await reading.stays(one_comes)

    reading.line.mode = Mode.LATE_DOWN
    await reading.log.focus()
    await reading.reader.page.keyboard.press("Home")
    await reading.is_still()
    shown = await reading.reader.bubbles.count()

    async def older_ones_are_loaded() -> None:
        reading.line.mode = Mode.PASS
        await expect(reading.log).to_contain_text("Line 20 ")
        await expect(reading.log).to_have_attribute("aria-busy", "false")  # all of them, and not the first slice
        assert await reading.reader.bubbles.count() >= shown + 50

    await reading.stays(older_ones_are_loaded)
    await reading.bot_writes()
    await reading.scrolls(-900)
    await reading.stays(reading.grows)


async def test_at_the_end_the_thread_follows_what_comes_and_grows(reading: Reading) -> None:
    """And stays there when the window gets another size, as when a phone shows its keyboard."""
    await reading.is_at_the_end()
    for width, height in ((360, 740), (360, 420), (1280, 800)):
        await reading.reader.page.set_viewport_size({"width": width, "height": height})
        await reading.is_still()
        await reading.is_at_the_end()
    await reading.says("One more, which is long. " * 20)
    await expect(reading.log).to_contain_text("One more")
    await reading.is_at_the_end()
    await reading.bot_writes()
    await reading.is_at_the_end()
    await reading.grows()
    await reading.is_at_the_end()

"""Every state of widget and desk, as people bring it about. What looks at all of them takes them from here: the tests
for accessibility, and the contact sheets.

A scene is given those who come to it and the server, and returns the window to look at.
"""

import re
from collections.abc import Awaitable, Callable

from playwright.async_api import Page, expect

from tests.e2e.customer import Customer
from tests.e2e.people import People
from tests.kit.proxy import Mode, Proxy, Upgrades
from tests.kit.server import ServerProcess

Scene = Callable[[People, ServerProcess, Proxy], Awaitable[Page]]
"""The proxy is a line to the server, for scenes in which it goes wrong; it is the scene's own."""

LONG = "Bundesfinanzministeriumsschreiben" * 6
MANY_LINES = "\n".join(f"{number}. instalment of three hundred and twelve euros" for number in range(1, 9))

WIDGET: dict[str, Scene] = {}
DESK: dict[str, Scene] = {}


def scene(scenes: dict[str, Scene]) -> Callable[[Scene], Scene]:
    def take(made: Scene) -> Scene:
        scenes[made.__name__.replace("_", " ")] = made
        return made

    return take


def url_of(line: Proxy) -> str:
    return f"http://127.0.0.1:{line.port}"


async def answered(people: People, house: ServerProcess, **options: str) -> Customer:
    """Whom the bot has answered, shortly and completely."""
    maria = await people.customer(house, **options)
    await maria.arrives()
    await maria.writes("Hello, I got a reminder for 84.20.")
    await expect(maria.log).to_contain_text("two instalments are open.")
    return maria


# -- the widget --------------------------------------------------------------------------------------------------------


@scene(WIDGET)
async def launcher(people: People, house: ServerProcess, line: Proxy) -> Page:
    maria = await people.customer(house)
    await maria.page.goto(maria.url)
    await maria.launcher.wait_for()
    return maria.page


@scene(WIDGET)
async def launcher_with_something_unread(people: People, house: ServerProcess, line: Proxy) -> Page:
    maria, ana = await people.met(house)
    await ana.intervenes()
    await expect(maria.log).to_contain_text("Ana has joined")
    await maria.closes_the_chat()
    await ana.replies("I have moved the instalment to the 25th. Does that help?")
    await expect(maria.chat.get_by_text("Does that help?")).to_be_visible()
    return maria.page


@scene(WIDGET)
async def nothing_said_yet(people: People, house: ServerProcess, line: Proxy) -> Page:
    maria = await people.customer(house)
    await maria.arrives()
    return maria.page


@scene(WIDGET)
async def the_bot_writes(people: People, house: ServerProcess, line: Proxy) -> Page:
    maria, _ = await people.met(house)
    return maria.page


@scene(WIDGET)
async def a_person_has_been_asked_for(people: People, house: ServerProcess, line: Proxy) -> Page:
    maria = await answered(people, house)
    await maria.asks_for_a_person()
    await expect(maria.chat.get_by_role("button", name="A person has been asked.")).to_be_visible()
    return maria.page


@scene(WIDGET)
async def a_person_has_joined(people: People, house: ServerProcess, line: Proxy) -> Page:
    maria, ana = await people.met(house)
    await ana.intervenes()
    await ana.replies("Hello, Ana here. I have moved it to the 25th.")
    await expect(maria.log).to_contain_text("I have moved it")
    await maria.writes("Thank you.", f"It said {LONG}", MANY_LINES)
    await expect(maria.log).to_contain_text("8. instalment")
    return maria.page


@scene(WIDGET)
async def waiting_for_a_person(people: People, house: ServerProcess, line: Proxy) -> Page:
    maria, ana = await people.met(house)
    await ana.intervenes()
    await ana.moves("Release")
    await expect(maria.log).to_contain_text("Ana has left")
    return maria.page


@scene(WIDGET)
async def the_bot_answers_again(people: People, house: ServerProcess, line: Proxy) -> Page:
    maria, ana = await people.met(house)
    await ana.intervenes()
    await ana.hands_back()
    await expect(maria.log).to_contain_text("Ana has left")
    return maria.page


@scene(WIDGET)
async def closed(people: People, house: ServerProcess, line: Proxy) -> Page:
    maria, ana = await people.met(house)
    await ana.intervenes()
    await ana.moves("Close")
    await expect(maria.log).to_contain_text("This conversation was closed")
    return maria.page


@scene(WIDGET)
async def offline(people: People, house: ServerProcess, line: Proxy) -> Page:
    maria = await answered(people, house, url=url_of(line))
    people.windows.expect_an_outage()
    line.mode = Mode.RESET
    await maria.writes("Are you still there?", "My number is 42.")
    await expect(maria.chat.get_by_text("Kept here, sent once you are back").first).to_be_visible()
    await expect(maria.chat.get_by_text("Trying again").first).to_be_visible()  # not of a short outage
    return maria.page


@scene(WIDGET)
async def blocked_by_a_proxy(people: People, house: ServerProcess, line: Proxy) -> Page:
    line.upgrades = Upgrades.CLOSED
    maria = await people.customer(house, url=url_of(line))
    people.windows.expect_an_outage()
    await maria.arrives()
    await maria.writes("Is anybody there?")
    await expect(maria.chat.get_by_text("does not let live connections through").first).to_be_visible(timeout=15_000)
    return maria.page


@scene(WIDGET)
async def too_long_to_be_sent(people: People, house: ServerProcess, line: Proxy) -> Page:
    maria = await answered(people, house)
    await maria.types("I would like to say much. " * 2000)
    await expect(maria.chat.get_by_text("Too long by")).to_be_visible()
    return maria.page


# -- the desk ----------------------------------------------------------------------------------------------------------


@scene(DESK)
async def the_way_in(people: People, house: ServerProcess, line: Proxy) -> Page:
    ana = await people.agent(house)
    await ana.page.goto(ana.url)
    await ana.page.get_by_role("textbox", name="E-mail").wait_for()
    return ana.page


@scene(DESK)
async def no_conversation_is_open(people: People, house: ServerProcess, line: Proxy) -> Page:
    await answered(people, house)
    ana = await people.agent(house)
    await ana.enters()
    await ana.list.get_by_role("link").first.wait_for()
    return ana.page


@scene(DESK)
async def a_bot_holds_control(people: People, house: ServerProcess, line: Proxy) -> Page:
    _, ana = await people.met(house)
    return ana.page


@scene(DESK)
async def taking_over(people: People, house: ServerProcess, line: Proxy) -> Page:
    maria, _ = await people.met(house)
    ben = await people.agent(house, "Ben", url=url_of(line))
    await ben.enters()
    await ben.opens_conversation_of(maria.name)
    await ben.intervene.wait_for()
    line.mode = Mode.LATE_DOWN
    await ben.intervene.click()
    await ben.page.get_by_role("button", name="Taking over").wait_for()
    return ben.page


@scene(DESK)
async def you_hold_control(people: People, house: ServerProcess, line: Proxy) -> Page:
    maria, ana = await people.met(house)
    await ana.intervenes()
    await ana.replies("Hello, Ana here. I have moved it to the 25th.")
    await maria.writes("Thank you.", f"It said {LONG}", MANY_LINES)
    await expect(ana.log).to_contain_text("8. instalment")
    return ana.page


@scene(DESK)
async def just_taken_with_its_receipt(people: People, house: ServerProcess, line: Proxy) -> Page:
    _, ana = await people.met(house)
    await ana.intervenes()
    await ana.page.get_by_role("list", name="What the takeover did").wait_for()
    return ana.page


@scene(DESK)
async def writing_a_note(people: People, house: ServerProcess, line: Proxy) -> Page:
    _, ana = await people.met(house)
    await ana.notes("She called twice last week.")
    await expect(ana.log).to_contain_text("She called twice")
    await ana.note_box.fill("And once today")
    return ana.page


@scene(DESK)
async def another_agent_holds_control(people: People, house: ServerProcess, line: Proxy) -> Page:
    maria, ana = await people.met(house)
    await ana.intervenes()
    ben = await people.agent(house, "Ben")
    await ben.enters("Supervisor")
    await ben.opens_conversation_of(maria.name)
    await expect(ben.page.get_by_text("Ana is replying").first).to_be_visible()
    return ben.page


@scene(DESK)
async def the_race_was_lost(people: People, house: ServerProcess, line: Proxy) -> Page:
    maria, ana = await people.met(house)
    ben = await people.agent(house, "Ben", url=url_of(line))
    await ben.enters()
    await ben.opens_conversation_of(maria.name)
    await ben.intervene.wait_for()
    line.mode = Mode.LATE_DOWN
    await ana.intervenes()
    await ben.intervene.click()
    line.mode = Mode.PASS
    await expect(ben.page.get_by_text(re.compile("Ana took over .* before you")).first).to_be_visible()
    return ben.page


@scene(DESK)
async def a_customer_waits(people: People, house: ServerProcess, line: Proxy) -> Page:
    _, ana = await people.met(house)
    await ana.intervenes()
    await ana.moves("Release")
    await ana.page.get_by_role("button", name="Pick up").wait_for()
    return ana.page


@scene(DESK)
async def a_closed_conversation(people: People, house: ServerProcess, line: Proxy) -> Page:
    _, ana = await people.met(house)
    await ana.intervenes()
    await ana.moves("Close")
    await ana.page.get_by_role("button", name="Reopen").first.wait_for()
    return ana.page


@scene(DESK)
async def what_else_can_be_done(people: People, house: ServerProcess, line: Proxy) -> Page:
    _, ana = await people.met(house)
    await ana.intervenes()
    await ana.page.get_by_role("button", name="More actions").click()
    await ana.page.get_by_role("menuitem", name="Release").wait_for()
    return ana.page


@scene(DESK)
async def the_view_was_stale(people: People, house: ServerProcess, line: Proxy) -> Page:
    maria, ana = await people.met(house)
    await ana.intervenes()
    await ana.reply_box.press_sequentially("You can pay")
    await maria.writes("Is there any interest?")
    await expect(ana.log).to_contain_text("any interest")
    await ana.reply_box.press_sequentially(" in three parts.")
    await ana.reply_box.press("Enter")
    await ana.page.get_by_role("button", name="Send as it is").wait_for()
    return ana.page


@scene(DESK)
async def no_connection(people: People, house: ServerProcess, line: Proxy) -> Page:
    maria, _ = await people.met(house)
    ben = await people.agent(house, "Ben", url=url_of(line))
    await ben.enters()
    await ben.opens_conversation_of(maria.name)
    await ben.intervene.wait_for()
    people.windows.expect_an_outage()
    line.mode = Mode.RESET
    await expect(ben.page.get_by_text("No connection").first).to_be_visible()
    return ben.page


@scene(DESK)
async def the_page_of_a_contact(people: People, house: ServerProcess, line: Proxy) -> Page:
    maria, ana = await people.met(house)
    await ana.page.get_by_role("link", name="Open contact").click()
    await ana.page.get_by_role("heading", name=maria.name, level=1).wait_for()
    await ana.page.get_by_role("button", name="Add an attribute").click()
    return ana.page


@scene(DESK)
async def contacts_that_are_looked_for(people: People, house: ServerProcess, line: Proxy) -> Page:
    _, ana = await people.met(house)
    await ana.page.get_by_role("link", name="Contacts").click()
    await ana.page.get_by_role("searchbox", name="Search contacts").fill("mar")
    await ana.page.get_by_role("link", name="Maria").first.wait_for()
    return ana.page


@scene(DESK)
async def keyboard_shortcuts(people: People, house: ServerProcess, line: Proxy) -> Page:
    _, ana = await people.met(house)
    await ana.log.focus()
    await ana.page.keyboard.press("?")
    await ana.page.get_by_role("dialog", name="Keyboard shortcuts").wait_for()
    return ana.page


@scene(DESK)
async def the_list_alone(people: People, house: ServerProcess, line: Proxy) -> Page:
    _, ana = await people.met(house)
    await ana.page.goto(f"{ana.url}?tab=all")
    await ana.list.get_by_role("link").last.wait_for()
    return ana.page


@scene(DESK)
async def what_can_be_done_with_a_row(people: People, house: ServerProcess, line: Proxy) -> Page:
    maria, ana = await people.met(house)
    row = ana.page.get_by_role("listitem").filter(has_text=maria.name)
    await row.hover()
    await row.get_by_role("button", name="Actions for").click()
    await ana.page.get_by_role("menuitem", name="Download transcript").wait_for()
    return ana.page


@scene(DESK)
async def rows_that_are_selected(people: People, house: ServerProcess, line: Proxy) -> Page:
    _, ana = await people.met(house)
    await ana.list.locator("a.name").first.focus()
    await ana.page.keyboard.press("Space")
    await ana.page.get_by_role("toolbar", name="Selected conversations").wait_for()
    return ana.page


@scene(DESK)
async def nothing_that_is_mine(people: People, house: ServerProcess, line: Proxy) -> Page:
    zora = await people.agent(house, "Zora")  # in no other test: nothing was given to her
    await zora.enters()
    await zora.page.keyboard.press("Alt+Digit1")
    await zora.page.get_by_role("heading", name="You hold no conversation").wait_for()
    return zora.page


@scene(DESK)
async def the_wall(people: People, house: ServerProcess, line: Proxy) -> Page:
    """With a takeover behind it, and a bot at work."""
    _, ana = await people.met(house)
    await ana.intervenes()
    await people.met(house)
    sue = await people.agent(house, "Sue")
    await sue.enters("Supervisor")
    await sue.page.get_by_role("link", name="Wall", exact=True).click()
    await expect(sue.page.get_by_role("img", name=re.compile("Half of the takeovers"))).to_be_visible()
    await expect(sue.page.get_by_text("is writing").first).to_be_visible()
    return sue.page

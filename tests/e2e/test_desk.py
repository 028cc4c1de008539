"""The desk's first screen in a browser: the list, the thread, and the dock in each of its states.

The customers are strangers on a websocket of their own; the agents sit at real desks.
"""

import itertools
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import anyio
from playwright.async_api import expect

from tests.e2e.axe import barriers
from tests.e2e.desks import NARROW, Desk, SlowLine
from tests.e2e.host import HostSite
from tests.e2e.people import SCRIPT
from tests.e2e.watch import OF_AN_OUTAGE
from tests.e2e.windows import Windows
from tests.integration.system.actors import Agent, Customer, all_leave
from tests.kit.limits import LONG_WAIT, WAIT, eventually
from tests.kit.server import ServerProcess, until

expect.set_options(timeout=WAIT * 1000)

_numbers = itertools.count(1)


async def a_customer(server: ServerProcess, name: str = "Maria") -> Customer:
    """With a conversation, and nothing said. The name is theirs alone on this server."""
    customer = Customer(server, f"{name}{next(_numbers)}")
    await customer.joins()
    await customer.opens()
    return customer


async def in_mid_sentence(customer: Customer) -> str:
    """The bot has answered once and writes its long second reply. The id of that."""
    await customer.says("I cannot pay it all at once.")
    await customer.sees(customer.c, lambda event: "account" in event.text)
    await customer.says("Can I pay later?")
    return await customer.sees_the_bot_write(customer.c)


async def a_held_one(windows: Windows, server: ServerProcess, name: str = "Ana") -> tuple[Desk, Customer]:
    """A desk whose agent has taken over from the bot."""
    customer = await a_customer(server)
    await in_mid_sentence(customer)
    desk = await Desk.opens(windows, server, name, path=f"/c/{customer.c}")
    await desk.clicks("Intervene")
    await expect(desk.reply_box).to_be_focused()
    return desk, customer


# -- the main job ------------------------------------------------------------------------------------------------------


async def test_an_agent_at_the_desk_takes_over_in_mid_sentence_and_answers(
    windows: Windows, house: ServerProcess
) -> None:
    """[P1] [P2] [P8] The seed page, step by step."""
    customer = await a_customer(house)
    desk = await Desk.opens(windows, house, "Ana")
    await in_mid_sentence(customer)
    await desk.chooses(customer.name)
    await expect(desk.log).to_contain_text("I would like to explain")

    await expect(desk.heading("Assistant is answering, so replies are closed")).to_be_visible()
    await expect(desk.reply_box).to_be_hidden()
    intervene = desk.page.get_by_role("button", name="Intervene")
    await expect(intervene).to_have_accessible_description(
        "Assistant is answering, so replies are closed Watch, or write a note. Intervening ends this bot run for good; "
        "you can hand back to a new one later."
    )
    await desk.screenshots("1-bot")

    await intervene.click()
    await expect(desk.reply_box).to_be_focused()
    await expect(desk.status).to_have_text("You are replying. Reply box is open.")
    await expect(desk.log).to_contain_text("Interrupted")
    await expect(desk.log).to_contain_text("Ana took over from Assistant")
    await expect(desk.page.get_by_role("list", name="takeover")).to_contain_text("seen by")
    await expect(desk.page.get_by_text("Assistant has stopped and stays silent.")).to_be_visible()
    cut = (await desk.said())[-1]
    await desk.screenshots("2-taken")

    await desk.clicks("Got it")
    await desk.replies("Hi, Ana here. I have moved it to the 25th.")
    answer = await customer.sees(customer.c, lambda event: "Ana here" in event.text)
    assert answer.frame["event"]["by"] == {"kind": "agent", "name": "Ana"}
    await customer.says("Thank you!")
    await expect(desk.log).to_contain_text("Thank you!")
    await anyio.sleep(1.0)  # the bot had ten more seconds to say
    assert (await desk.said())[-3:] == [cut, "Hi, Ana here. I have moved it to the 25th.", "Thank you!"]
    assert [event.text for event in customer.screen.events if event.kind == "message"] == await desk.said()
    await expect(desk.page.get_by_role("button", name="Undo")).to_be_hidden()
    await expect(desk.page.get_by_role("list", name="takeover")).to_be_hidden()  # folded by the next message
    await customer.leaves()


async def test_each_change_of_holder_is_made_and_seen_at_the_desk(windows: Windows, house: ServerProcess) -> None:
    desk, customer = await a_held_one(windows, house)
    await desk.picks("Release")
    await expect(desk.heading(f"{customer.name} has been waiting")).to_be_visible()
    await expect(desk.row(customer.name)).to_be_visible()
    await desk.screenshots("3-waiting")
    await desk.presses("Alt+I")
    await expect(desk.log).to_contain_text("Ana picked up")
    receipt = desk.page.get_by_role("list", name="takeover").last
    await expect(receipt).to_contain_text("seen by")
    await expect(receipt).not_to_contain_text("bot stopped")  # there was none
    await desk.clicks("Hand back")
    await expect(desk.log).to_contain_text("Ana handed back to Assistant")
    await expect(desk.page.get_by_role("button", name="Intervene")).to_be_visible()
    await customer.asks_for_a_person()
    await desk.clicks("Pick up")
    await expect(desk.reply_box).to_be_visible()
    await desk.presses("Alt+E")
    await expect(desk.heading("Ana closed this conversation")).to_be_visible()
    await desk.screenshots("4-closed")
    await desk.clicks("Reopen")
    await expect(desk.page.get_by_role("button", name="Pick up")).to_be_visible()
    await customer.leaves()


async def test_of_two_desks_at_once_one_wins_and_the_other_is_told_to_whom_it_lost(
    windows: Windows, house: ServerProcess
) -> None:
    """[P3] Ben's page hears of Ana's takeover only after he has clicked too."""
    customer = await a_customer(house)
    await in_mid_sentence(customer)
    ana = await Desk.opens(windows, house, "Ana", path=f"/c/{customer.c}")
    line, page = SlowLine(), await windows.opens(house.url)
    await page.route_web_socket("**/socket", line.connect)
    ben = Desk(page, house)
    await ben.enters("Ben", path=f"/c/{customer.c}")
    await expect(ben.log).to_contain_text("I would like to explain")
    await expect(ana.page.get_by_text("Ben is watching")).to_be_attached()

    line.hold()
    await ana.clicks("Intervene")
    await expect(ana.reply_box).to_be_focused()
    await anyio.sleep(0.2)
    await ben.clicks("Intervene")
    taking = ben.page.get_by_role("button", name="Taking over")
    await expect(taking).to_be_disabled()
    await eventually(lambda: line.holds('"taken"'))
    await expect(ben.reply_box).to_be_hidden()
    line.release()
    await expect(ben.heading("Ana took over")).to_contain_text("before you")
    await expect(ben.alert).to_contain_text("Ana took over")
    await expect(ben.page.get_by_text("Nothing was sent in your name.")).to_be_visible()
    await expect(ben.reply_box).to_be_hidden()
    await expect(ben.page.get_by_role("button", name="Take over from Ana")).to_be_hidden()
    await ben.screenshots("5-lost")
    await customer.leaves()


async def test_a_takeover_without_an_answer_says_so_after_a_while_and_opens_nothing(
    windows: Windows, house: ServerProcess
) -> None:
    """[P2]"""
    customer = await a_customer(house)
    line, page = SlowLine(), await windows.opens(house.url)
    await page.route_web_socket("**/socket", line.connect)
    desk = Desk(page, house)
    await desk.enters("Ana", path=f"/c/{customer.c}")
    await expect(desk.page.get_by_role("button", name="Intervene")).to_be_visible()
    line.hold()
    await desk.clicks("Intervene")
    await expect(desk.page.get_by_role("button", name="Taking over")).to_be_disabled()
    await expect(desk.heading("No answer from the server yet")).to_be_visible()
    await expect(desk.page.get_by_text("Assistant may still be speaking. Trying again.")).to_be_visible()
    await expect(desk.reply_box).to_be_hidden()
    line.release()
    await expect(desk.reply_box).to_be_visible()
    await customer.leaves()


# -- what is written ---------------------------------------------------------------------------------------------------


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
    await desk.note_box.fill("And she")
    await desk.presses("Alt+I")
    await expect(desk.log).to_contain_text("Ana took over")
    await expect(desk.note_box).to_be_focused()  # it is taken from no note that is being written
    await expect(desk.note_box).to_have_value("And she")
    await desk.presses("Alt+R")
    await desk.replies("Good morning")
    await customer.sees(customer.c, lambda event: event.text == "Good morning")
    assert "She called" not in str(customer.heard)
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
    await desk.enters("Ana", path=f"/c/{customer.c}")
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
    await expect(desk.page.get_by_role("listitem").filter(has_text=customer.name)).to_contain_text("Draft: Dear Maria")
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
    assert (await desk.said()).count("Are you still there?") == 1


async def test_a_reply_of_an_epoch_that_is_over_becomes_a_draft_again(
    own_house: ServerProcess, windows: Windows
) -> None:
    """[P1] It was written without a connection, and a supervisor took over meanwhile."""
    line, page = SlowLine(), await windows.opens(own_house.url)
    await page.route_web_socket("**/socket", line.connect)
    customer = await a_customer(own_house)
    desk = Desk(page, own_house)
    await desk.enters("Ana", path=f"/c/{customer.c}")
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
        await expect(desk.page.get_by_role("listitem").filter(has_text=customer.name)).to_contain_text(
            "Draft: In my name"
        )
    await customer.leaves()


async def keeps(desk: Desk, text: str) -> bool:
    return text in str(await desk.keeps())


async def keeps_nothing(desk: Desk) -> bool:
    return await desk.keeps() == {}


# -- who may what ------------------------------------------------------------------------------------------------------


async def test_a_supervisor_takes_over_from_an_agent_who_cannot_take_it_back(
    windows: Windows, house: ServerProcess
) -> None:
    ana, customer = await a_held_one(windows, house)
    zoe = await Desk.opens(windows, house, "Zoe", "Supervisor", path=f"/c/{customer.c}")
    await expect(zoe.heading("Ana is replying")).to_be_visible()
    await zoe.screenshots("9-other")
    await zoe.clicks("Take over from Ana")
    await expect(zoe.reply_box).to_be_focused()
    await expect(ana.heading("Zoe is replying")).to_be_visible()
    await expect(ana.reply_box).to_be_hidden()
    await expect(ana.page.get_by_role("button", name="Take over")).to_be_hidden()
    await customer.leaves()


async def test_signing_out_forgets_who_it_was_and_what_they_wrote(windows: Windows, house: ServerProcess) -> None:
    """Also what they sent and the server has not acknowledged. What is answered is unread nowhere."""
    line, page = SlowLine(), await windows.opens(house.url)
    await page.route_web_socket("**/socket", line.connect)
    customer, desk = await a_customer(house), Desk(page, house)
    await in_mid_sentence(customer)
    await desk.enters("Ana", path=f"/c/{customer.c}")
    await desk.clicks("Intervene")
    await expect(desk.reply_box).to_be_visible()
    line.hold()
    await desk.replies("Good morning")
    await desk.reply_box.fill("A draft")
    await until(partial(keeps, desk, "A draft"))
    await until(partial(keeps, desk, "Good morning"))
    assert "eyJ" not in str(await desk.keeps()), "the token stays in memory"
    await desk.page.get_by_role("button", name="Ana, Agent: account").click()
    await desk.page.get_by_role("menuitem", name="Sign out").click()
    await expect(desk.page.get_by_label("Your name")).to_have_value("")
    await until(partial(keeps_nothing, desk))
    line.release()
    await desk.enters("Ana")
    await expect(desk.row(customer.name)).to_be_visible()
    await expect(desk.row(customer.name)).not_to_have_accessible_description(re.compile("unread"))
    await customer.leaves()


# -- the way in --------------------------------------------------------------------------------------------------------


async def test_the_host_application_s_token_lets_one_in_and_is_asked_for_again_before_it_ends(
    site: HostSite, tmp_path: Path, windows: Windows
) -> None:
    """The desk asks with the cookies of that application, and stores nothing of the answer. One window asks for all,
    and with the token of another person all end."""
    async with a_house(tmp_path, desk_token_url=f"{site.origin}/desk-token") as house:
        page = await windows.opens(house.url)
        windows.may_complain("404 (Not Found)", "CORS policy", "net::ERR_FAILED")
        await page.goto(f"{house.url}/desk")
        await expect(page.get_by_role("heading", name="The desk cannot be opened")).to_be_visible()
        offers(site, house, house.agent_token("Ana", "supervisor", lasts=8))
        await page.context.add_cookies([{"name": "session", "value": "ana", "url": site.origin, "sameSite": "Lax"}])
        await page.get_by_role("button", name="Try again").click()
        await expect(page.get_by_role("button", name="Ana, Supervisor: account")).to_be_visible()
        assert "eyJ" not in str(await Desk(page, house).keeps())
        other = await page.context.new_page()
        await other.goto(f"{house.url}/desk")
        await expect(other.get_by_role("heading", name="No conversations yet")).to_be_visible()
        before = times_asked(site)
        offers(site, house, house.agent_token("Ana", "supervisor", lasts=13))
        await eventually(lambda: times_asked(site) > before)
        offers(site, house, house.agent_token("Ben"))
        await anyio.sleep(3.0)  # the first token has ended
        assert times_asked(site) == before + 1
        for window in (page, other):  # they read the list meanwhile, or they would complain of a 401
            await expect(window.get_by_role("heading", name="No conversation is open")).to_be_visible()
        for window in (page, other):
            await expect(window.get_by_role("heading", name="This page is no longer connected")).to_be_visible()
            await expect(window.get_by_text("Why: the token is of another person.")).to_be_visible()
        await other.close()
        await page.get_by_role("button", name="Sign in again").click()
        await page.get_by_role("button", name="Ben, Agent: account").click()
        await page.get_by_role("menuitem", name="Sign out").click()
        await expect(page.get_by_role("heading", name="You have signed out")).to_be_visible()
        await page.get_by_role("button", name="Sign in again").click()
        await expect(page.get_by_role("button", name="Ben, Agent: account")).to_be_visible()
        await page.close()


async def test_a_desk_without_a_way_in_says_how_to_make_one(tmp_path: Path, windows: Windows) -> None:
    async with a_house(tmp_path) as house:
        page = await windows.opens(house.url)
        await page.goto(f"{house.url}/desk")
        await expect(page.get_by_role("heading", name="The desk has no way in yet")).to_be_visible()
        await expect(page.get_by_text("desk_token_url = ")).to_be_visible()
        await Desk(page, house).screenshots("11-unset")


async def test_a_session_that_the_server_ended_is_begun_again_where_it_was(
    own_house: ServerProcess, windows: Windows
) -> None:
    """R80 Another key: every token of before is refused for good."""
    desk, _ = await a_held_one(windows, own_house)
    await desk.reply_box.fill("A draft")
    windows.may_complain(*OF_AN_OUTAGE, "401 (Unauthorized)")
    await own_house.kill()
    (own_house.data / "keys.json").unlink()
    await own_house.start()
    await expect(desk.heading("This page is no longer connected")).to_be_visible(timeout=LONG_WAIT * 1000)
    await expect(desk.reply_box).to_be_hidden()
    await desk.clicks("Sign in again")
    await expect(desk.reply_box).to_have_value("A draft")


@asynccontextmanager
async def a_house(directory: Path, **settings: str) -> AsyncIterator[ServerProcess]:
    """One that is not in development."""
    house = ServerProcess(directory, SCRIPT, drain_seconds="0", development="false", **settings)
    await house.start()
    try:
        yield house
    finally:
        await house.stop()
    assert not house.complaints, "\n".join(house.complaints)


def times_asked(site: HostSite) -> int:
    return len([asked for asked in site.asked if asked.path == "/desk-token"])


def offers(site: HostSite, house: ServerProcess, token: str) -> None:
    """As the host application answers the desk, which is of another origin."""
    allowed = (f"Access-Control-Allow-Origin: {house.url}", "Access-Control-Allow-Credentials: true")
    site.file("/desk-token", "application/json", f'{{"token": "{token}"}}', "", *allowed)


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
    await expect(desk.page.get_by_role("listitem").filter(has_text=second.name)).to_contain_text("Ben")
    assert await desk.order() == names
    await desk.page.get_by_role("button", name="1 changed").click()
    await expect(desk.page.locator("a.name")).to_have_text([first.name, third.name, second.name])
    await desk.presses("Alt+W")
    await expect(desk.heading(first.name).first).to_be_visible()
    await desk.page.set_viewport_size({"width": 1280, "height": 160})
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
    await desk.enters("Ana")
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
    assert (await desk.said()).count(hostile) == 2
    assert await desk.page.locator("img, a[href^=javascript]").count() == 0
    await customer.leaves()


async def test_many_who_watch_are_named_in_part_and_counted(windows: Windows, house: ServerProcess) -> None:
    """[P7] R38."""
    customer = await a_customer(house)
    crowd = [Agent(house, f"Watcher-{number}") for number in range(25)]
    for agent in crowd:
        await agent.joins()
        await agent.watches(customer.c)
    desk = await Desk.opens(windows, house, "Ana", path=f"/c/{customer.c}")
    watching = desk.page.get_by_text("are watching")
    await expect(watching).to_contain_text("Watcher-0, Watcher-1, ")
    await expect(watching).to_contain_text("and 5 more are watching")
    await expect(desk.page.get_by_text("+22", exact=True)).to_be_visible()
    await all_leave(*crowd)
    await expect(watching).to_be_hidden()
    await customer.leaves()


async def test_who_writes_is_shown_while_they_write(windows: Windows, house: ServerProcess) -> None:
    ana, customer = await a_held_one(windows, house)
    ben = await Desk.opens(windows, house, "Ben", path=f"/c/{customer.c}")
    await expect(ben.log).to_contain_text("Ana took over")  # who watches later is not told who writes
    await customer.sends({"type": "set_typing", "conversation": customer.c, "on": True})
    await expect(ana.log).to_contain_text(f"{customer.name} is writing")
    await customer.sends({"type": "set_typing", "conversation": customer.c, "on": False})
    await expect(ana.log).not_to_contain_text("is writing")
    await ana.reply_box.press_sequentially("I am")
    await expect(ben.log).to_contain_text("Ana is writing")
    await ana.reply_box.press("Enter")
    await expect(ben.log).to_contain_text("I am")
    await expect(ben.log).not_to_contain_text("is writing")
    await customer.leaves()


# -- without a pointer, and without eyes -------------------------------------------------------------------------------


async def test_a_whole_conversation_by_keyboard_alone(windows: Windows, house: ServerProcess) -> None:
    customer = await a_customer(house)
    desk = await Desk.opens(windows, house, "Ana")
    await desk.row(customer.name).focus()
    await desk.presses("Enter")
    await expect(desk.page.get_by_role("heading", name=customer.name, level=1)).to_be_visible()
    await desk.presses("Alt+I")
    await expect(desk.reply_box).to_be_focused()
    await desk.page.keyboard.type("Hello")
    await desk.presses("Shift+Enter")
    await desk.page.keyboard.type("Ana here")
    await desk.presses("Enter")
    await customer.sees(customer.c, lambda event: event.text == "Hello\nAna here")
    await desk.presses("Alt+N")
    await expect(desk.note_box).to_be_focused()
    await desk.page.keyboard.type("Called back")
    await desk.presses("Enter")
    await expect(desk.log).to_contain_text("Called back")
    await desk.presses("Alt+R")
    await expect(desk.reply_box).to_be_focused()
    await desk.presses("Alt+B")
    await expect(desk.page.get_by_role("button", name="Intervene")).to_be_visible()
    await desk.row(customer.name).focus()
    await desk.presses("F6")
    await expect(desk.log).to_be_focused()
    await desk.presses("F6")
    await expect(desk.page.get_by_role("button", name="Intervene")).to_be_focused()
    await desk.presses("F6")
    await expect(desk.row(customer.name)).to_be_focused()
    await desk.presses("?")
    await expect(desk.page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    await desk.presses("Escape")
    await expect(desk.page.get_by_role("dialog")).to_be_hidden()
    await customer.leaves()


async def test_no_state_of_the_desk_keeps_people_out(windows: Windows, house: ServerProcess) -> None:
    """axe-core, light and dark."""
    desk = Desk(await windows.opens(house.url, reduced_motion="reduce"), house)
    await desk.page.goto(f"{house.url}/desk")
    await expect(desk.page.get_by_label("Your name")).to_be_visible()
    found = await both_schemes(desk)
    customer = await a_customer(house)
    await in_mid_sentence(customer)
    await desk.enters("Ana", path=f"/c/{customer.c}")
    await expect(desk.page.get_by_role("button", name="Intervene")).to_be_visible()
    found += await both_schemes(desk)
    await desk.clicks("Intervene")
    await expect(desk.reply_box).to_be_visible()
    await desk.clicks("More actions")
    found += await both_schemes(desk)
    await desk.presses("Escape")
    await desk.notes("A note")
    found += await both_schemes(desk)
    await desk.clicks_tab("Reply")
    await desk.picks("Release")
    await expect(desk.page.get_by_role("button", name="Pick up")).to_be_visible()
    found += await both_schemes(desk)
    assert not found, "\n".join(found)
    await customer.leaves()


async def both_schemes(desk: Desk) -> list[str]:
    found = []
    for scheme in ("light", "dark"):
        await desk.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        found += await barriers(desk.page)
    return found

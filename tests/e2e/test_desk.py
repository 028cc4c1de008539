"""Taking over at the desk, in a browser: the thread, and the dock in each of its states.

The customers are strangers on a websocket of their own; the agents sit at real desks.
"""

import anyio
from playwright.async_api import expect

from tests.e2e.desks import Desk, a_customer, a_held_one, in_mid_sentence
from tests.e2e.slow_line import SlowLine
from tests.e2e.windows import Windows
from tests.kit.limits import WAIT, eventually
from tests.kit.people import Agent, all_leave
from tests.kit.server import ServerProcess

expect.set_options(timeout=WAIT * 1000)


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
    cut = (await desk.shown())[-1]
    await desk.screenshots("2-taken")

    await desk.clicks("Got it")
    await desk.replies("Hi, Ana here. I have moved it to the 25th.")
    answer = await customer.sees(customer.c, lambda event: "Ana here" in event.text)
    assert answer.frame["event"]["by"] == {"kind": "agent", "name": "Ana"}
    await customer.says("Thank you!")
    await expect(desk.log).to_contain_text("Thank you!")
    await anyio.sleep(1.0)  # the bot had ten more seconds to say
    assert (await desk.shown())[-3:] == [cut, "Hi, Ana here. I have moved it to the 25th.", "Thank you!"]
    assert [event.text for event in customer.screen.events if event.kind == "message"] == await desk.shown()
    await expect(desk.page.get_by_role("button", name="Undo")).to_be_hidden()
    await expect(desk.page.get_by_role("list", name="takeover")).to_be_hidden()  # folded by the next message
    await customer.leaves()


async def test_each_change_of_holder_is_made_and_seen_at_the_desk(windows: Windows, house: ServerProcess) -> None:
    desk, customer = await a_held_one(windows, house)
    await desk.moves("Release")
    await expect(desk.heading(f"{customer.name} has been waiting")).to_be_visible()
    await expect(desk.row(customer.name)).to_be_visible()
    await desk.screenshots("3-waiting")
    await desk.presses("Alt+I")
    await expect(desk.log).to_contain_text("Ana picked up")
    receipt = desk.page.get_by_role("list", name="takeover").last
    await expect(receipt).to_contain_text("seen by")
    await expect(receipt).not_to_contain_text("bot stopped")  # there was none
    await desk.clicks("Hand back")
    dialog = desk.page.get_by_role("dialog", name="Hand back")
    await expect(dialog.get_by_role("option", name="Back to the queue")).to_be_visible()
    await dialog.get_by_role("combobox", name="What should be known").fill("She pays in December.")
    await desk.screenshots("5-hand-back")
    await dialog.get_by_role("option", name="Assistant").click()
    await expect(desk.log).to_contain_text("Ana handed back to Assistant")
    await expect(desk.log).to_contain_text("It is told: She pays in December.")
    await expect(desk.page.get_by_role("button", name="Intervene")).to_be_visible()
    await customer.asks_for_a_person()
    await desk.clicks("Pick up")
    await expect(desk.reply_box).to_be_visible()
    await desk.presses("Alt+E")
    await expect(desk.heading("Ana closed this conversation")).to_be_visible()
    await desk.screenshots("4-closed")
    await desk.clicks("Reopen")
    await desk.clicks("Pick up")
    await expect(desk.reply_box).to_be_visible()
    await desk.clicks("Hand back")
    await dialog.get_by_role("combobox", name="What should be known").fill("blocked")
    await expect(dialog.get_by_text("Another person picks it up, and reads why")).to_be_visible()
    await desk.screenshots("5-back-to-the-queue")
    await dialog.get_by_role("option", name="Back to the queue").click()
    await expect(desk.log).to_contain_text("Ana let go")
    await expect(desk.log).to_contain_text("Why: blocked")
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
    await ben.enters_as("Ben", path=f"/c/{customer.c}")
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
    await desk.enters_as("Ana", path=f"/c/{customer.c}")
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

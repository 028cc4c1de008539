"""What changes while one is at work at the desk: one goes home, another role, another queue, a second window."""

from collections.abc import AsyncIterator
from pathlib import Path

from playwright.async_api import expect

from tests.cluster.test_lapses import COUNTED
from tests.e2e.desks import Desk, a_customer, a_held_one
from tests.e2e.people import SCRIPT, People
from tests.e2e.test_desk_accounts import BEN, REFUSED, signs_in
from tests.e2e.windows import Windows
from tests.integration.system.browser import admin, joined
from tests.integration.system.test_settings import Admin
from tests.integration.system.test_sight import team
from tests.kit.browser import shared
from tests.kit.limits import after
from tests.kit.people import Agent, accepted
from tests.kit.server import ServerProcess

ABSENT = 6  # seconds that the queue allows a holder to be absent


@shared()
async def office(tmp_path: Path) -> AsyncIterator[ServerProcess]:
    """Where people have passwords, and others come with a host application's token."""
    office = ServerProcess(tmp_path, SCRIPT, drain_seconds="0")
    await office.start()
    yield office
    await office.stop()
    assert not office.complaints, "\n".join(office.complaints)


async def test_what_an_agent_leaves_open_who_goes_home_waits_for_the_next_one(
    own_house: ServerProcess, people: People
) -> None:
    """[P5] [R173] By the rule of its queue. The customer is told that the agent has left, and who comes."""
    assert (await Admin(own_house).changes("/v1/queues/default", 0, absent_seconds=ABSENT)).status == 200
    maria, ana = await people.met(own_house)
    ben = await Desk.opens(people.windows, own_house, "Ben")
    await ana.intervenes()
    await ana.replies("Hello, Ana here.")
    await maria.writes("Can I pay on Friday?")
    await expect(ana.log).to_contain_text("on Friday?")
    await ana.types("I will look")
    await ana.page.goto("about:blank")

    row = ben.page.get_by_role("listitem").filter(has_text=maria.name)
    await expect(row).to_contain_text("Ana")
    gone = after(COUNTED) * 1000
    await expect(maria.log).to_contain_text("Ana has left", timeout=gone)
    await expect(maria.chat.get_by_text("Waiting for a person").first).to_be_visible()
    await expect(row).to_contain_text("Waiting")
    await ben.presses("Alt+W")
    await expect(ben.log).to_contain_text("Can I pay on Friday?")
    await ben.clicks("Pick up")
    await ben.replies("Ana had to leave. Yes, you can.")
    await expect(maria.log).to_contain_text("Ben has joined")
    await expect(maria.log).to_contain_text("Yes, you can.")

    await ana.follows(page_of(ben))
    await expect(ana.page.get_by_role("heading", name="Ben is replying")).to_be_visible()
    await expect(ana.page.get_by_text("Your draft is kept.")).to_be_visible()
    await expect(ana.reply_box).to_be_hidden()
    assert await maria.shown() == await ana.shown() == await ben.shown()


async def test_whose_role_or_queue_is_taken_away_while_they_type_is_told_why_and_keeps_the_text(
    office: ServerProcess, windows: Windows
) -> None:
    """[P6] [R123] [R141] What is written there afterwards is not on their screen, and not sent to it."""
    ada = Admin(office)
    queue = await team(ada, "Disputes", "cleo")
    ben = await joined(admin(office), BEN, role="supervisor")
    customer = await a_customer(office)
    async with Agent(office, "Gus", "supervisor") as gus:
        await gus.watches(customer.c)
        accepted(await gus.does("set_queue", customer.c, queue=queue))
        at_bens = Desk(await windows.opens(office.url), office)
        await at_bens.page.goto(f"{office.url}/desk/c/{customer.c}")
        await signs_in(at_bens.page)
        at_cleos = await Desk.opens(windows, office, "Cleo", path=f"/c/{customer.c}")
        windows.may_complain(*REFUSED, "404 (Not Found)")
        for desk in (at_bens, at_cleos):
            await desk.clicks_tab("Note")
            await desk.note_box.fill("She called twice")

        me = (await ben.asks("GET", "/v1/me")).json
        lowered = await ada.changes(f"/v1/people/{me['id']}", me["version"], role="agent")
        assert lowered.status == 200
        await expect(at_bens.heading("You may not see this conversation any more")).to_be_visible()
        await expect(at_bens.page.get_by_role("button", name="Ben, Agent: account")).to_be_visible()
        await expect(at_bens.page.get_by_role("link", name="Wall", exact=True)).to_have_count(0)
        assert (await ada.changes(f"/v1/queues/{queue}/members", 2, remove=["cleo"])).status == 200
        await expect(at_cleos.heading("This conversation is in a queue that you do not serve")).to_be_visible()
        for desk in (at_bens, at_cleos):
            await expect(desk.page.get_by_text("What you typed")).to_contain_text("kept")
            await expect(desk.note_box).to_be_hidden()
            await expect(desk.row(customer.name)).to_be_hidden()
        await gus.notes(customer.c, "CANARY")

        assert (await ada.changes(f"/v1/people/{me['id']}", lowered.json["version"], role="supervisor")).status == 200
        assert (await ada.changes(f"/v1/queues/{queue}/members", 3, add=["cleo"])).status == 200
        for desk in (at_bens, at_cleos):
            assert "CANARY" not in await desk.page.content()
            await desk.row(customer.name).click()
            await expect(desk.log).to_contain_text("CANARY")
            await desk.clicks_tab("Note")
            await expect(desk.note_box).to_have_value("She called twice")
    await customer.leaves()


async def test_two_windows_of_one_agent_hold_together_and_send_each_text_once(
    windows: Windows, house: ServerProcess
) -> None:
    """[P5] The draft that is typed in one is in the other, and so is what was sent."""
    first, customer = await a_held_one(windows, house)
    second = Desk(await first.page.context.new_page(), house)
    await second.enters_as("Ana", path=f"/c/{customer.c}")
    await expect(second.reply_box).to_be_visible()
    await first.types("From the first")
    await expect(second.reply_box).to_have_value("From the first")
    await second.reply_box.press("End")
    await second.page.keyboard.type(" and the second.")
    await second.presses("Enter")
    for window in (first, second):
        await expect(window.log).to_contain_text("From the first and the second.")
        await expect(window.reply_box).to_have_value("")
    await second.page.close()
    await first.replies("Still here.")
    await customer.sees(customer.c, lambda event: event.text == "Still here.")
    said = [event.text for event in customer.screen.events if event.by == "agent" and event.kind == "message"]
    assert said == ["From the first and the second.", "Still here."]
    assert (await first.shown())[-2:] == said
    await customer.leaves()


def page_of(desk: Desk) -> str:
    """The id of the conversation that is open there."""
    return desk.page.url.partition("/c/")[2].partition("?")[0]

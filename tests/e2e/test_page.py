"""The main job in a browser: a customer, a bot that streams, and an agent who takes over in the middle of a reply."""

from collections.abc import Callable
from inspect import isawaitable

import anyio
import pytest
from playwright.async_api import Browser, BrowserContext, WebSocketRoute, expect

from tests.e2e.axe import barriers
from tests.e2e.conftest import Person, bubbles
from tests.e2e.slow_line import SlowLine
from tests.kit.limits import LONG_WAIT, WAIT, eventually
from tests.kit.people import Agent, all_leave
from tests.kit.server import ServerProcess

expect.set_options(timeout=WAIT * 1000)


async def takes_over(person: Person) -> None:
    """Ada, in the middle of the bot's first reply."""
    await person.writes("I cannot pay it all at once.")
    await expect(person.agent_log).to_contain_text("two instalments")
    await person.clicks("Intervene")
    await expect(person.reply_box).to_be_visible()


async def test_an_agent_takes_over_in_the_middle_of_a_reply_and_the_bot_says_nothing_more(person: Person) -> None:
    """[P1] [P2] as a customer and an agent see them. Nothing begins before the customer has written."""
    await expect(person.customer.get_by_role("heading", name="Welcome")).to_be_visible()
    await expect(person.agent.get_by_role("link")).to_have_count(0)
    await person.screenshots("1-empty")
    await person.writes("Hi, I got a letter about €412.60 and I cannot pay it all at once.")
    await expect(
        person.agent.get_by_role("heading", name="Assistant is answering, so replies are closed")
    ).to_be_visible()
    intervene = person.agent.get_by_role("button", name="Intervene", exact=True)  # and no keys in its name
    await expect(intervene).to_have_attribute("aria-keyshortcuts", "Alt+I")
    for log in (person.customer_log, person.agent_log):
        await expect(log).to_contain_text("I would like to explain")
    await expect(person.reply_box).to_be_hidden()
    await person.screenshots("2-streaming")

    await person.clicks("Intervene")
    await expect(person.reply_box).to_be_focused()
    await expect(person.customer.get_by_role("heading", name="Ada")).to_be_visible()
    await expect(person.customer_log).to_contain_text("Interrupted")
    await expect(person.agent.get_by_role("list", name="Times of this takeover")).to_contain_text("seen by 2 sessions")
    cut = (await bubbles(person.customer_log))[1]
    await person.screenshots("3-taken")
    assert await barriers(person.page) == []

    await person.replies("Hi Maria, Ada here. I have moved it to the 25th.")
    await expect(person.customer_log).to_contain_text("Ada here")
    await person.writes("Thank you!")
    await expect(person.agent_log).to_contain_text("Thank you!")
    await anyio.sleep(1.0)  # the bot had ten more seconds to say
    shown = await bubbles(person.customer_log)
    assert shown == await bubbles(person.agent_log)
    assert shown[1] == cut
    assert shown[2:] == ["Hi Maria, Ada here. I have moved it to the 25th.", "Thank you!"]


async def test_each_change_of_holder_is_seen_on_both_screens(person: Person) -> None:
    await takes_over(person)
    await person.clicks("Release")
    await expect(person.agent.get_by_role("heading", name="Maria has been waiting")).to_be_visible()
    await expect(person.customer.get_by_role("heading", name="A person will answer")).to_be_visible()
    await person.screenshots("4-waiting")
    await person.page.keyboard.press("Alt+I")
    await expect(person.agent_log).to_contain_text("Ada picked up")
    await person.clicks("Hand back")
    await expect(person.customer_log).to_contain_text("Ada has left. Assistant, a bot, answers again.")
    await person.clicks("Ask for one")
    await expect(person.agent_log).to_contain_text("Maria asked for a person")
    await person.clicks("Pick up")
    await person.clicks("Close")
    await expect(person.customer.get_by_role("heading", name="Closed")).to_be_visible()
    await person.screenshots("5-closed")
    await person.clicks("Reopen")
    await expect(person.customer_log).to_contain_text("Assistant, a bot, answers.")


async def test_a_note_is_for_agents_and_never_on_the_customer_s_screen(person: Person) -> None:
    """[P6]"""
    await takes_over(person)
    await person.clicks("Note")
    note = person.agent.get_by_label("Note for colleagues")
    await note.fill("She called twice last week.")
    await note.press("Enter")
    await expect(person.agent_log).to_contain_text("She called twice last week.")
    await person.clicks("Reply")
    await person.replies("Good morning")
    await expect(person.customer_log).to_contain_text("Good morning")
    await expect(person.customer).not_to_contain_text("She called")
    await person.screenshots("6-note")


async def test_a_reply_waits_for_a_yes_when_the_customer_wrote_meanwhile(person: Person) -> None:
    await takes_over(person)
    await person.reply_box.fill("You can pay")
    await person.writes("Is there any interest?")
    await expect(person.agent_log).to_contain_text("Is there any interest?")
    await person.reply_box.press_sequentially(" in three parts.")
    await person.reply_box.press("Enter")
    await expect(person.agent.get_by_role("alert")).to_contain_text("Not sent yet: Maria wrote while you were writing.")
    await expect(person.reply_box).to_have_value("You can pay in three parts.")
    await person.screenshots("7-stale")
    await person.clicks("Send as it is")
    await expect(person.customer_log).to_contain_text("You can pay in three parts.")
    await expect(person.reply_box).to_have_value("")
    await expect(person.agent.get_by_role("alert")).to_be_hidden()


async def test_an_agent_changes_between_conversations_and_each_keeps_its_draft(person: Person) -> None:
    await takes_over(person)
    await person.clicks("New customer")
    await expect(person.customer.get_by_role("heading", name="Welcome")).to_be_visible()
    await person.writes("Hello")
    await expect(person.agent.get_by_role("heading", name="Tom")).to_be_visible()
    await expect(person.customer_log).not_to_contain_text("I cannot pay")
    await person.clicks("Intervene")
    await person.reply_box.fill("Dear Tom")
    await person.agent.get_by_role("link", name="Maria").click()
    await expect(person.agent_log).to_contain_text("I cannot pay it all at once.")
    await expect(person.reply_box).to_have_value("")
    await person.page.go_back()
    await expect(person.reply_box).to_have_value("Dear Tom")


async def test_of_two_agents_who_click_at_once_one_wins_and_the_other_is_told(
    person: Person, browser: Browser, server: ServerProcess
) -> None:
    """[P3] Ben's page hears of Ada's takeover only after he has clicked too."""
    page = await (await browser.new_context()).new_page()
    line = SlowLine()
    await page.route_web_socket("**/socket", line.connect)
    ben = Person(page, server)
    await person.writes("I cannot pay it all at once.")
    await expect(person.agent_log).to_contain_text("two instalments")
    conversation = await person.agent.locator("a[aria-current]").get_attribute("href")
    await ben.opens(f"?agent=Ben{conversation}")
    await expect(ben.agent_log).to_contain_text("two instalments")
    await expect(person.agent.get_by_text("Ben watching")).to_be_attached()

    line.hold()
    await person.clicks("Intervene")
    await expect(person.reply_box).to_be_visible()
    await ben.clicks("Intervene")
    await expect(ben.agent.get_by_role("button", name="Taking over")).to_be_visible()
    await eventually(lambda: line.holds('"taken"'))
    line.release()
    await expect(ben.agent.get_by_role("alert")).to_have_text(
        "Ada took over before you. Nothing was sent in your name."
    )
    await expect(ben.agent.get_by_role("heading", name="Ada is replying")).to_be_visible()
    await expect(ben.reply_box).to_be_hidden()
    await ben.screenshots("8-lost")
    assert not ben.complaints


async def test_a_page_that_is_loaded_again_shows_the_same(person: Person) -> None:
    await takes_over(person)
    await person.replies("Ada here")
    await expect(person.customer_log).to_contain_text("Ada here")
    shown = await bubbles(person.agent_log)
    await person.page.reload()
    for log in (person.customer_log, person.agent_log):
        await expect(log).to_contain_text("Ada here")
        assert await bubbles(log) == shown
    await expect(person.reply_box).to_be_visible()


async def test_a_server_that_died_is_found_again_and_nothing_is_missing_or_doubled(
    person: Person, server: ServerProcess
) -> None:
    """[P5]"""
    await takes_over(person)
    before = await bubbles(person.agent_log)
    await server.kill()
    await expect(person.agent.get_by_role("heading", name="No connection")).to_be_visible()
    await person.writes("Are you still there?")
    await expect(person.customer.get_by_text("Kept here, sent once you are back")).to_be_visible()
    await person.screenshots("9-offline")
    await server.start()
    # The page comes back by itself, after at most its longest delay.
    await expect(person.agent_log).to_contain_text("Are you still there?", timeout=LONG_WAIT * 1000)
    await person.replies("Yes")
    await expect(person.customer_log).to_contain_text("Yes")
    for log in (person.customer_log, person.agent_log):
        assert await bubbles(log) == [*before, "Are you still there?", "Yes"]
    person.complaints = [complaint for complaint in person.complaints if "ERR_CONNECTION_REFUSED" not in complaint]


async def test_a_crowd_that_watches_is_named_in_part_and_counted(person: Person, server: ServerProcess) -> None:
    """[P7] R38."""
    await person.writes("Why is my bill so high?")
    await expect(person.agent_log).to_contain_text("Why is my bill so high?")
    bearer = f"Bearer {server.agent_token('Lister')}"
    (listed,) = (await server.ask("GET", "/v1/conversations", authorization=bearer)).json["items"]
    crowd = [Agent(server, f"Watcher-{number}") for number in range(25)]
    for agent in crowd:
        await agent.joins()
        await agent.watches(listed["id"])
    await expect(person.agent.get_by_text("+6", exact=True)).to_be_visible()
    await expect(person.agent.get_by_text("6 more watching")).to_contain_text("Watcher-0, Watcher-1, ")
    await all_leave(*crowd)
    await expect(person.agent.get_by_text("+6")).to_be_hidden()


async def test_what_people_write_is_text_and_nothing_else(person: Person) -> None:
    hostile = "<img src=x onerror=alert(1)> مرحبا 👩‍👩‍👧"
    await person.writes(hostile)
    await expect(person.agent_log).to_contain_text(hostile)
    assert (await bubbles(person.customer_log))[0] == hostile
    assert await person.page.locator("img").count() == 0


async def test_a_visitor_whom_the_server_does_not_know_any_more_goes_on_as_a_new_one_and_is_told(
    person: Person, server: ServerProcess
) -> None:
    """[R14] Nothing that was not sent goes out in the name of the new visitor."""
    box = person.customer.get_by_label("Message to the business")
    await person.writes("My number is 42.")
    await expect(person.agent_log).to_contain_text("My number is 42.")
    await expect(box).to_be_editable()  # the customer knows that it was sent
    await server.kill()
    await expect(person.agent.get_by_role("heading", name="No connection")).to_be_visible()
    await person.writes("And my street is this.")
    (server.data / "keys.json").unlink()
    await server.start()
    await expect(person.customer.get_by_role("alert")).to_contain_text("as a new visitor", timeout=LONG_WAIT * 1000)
    await expect(box).to_have_value("And my street is this.")
    await expect(box).to_be_editable()
    await expect(person.customer.get_by_role("heading", name="Welcome")).to_be_visible()
    assert await bubbles(person.customer_log) == []
    await person.screenshots("10-anew")
    await box.press("Enter")
    await expect(person.customer_log).to_contain_text("And my street is this.")
    person.complaints = [complaint for complaint in person.complaints if not is_expected(complaint)]


def is_expected(complaint: str) -> bool:
    """What Chromium writes about a server that is away, and about one that refuses."""
    return "ERR_CONNECTION_REFUSED" in complaint or "401 (Unauthorized)" in complaint


# A proxy's, in place of the server: a close code of its own, what is not the protocol, numbers without sense.
IN_BETWEEN: dict[str, Callable[[WebSocketRoute], object]] = {
    "1000": lambda page: page.close(code=1000),
    "1008": lambda page: page.close(code=1008),
    "3000": lambda page: page.close(code=3000),
    "no JSON": lambda page: page.send("<html>"),
    "no frame": lambda page: page.send("null"),
    "another protocol": lambda page: page.send('{"type": "event"}'),
    "away for ever": lambda page: page.send('{"type": "away", "after_ms": 9007199254740992}'),
}


async def answers(done: object) -> None:
    """A frame is sent at once, a close is waited for."""
    if isawaitable(done):
        await done


@pytest.mark.parametrize("answer", [*IN_BETWEEN.values()][:-1], ids=[*IN_BETWEEN][:-1])
async def test_what_answers_in_place_of_the_server_is_an_outage_for_the_page(
    answer: Callable[[WebSocketRoute], object], window: BrowserContext, server: ServerProcess
) -> None:
    """[R3] [R80]"""
    page, met = await window.new_page(), 0

    async def meet(socket: WebSocketRoute) -> None:
        nonlocal met
        met += 1
        if met <= 2:
            await answers(answer(socket))
        else:
            socket.connect_to_server()

    await page.route_web_socket("**/socket", meet)
    person = Person(page, server)
    await person.opens()
    await person.writes("Hello")
    await expect(person.agent_log).to_contain_text("Hello")
    assert met == 4
    assert not person.complaints


async def test_a_page_that_is_sent_away_for_ever_makes_no_tight_loop(
    window: BrowserContext, server: ServerProcess
) -> None:
    """[R81] A timer of so many milliseconds would go off at once."""
    page, met = await window.new_page(), 0

    async def meet(socket: WebSocketRoute) -> None:
        nonlocal met
        met += 1
        await answers(IN_BETWEEN["away for ever"](socket))

    await page.route_web_socket("**/socket", meet)
    await page.goto(f"{server.url}/demo")
    await expect(page.get_by_role("heading", name="No connection").first).to_be_visible()
    await anyio.sleep(1.0)
    assert met == 2, "one for each screen"

"""Widget and desk on bad lines and with servers that die: what was typed is kept, sent once, and shown as it is.

AWAY=30 is how long the network is away in `make outages`; a moment in `make test`.

Chromium's own throttling (`Network.emulateNetworkConditions`, looked at in 156) delays the handshake of a websocket but
not the frames of one that is open, so slow lines are the tests' proxy. Its `offline` does reach open websockets: their
frames stop, and they are not closed.
"""

import os

import anyio
import pytest
from playwright.async_api import expect

from tests.e2e.people import People
from tests.e2e.scenes import url_of
from tests.e2e.windows import Windows
from tests.kit.limits import LONG_WAIT
from tests.kit.proxy import Mode, Proxy, Upgrades
from tests.kit.server import ServerProcess

AWAY = float(os.environ.get("AWAY", "2"))
KEPT = "Kept here, sent once you are back"
TYPED = ["One thing more.", "My number is 42.", "Are you there?"]
BLOCKED_WITHIN = 10_000 + 5_000  # ms: what the widget promises, and more for a busy machine


@pytest.mark.parametrize("how", [Mode.HALF_OPEN, Mode.RESET], ids=["silently", "with resets"])
async def test_what_is_typed_while_the_network_is_away_is_kept_and_sent_once(
    house: ServerProcess, people: People, windows: Windows, line: Proxy, how: Mode
) -> None:
    """[P5] [R42]"""
    maria, ana = await people.met(house, url=url_of(line))
    windows.expect_an_outage()
    await ana.intervenes()
    await expect(maria.log).to_contain_text("Ana has joined")
    before = await maria.shown()
    line.mode = how
    await maria.page.context.set_offline(True)
    await maria.writes(*TYPED)
    await expect(maria.chat.get_by_text(KEPT).first).to_be_visible()
    await anyio.sleep(AWAY)
    assert await maria.shown() == [*before, *TYPED]
    line.mode = Mode.PASS
    line.reset()
    await maria.page.context.set_offline(False)
    await expect(ana.log).to_contain_text(TYPED[-1], timeout=LONG_WAIT * 1000)
    await ana.replies("I am.")
    await expect(maria.log).to_contain_text("I am.")
    assert await maria.shown() == await ana.shown() == [*before, *TYPED, "I am."]
    await expect(maria.chat.get_by_text(KEPT)).to_have_count(0)


async def test_a_reply_that_is_typed_and_sent_while_the_desk_s_network_is_away_is_sent_once(
    house: ServerProcess, people: People, windows: Windows, line: Proxy
) -> None:
    """[P5] [R42] The network goes in the middle of a word. The composer says what becomes of what one writes."""
    maria, _ = await people.met(house)
    ben = await people.agent(house, "Ben", url=url_of(line))
    await ben.enters()
    await ben.opens_conversation_of(maria.name)
    await ben.intervenes()
    await expect(maria.log).to_contain_text("Ben has joined")
    before = await maria.shown()
    await ben.page.keyboard.type("You can pay in thr")
    windows.expect_an_outage()
    line.mode = Mode.HALF_OPEN
    await ben.page.context.set_offline(True)
    await ben.page.keyboard.type("ee parts.")
    await expect(ben.page.get_by_text("sent once you are back if you still hold control")).to_be_visible()
    await expect(ben.reply_box).to_have_value("You can pay in three parts.")
    await ben.page.keyboard.press("Enter")
    await ben.page.keyboard.type("And the first")
    await expect(ben.log).to_contain_text(KEPT)
    await anyio.sleep(AWAY)
    assert await maria.shown() == before
    await expect(ben.reply_box).to_be_focused()
    line.mode = Mode.PASS
    line.reset()
    await ben.page.context.set_offline(False)
    await expect(maria.log).to_contain_text("three parts.", timeout=LONG_WAIT * 1000)
    await expect(ben.reply_box).to_have_value("And the first")
    await expect(ben.page.get_by_text("You are replying.").first).to_be_visible()
    await ben.page.keyboard.type(" is due on Friday.")
    await ben.page.keyboard.press("Enter")
    expected = [*before, "You can pay in three parts.", "And the first is due on Friday."]
    for whose in (maria, ben):
        await expect(whose.bubbles).to_have_text(expected)
    await expect(ben.page.get_by_text(KEPT)).to_have_count(0)


async def test_a_server_that_is_killed_and_started_again_loses_nothing_and_doubles_nothing(
    own_house: ServerProcess, people: People, windows: Windows
) -> None:
    """[P5]"""
    maria, ana = await people.met(own_house)
    await ana.intervenes()
    await ana.replies("Hello, Ana here.")
    await expect(maria.log).to_contain_text("Hello, Ana here.")
    before = await maria.shown()
    windows.expect_an_outage()
    await own_house.kill()
    await maria.writes(*TYPED)
    await expect(maria.chat.get_by_text(KEPT).first).to_be_visible()
    await expect(ana.page.get_by_text("No connection").first).to_be_visible()
    await ana.types("I am")
    await own_house.start()
    await expect(ana.log).to_contain_text(TYPED[-1], timeout=LONG_WAIT * 1000)
    await expect(ana.reply_box).to_have_value("I am")
    await ana.replies("I am here.")
    await ana.clicks("Send as it is")  # three messages came since Ana began to write
    await expect(maria.log).to_contain_text("I am here.")
    assert await maria.shown() == await ana.shown() == [*before, *TYPED, "I am here."]


async def test_a_page_that_is_loaded_again_with_a_full_send_queue_sends_each_message_once(
    house: ServerProcess, people: People, windows: Windows, line: Proxy
) -> None:
    """[P5] [R42] What stands in the box is kept too."""
    maria, ana = await people.met(house, url=url_of(line))
    await ana.intervenes()
    await expect(maria.log).to_contain_text("Ana has joined")
    before = await maria.shown()
    windows.expect_an_outage()
    line.upgrades = Upgrades.CLOSED  # the page itself can be loaded
    line.reset()
    messages = [f"Number {number}." for number in range(15)]
    await maria.writes(*messages)
    await maria.types("And then")
    await expect(maria.chat.get_by_text(KEPT).first).to_be_visible()
    await maria.page.reload()
    await maria.opens_the_chat()
    await expect(maria.box).to_have_value("And then")
    await expect(maria.log).to_contain_text("Number 14.")
    line.upgrades = Upgrades.PASS
    await expect(ana.log).to_contain_text("Number 14.", timeout=LONG_WAIT * 1000)
    await expect(maria.chat.get_by_text(KEPT)).to_have_count(0)
    assert await maria.shown() == await ana.shown() == [*before, *messages]


async def test_a_second_tab_shows_the_same_and_each_message_once(
    house: ServerProcess, people: People, windows: Windows, line: Proxy
) -> None:
    """[P5] A tab sends what was typed in it, and what a closed tab left."""
    maria, ana = await people.met(house, url=url_of(line))
    await ana.intervenes()
    await expect(maria.log).to_contain_text("Ana has joined")
    before = await maria.shown()
    again = maria.in_another_tab(await maria.page.context.new_page())
    await again.arrives()
    await again.writes("From the second tab.")
    for log in (maria.log, again.log, ana.log):
        await expect(log).to_contain_text("From the second tab.")
    windows.expect_an_outage()
    line.mode = Mode.RESET
    await maria.writes("From the first tab, without a network.")
    await expect(maria.chat.get_by_text(KEPT)).to_be_visible()
    await maria.page.close()
    line.mode = Mode.PASS
    expected = [*before, "From the second tab.", "From the first tab, without a network."]
    await expect(ana.bubbles).to_have_text(expected, timeout=LONG_WAIT * 1000)
    await expect(again.bubbles).to_have_text(expected)


async def test_on_a_slow_line_everything_arrives_in_order_and_a_takeover_works(
    house: ServerProcess, people: People, line: Proxy
) -> None:
    """[P1] [P2] Slow 3G, as browsers' tools have it: 400 kbit/s, and two seconds there and back."""
    line.mode, line.seconds, line.bytes_per_second = Mode.SLOW, min(1.0, AWAY / 4), 50_000
    maria, ana = await people.met(house, url=url_of(line), within=LONG_WAIT)
    await ana.intervenes()
    await expect(maria.log).to_contain_text("Ana has joined", timeout=LONG_WAIT * 1000)
    await maria.writes(*TYPED)
    await expect(ana.log).to_contain_text(TYPED[-1], timeout=LONG_WAIT * 1000)
    await ana.replies("I am.")
    await expect(maria.log).to_contain_text("I am.", timeout=LONG_WAIT * 1000)
    assert await maria.shown() == await ana.shown()


@pytest.mark.parametrize("upgrades", [Upgrades.CLOSED, Upgrades.SWALLOWED, Upgrades.BUFFERED])
async def test_a_proxy_that_breaks_websockets_is_named_and_nothing_typed_is_lost(
    house: ServerProcess, people: People, windows: Windows, line: Proxy, upgrades: Upgrades
) -> None:
    line.upgrades = upgrades
    maria = await people.customer(house, url=url_of(line))
    windows.expect_an_outage()
    await maria.arrives()
    await maria.writes(*TYPED)
    blocked = maria.chat.get_by_text("does not let live connections through")
    await expect(blocked.first).to_be_visible(timeout=BLOCKED_WITHIN)
    await maria.clicks("Try now")  # while it cannot help: later the widget may be back before the click
    await expect(blocked.first).to_be_visible()
    line.upgrades = Upgrades.PASS
    line.reset()
    await expect(maria.log).to_contain_text("two instalments are open.", timeout=LONG_WAIT * 1000)
    assert [text for text in await maria.shown() if text in TYPED] == TYPED
    await expect(blocked).to_have_count(0)


async def test_a_page_that_is_left_while_it_connects_has_nothing_to_complain_of(
    house: ServerProcess, people: People, windows: Windows, line: Proxy
) -> None:
    """It closes a socket that is not open yet, which is no fault."""
    line.upgrades = Upgrades.SWALLOWED
    maria = await people.customer(house, url=url_of(line))
    async with maria.page.expect_websocket():
        await maria.arrives()
    await windows.close()


async def test_a_token_that_ends_is_replaced_and_the_conversation_goes_on(house: ServerProcess, people: People) -> None:
    """[R15] As if an hour had passed: the page's clock runs on, and the token is renewed."""
    maria = await people.customer(house)
    await maria.page.clock.install()
    await maria.arrives()
    await maria.writes("Hello")
    await expect(maria.log).to_contain_text("two instalments are open.")
    async with maria.page.expect_response(lambda response: response.url.endswith("/v1/webchat/visitor")) as renewed:
        await maria.page.clock.fast_forward("01:05:00")
    assert (await renewed.value).ok
    await maria.writes("Are you still there?")
    await expect(maria.log).to_contain_text("I would like to explain")

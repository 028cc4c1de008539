"""The chat on a page of another origin, in Chromium, before a real server: the conversation, and what is kept of it."""

import json
import time
from pathlib import Path

import jwt
import pytest
from playwright.async_api import expect

from tests.e2e.host import HostSite, documented_policy
from tests.e2e.shop import PAGES, Shopper, name_of
from tests.e2e.windows import Windows
from tests.kit.limits import LONG_WAIT, WAIT
from tests.kit.people import Agent
from tests.kit.server import ServerProcess, until

expect.set_options(timeout=WAIT * 1000)


# -- the conversation --------------------------------------------------------------------------------------------------


async def test_a_visitor_talks_with_the_bot_under_the_documented_policy(shopper: Shopper) -> None:
    """Nothing but what the docs name is allowed on this page: no inline style, no markup of strings."""
    await shopper.enters(policy=documented_policy(shopper.house.url), name=shopper.name)
    await shopper.opens()
    await expect(shopper.panel.locator("header")).to_contain_text("Bot")
    await shopper.writes("Hi, I got a letter about €412.60.")
    await expect(shopper.log).to_contain_text("two instalments are open.")
    assert (await shopper.shown())[0] == "Hi, I got a letter about €412.60."
    assert [told["from"] for told in await shopper.told("message")] == ["you", "bot"]


async def test_a_person_takes_over_and_the_visitor_sees_where_the_bot_stopped(shopper: Shopper) -> None:
    """[P1] [P2] as the visitor sees them."""
    await (await shopper.enters()).opens()
    await shopper.writes("One")
    await expect(shopper.log).to_contain_text("two instalments are open.")
    await shopper.writes("Two")
    await expect(shopper.log).to_contain_text("explain how it")
    async with Agent(shopper.house, "Ana") as ana:
        conversation = await shopper.conversation()
        await ana.watches(conversation)
        await ana.intervenes(conversation)
        await expect(shopper.log).to_contain_text("The bot stopped here")
        await expect(shopper.log).to_contain_text("You are talking with a person now.")
        await expect(shopper.heading).to_have_text("Ana")
        await expect(shopper.panel.locator("header")).to_contain_text("Person")
        await expect(shopper.panel.get_by_role("button", name="Ask for one")).to_be_hidden()
        cut = (await shopper.shown())[-1]
        await ana.says(conversation, "Hi, this is Ana.")
        await expect(shopper.log).to_contain_text("Hi, this is Ana.")
    assert (await shopper.shown())[-2:] == [cut, "Hi, this is Ana."]
    assert await shopper.told("person-joined") == [{"name": "Ana"}]


async def test_a_person_can_be_asked_for_before_anything_was_written(shopper: Shopper) -> None:
    await (await shopper.enters()).opens()
    await shopper.panel.get_by_role("button", name="Ask for one").click()
    asked = shopper.panel.get_by_role("button", name="A person has been asked.")
    await expect(asked).to_be_visible()
    await expect(asked).to_be_focused()
    await expect(shopper.heading).to_have_text("Waiting for a person")
    async with Agent(shopper.house, "Ben") as ben:
        conversation = await shopper.conversation()
        screen = await ben.watches(conversation)
        assert screen.events[-1].holder == "nobody"
        await shopper.page.reload()
        await shopper.opens()
        await expect(asked).to_be_visible()
        await ben.intervenes(conversation)
        await expect(shopper.heading).to_have_text("Ben")


async def test_a_closed_conversation_says_so_and_writing_opens_it_again(shopper: Shopper) -> None:
    await (await shopper.enters()).opens()
    async with Agent(shopper.house, "Ana") as ana:
        conversation = await shopper.conversation()
        await ana.watches(conversation)
        await ana.intervenes(conversation)
        await ana.closes(conversation)
        await expect(shopper.heading).to_have_text("This conversation was closed")
        await shopper.writes("One more thing")
        await expect(shopper.heading).not_to_have_text("This conversation was closed")
        await expect(shopper.log).to_contain_text("One more thing")


# -- what is kept ------------------------------------------------------------------------------------------------------


async def test_nothing_is_stored_before_the_chat_is_opened(shopper: Shopper, windows: Windows) -> None:
    await shopper.enters()
    await expect(shopper.launcher).to_be_visible()
    await shopper.page.wait_for_function("told.some(({ event }) => event === 'ready')")
    assert await shopper.stored() == []
    assert not any("/v1/" in url or "/socket" in url for url in windows.watches[shopper.page.context].urls)
    await shopper.opens()
    await expect(shopper.heading).to_have_text("Assistant")
    assert await shopper.stored() != []


async def test_what_is_written_without_a_network_is_kept_and_sent_once(shopper: Shopper, windows: Windows) -> None:
    await (await shopper.enters()).opens()
    await expect(shopper.heading).to_have_text("Assistant")
    windows.may_complain("ERR_INTERNET_DISCONNECTED", "WebSocket connection to")
    await shopper.page.context.set_offline(True)
    await expect(shopper.panel).to_contain_text("You are offline.")
    await shopper.writes("First")
    await shopper.writes("Second")
    await expect(shopper.log).to_contain_text("Kept here, sent once you are back")
    await shopper.box.fill("A draft")
    await shopper.page.context.set_offline(False)
    await expect(shopper.log).not_to_contain_text("Kept here")
    await expect(shopper.panel).not_to_contain_text("You are offline.")
    await expect(shopper.box).to_have_value("A draft")
    async with Agent(shopper.house, "Ana") as ana:
        conversation = await shopper.conversation()
        screen = await ana.watches(conversation)
        await ana.sees(conversation, lambda event: event.text == "Second")
    assert [event.text for event in screen.events if event.kind == "message" and event.by == "contact"] == [
        "First",
        "Second",
    ]


async def test_a_draft_and_a_full_send_queue_survive_a_reload(
    windows: Windows, site: HostSite, own_house: ServerProcess, request: pytest.FixtureRequest
) -> None:
    shopper = Shopper(await windows.opens(own_house.url), site, own_house, name_of(request))
    windows.may_complain("ERR_CONNECTION_", "WebSocket connection to", "ERR_EMPTY")
    await (await shopper.enters()).opens()
    await expect(shopper.heading).to_have_text("Assistant")
    (chat,) = (PAGES / "assets").glob("chat-*.js")
    assert chat.exists()
    await own_house.kill()
    await shopper.writes("Written while the server was away")
    await shopper.box.fill("Half a sente")
    await expect(shopper.log).to_contain_text("Kept here")
    await shopper.page.goto("about:blank")  # or it might be sent before the page is loaded again
    await own_house.start()
    await (await shopper.enters()).opens()
    await expect(shopper.box).to_have_value("Half a sente")
    await expect(shopper.log).to_contain_text("Written while the server was away", timeout=LONG_WAIT * 1000)
    assert (await shopper.shown()).count("Written while the server was away") == 1


async def test_the_launcher_counts_what_came_while_the_panel_was_closed(shopper: Shopper) -> None:
    await (await shopper.enters()).opens()
    async with Agent(shopper.house, "Ana") as ana:
        conversation = await shopper.conversation()
        await ana.watches(conversation)
        await ana.intervenes(conversation)
        await expect(shopper.heading).to_have_text("Ana")
        await shopper.page.keyboard.press("Escape")
        await ana.says(conversation, "The 25th is fine.")
        await expect(shopper.launcher).to_have_accessible_name("Open the chat, 1 new message")
        await expect(shopper.chat).to_contain_text("AnaPerson")
        await expect(shopper.chat).to_contain_text("The 25th is fine.")

        await shopper.page.reload()  # another page of the shop, where the panel was not opened
        await expect(shopper.launcher).to_have_accessible_name("Open the chat, 1 new message")
        await ana.says(conversation, "I have moved it.")
        await expect(shopper.launcher).to_have_accessible_name("Open the chat, 2 new messages")
        await shopper.opens()
        await expect(shopper.log).to_contain_text("2 new messages")
        await shopper.page.keyboard.press("Escape")
        await expect(shopper.launcher).to_have_accessible_name("Open the chat")
    assert [told["count"] for told in await shopper.told("unread")] == [1, 2, 0]


async def test_a_user_and_a_visitor_see_nothing_of_each_other(shopper: Shopper) -> None:
    await shopper.enters()
    await shopper.page.evaluate("$intervene('setAttributes', { plan: 'pro', visits: 3, city: null })")
    await shopper.opens()
    await shopper.writes("Of the visitor")
    await expect(shopper.log).to_contain_text("two instalments are open.")
    await shopper.box.fill("A visitor's draft")
    token = shopper.house.visitor_token(f"{shopper.name} user")
    await shopper.page.evaluate("(token) => $intervene('setUser', async () => token)", token)
    await expect(shopper.log).not_to_contain_text("Of the visitor")
    await expect(shopper.box).to_have_value("")
    await expect(shopper.heading).to_have_text("Assistant")
    await shopper.writes("Of the user")
    await expect(shopper.log).to_contain_text("Of the user")
    said = await shopper.house.attributes(f"{shopper.name} user".lower())
    assert said == {"plan": ("pro", "visitor"), "visits": ("3", "visitor")}, "[R180] by the page, of whoever is there"
    assert token not in str(await shopper.page.evaluate("JSON.stringify([localStorage, sessionStorage])"))
    await shopper.page.evaluate("$intervene('setUser', null)")
    await expect(shopper.log).to_contain_text("Of the visitor")
    await expect(shopper.log).not_to_contain_text("Of the user")
    await expect(shopper.box).to_have_value("A visitor's draft")


async def test_a_user_sees_one_conversation_on_two_devices(
    windows: Windows, site: HostSite, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """The host application vouches for her, with a key of its own."""
    key = "shop-key-of-32-characters-or-more"
    keys = tmp_path / "host-keys.json"
    keys.write_text(json.dumps({"shop": {"purpose": "contacts", "key": key}}), "utf-8")
    keys.chmod(0o600)
    house = ServerProcess(
        tmp_path, "Two instalments are open.\n", drain_seconds="0", origins=site.origin, host_keys=str(keys)
    )
    await house.start()
    try:
        now = int(time.time())
        claims = {"aud": "intervene", "sub": "maria@shop.example", "name": "Maria", "iat": now, "exp": now + 3600}
        token = jwt.encode(claims, key, "HS256", headers={"kid": "shop"})
        phone = Shopper(await windows.opens(house.url), site, house, name_of(request))
        await (await phone.enters(user=token)).opens()
        await expect(phone.heading).to_have_text("Assistant")
        await phone.writes("From my phone")
        await expect(phone.log).to_contain_text("Two instalments are open.")
        laptop = Shopper(await windows.opens(house.url), site, house, phone.name)
        await (await laptop.enters(user=token)).opens()
        await expect(laptop.log).to_contain_text("From my phone")
        stranger = Shopper(await windows.opens(house.url), site, house, "A stranger")
        await (await stranger.enters()).opens()
        await expect(stranger.heading).to_have_text("Assistant")
        assert await stranger.shown() == []
    finally:
        await windows.close()
        await house.stop()


async def test_reset_forgets_the_visitor_here_and_on_the_server(shopper: Shopper) -> None:
    await (await shopper.enters()).opens()
    await shopper.writes("Before")
    await expect(shopper.log).to_contain_text("two instalments are open.")
    await shopper.box.fill("A draft")
    await shopper.page.wait_for_function("Object.keys(localStorage).some((key) => key.includes('draft'))")
    (kept,) = [key for key in await shopper.stored() if "visitor" in key]
    token: str = await shopper.page.evaluate("(key) => JSON.parse(localStorage[key]).token", kept)
    await shopper.page.evaluate("$intervene('reset')")
    await expect(shopper.launcher).to_be_visible()
    await shopper.page.wait_for_function("Object.keys(localStorage).length === 0")

    async def is_refused() -> bool:
        answer = await shopper.house.ask("POST", "/v1/webchat/visitor", b"{}", authorization=f"Bearer {token}")
        return answer.status == 401

    await until(is_refused, WAIT)
    await shopper.opens()
    await expect(shopper.heading).to_have_text("Assistant")
    await expect(shopper.log).not_to_contain_text("Before")
    assert len(await shopper.conversations()) == 2

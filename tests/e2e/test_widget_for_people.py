"""The chat for those who use it: by keyboard, on a phone, in their language, and when something goes wrong."""

import anyio
import pytest
from playwright.async_api import expect

from intervene.client import CustomerClient, visitor_tokens
from tests.e2e.axe import barriers
from tests.e2e.host import HostSite
from tests.e2e.shop import Shopper, name_of
from tests.e2e.windows import Windows
from tests.integration.system.test_places import channel_of
from tests.integration.system.test_settings import Admin
from tests.kit.people import Agent
from tests.kit.server import ServerProcess

# -- people ------------------------------------------------------------------------------------------------------------


async def test_the_keyboard_opens_writes_and_closes(shopper: Shopper) -> None:
    await shopper.enters()
    await expect(shopper.launcher).to_be_visible()
    await shopper.page.wait_for_function("told.some(({ event }) => event === 'ready')")
    await shopper.page.keyboard.press("Tab")
    await expect(shopper.launcher).to_be_focused()
    await shopper.page.keyboard.press("Enter")
    await expect(shopper.box).to_be_focused()
    await shopper.page.keyboard.type("By keyboard")
    await shopper.page.keyboard.press("Enter")
    await expect(shopper.log).to_contain_text("By keyboard")
    await shopper.page.keyboard.press("Escape")
    await expect(shopper.panel).to_be_hidden()
    await expect(shopper.launcher).to_be_focused()


async def test_on_a_phone_the_panel_has_the_screen_and_keeps_the_focus(windows: Windows, shopper: Shopper) -> None:
    await shopper.page.set_viewport_size({"width": 360, "height": 640})
    await (await shopper.enters()).opens()
    await expect(shopper.heading).to_have_text("Assistant")  # a window that closes while it connects complains
    assert await shopper.panel.bounding_box() == {"x": 0, "y": 0, "width": 360, "height": 640}
    await expect(shopper.panel).to_have_attribute("aria-modal", "true")
    for _ in range(8):
        await shopper.page.keyboard.press("Tab")
        assert await shopper.page.evaluate("document.activeElement.localName") == "intervene-chat"


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_nothing_keeps_people_out(shopper: Shopper, scheme: str) -> None:
    """axe-core, in each state that a visitor meets."""
    await shopper.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")
    await shopper.enters()
    await expect(shopper.launcher).to_be_visible()
    found = await barriers(shopper.page, "intervene-chat")
    await shopper.opens()
    await shopper.writes("One")
    await expect(shopper.log).to_contain_text("two instalments are open.")
    await shopper.writes("Two")
    await expect(shopper.log).to_contain_text("explain how it")
    found += await barriers(shopper.page, "intervene-chat")
    await shopper.panel.get_by_role("button", name="Ask for one").click()
    await expect(shopper.log).to_contain_text("The bot stopped here")
    found += await barriers(shopper.page, "intervene-chat")
    async with Agent(shopper.house, "Ana") as ana:
        conversation = await shopper.conversation()
        await ana.watches(conversation)
        await ana.intervenes(conversation)
        await shopper.page.keyboard.press("Escape")
        await ana.says(conversation, "Hi, this is Ana.")
        await expect(shopper.chat).to_contain_text("Hi, this is Ana.")
        found += await barriers(shopper.page, "intervene-chat")
        await shopper.opens()
        found += await barriers(shopper.page, "intervene-chat")
    assert not found, "\n".join(found)


@pytest.mark.parametrize(("locale", "opens", "bot", "direction"), [
    ("de", "Chat öffnen", "Bot", "ltr"), ("fr", "Ouvrir la discussion", "Bot", "ltr"),
    ("es", "Abrir el chat", "Bot", "ltr"), ("ar", "فتح الدردشة", "روبوت", "rtl"),
])  # fmt: skip
async def test_each_language_is_spoken(shopper: Shopper, locale: str, opens: str, bot: str, direction: str) -> None:
    await shopper.enters(locale=locale)
    await shopper.chat.get_by_role("button", name=opens).click()
    await expect(shopper.chat.locator(".kind").first).to_have_text(bot)
    await expect(shopper.chat.locator(".root")).to_have_attribute("dir", direction)


BEYOND = """
(panel) => [...panel.querySelectorAll(":not(.vh, .vh *)")]
  .filter((each) => each.getBoundingClientRect().right > innerWidth).map((each) => each.outerHTML)
"""
"""What stands out of the window, but what is for screen readers only."""


async def test_large_text_in_a_narrow_window_loses_nothing(windows: Windows, shopper: Shopper) -> None:
    """320 px wide, and the reader's own text size is twice the usual."""
    await shopper.page.set_viewport_size({"width": 320, "height": 640})
    session = await shopper.page.context.new_cdp_session(shopper.page)
    await session.send("Page.enable")
    await session.send("Page.setFontSizes", {"fontSizes": {"standard": 32}})
    await (await shopper.enters()).opens()
    await expect(shopper.heading).to_have_text("Assistant")
    await shopper.writes("A long word: Donaudampfschifffahrtsgesellschaftskapitän")
    await expect(shopper.log).to_contain_text("two instalments are open.")
    wide: list[str] = await shopper.panel.evaluate(BEYOND)
    assert wide == []
    windows.may_complain("ERR_INTERNET_DISCONNECTED", "WebSocket connection to")
    await shopper.page.context.set_offline(True)  # a banner comes, and the messages keep a place
    await expect(shopper.panel).to_contain_text("You are offline.")
    box = await shopper.log.bounding_box()
    assert box is not None
    assert box["height"] >= 140
    size = await shopper.log.locator(".bub").first.evaluate("(bubble) => getComputedStyle(bubble).fontSize")
    assert size == "30px"


async def test_hidden_is_hidden_and_shown_is_shown(shopper: Shopper) -> None:
    await shopper.enters()
    await expect(shopper.launcher).to_be_visible()
    await shopper.page.evaluate("$intervene('hide')")
    await expect(shopper.launcher).to_be_hidden()
    await shopper.page.evaluate("$intervene('show')")
    await expect(shopper.launcher).to_be_visible()
    await shopper.page.evaluate("$intervene('toggle')")
    await expect(shopper.heading).to_have_text("Assistant")
    await shopper.page.evaluate("$intervene('close')")
    await expect(shopper.panel).to_be_hidden()


async def test_two_windows_show_one_conversation_and_what_is_read_in_one_is_read_in_both(
    windows: Windows, site: HostSite, house: ServerProcess, request: pytest.FixtureRequest
) -> None:
    profile = await windows.profile(house.url)
    one = Shopper(await profile.new_page(), site, house, name_of(request))
    await (await one.enters()).opens()
    await one.writes("From the first window")
    await expect(one.log).to_contain_text("two instalments are open.")
    other = Shopper(await profile.new_page(), site, house, one.name)
    await (await other.enters()).opens()
    await expect(other.log).to_contain_text("From the first window")
    await other.page.keyboard.press("Escape")
    async with Agent(house, "Ana") as ana:
        conversation = await one.conversation()
        await ana.watches(conversation)
        await ana.intervenes(conversation)
        await one.page.bring_to_front()
        await ana.says(conversation, "For both")
        await expect(one.log).to_contain_text("For both")
    await expect(other.launcher).to_have_accessible_name("Open the chat")
    assert len(await one.conversations()) == 1


# -- what goes wrong ---------------------------------------------------------------------------------------------------


async def test_a_person_who_is_asked_for_without_a_network_is_asked_for_later(
    shopper: Shopper, windows: Windows
) -> None:
    await (await shopper.enters()).opens()
    await expect(shopper.heading).to_have_text("Assistant")
    windows.may_complain("ERR_INTERNET_DISCONNECTED", "WebSocket connection to")
    await shopper.page.context.set_offline(True)
    await shopper.panel.get_by_role("button", name="Ask for one").click()
    await expect(shopper.panel.get_by_role("button", name="Asking")).to_be_visible()
    await anyio.sleep(11)  # the SDK gives a move up after ten seconds
    await expect(shopper.panel.get_by_role("button", name="Asking")).to_be_visible()
    await shopper.page.context.set_offline(False)
    await expect(shopper.panel.get_by_role("button", name="A person has been asked.")).to_be_visible()
    await expect(shopper.heading).to_have_text("Waiting for a person")


async def test_a_message_that_was_refused_stays_with_its_remedy(shopper: Shopper) -> None:
    await (await shopper.enters()).opens()
    await expect(shopper.heading).to_have_text("Assistant")
    await shopper.writes("\u2800")  # a blank symbol: it takes the server to see that nothing can be seen (R49)
    await expect(shopper.log).to_contain_text("Not sent: it has no visible text")
    await expect(shopper.chat.get_by_role("alert")).to_contain_text("Not sent: it has no visible text")
    await shopper.page.reload()
    await shopper.opens()
    await shopper.log.get_by_role("button", name="Edit").click()
    await expect(shopper.box).to_have_value("\u2800")
    await expect(shopper.log).not_to_contain_text("Not sent")


async def test_a_visitor_who_was_forgotten_elsewhere_begins_anew_and_sees_nothing_of_before(shopper: Shopper) -> None:
    """[R14]"""
    await (await shopper.enters()).opens()
    await shopper.writes("Before")
    await expect(shopper.log).to_contain_text("two instalments are open.")
    (kept,) = [key for key in await shopper.stored() if "visitor" in key]
    token: str = await shopper.page.evaluate("(key) => JSON.parse(localStorage[key]).token", kept)
    answer = await shopper.house.ask("DELETE", "/v1/webchat/visitor", authorization=f"Bearer {token}")
    assert answer.status == 204
    await expect(shopper.log).not_to_contain_text("Before")
    await expect(shopper.heading).to_have_text("Assistant")
    await shopper.writes("After")
    await expect(shopper.log).to_contain_text("two instalments are open.")
    assert (await shopper.shown())[0] == "After"


async def test_a_chat_that_cannot_be_loaded_says_so_to_the_page_and_is_tried_again(
    shopper: Shopper, windows: Windows
) -> None:
    windows.may_complain("ERR_FAILED")
    await shopper.page.route("**/assets/chat-*.js*", lambda route: route.abort())
    await shopper.enters()
    await expect(shopper.launcher).to_be_visible()
    await shopper.page.wait_for_function("told.some(({ code }) => code === 'not_loaded')")
    await shopper.page.unroute("**/assets/chat-*.js*")
    await shopper.opens()


async def test_a_person_sees_that_their_words_were_read_and_who_is_writing(shopper: Shopper) -> None:
    await (await shopper.enters()).opens()
    async with Agent(shopper.house, "Ana") as ana:
        conversation = await shopper.conversation()
        await ana.watches(conversation)
        await ana.intervenes(conversation)
        await expect(shopper.heading).to_have_text("Ana")
        await shopper.writes("Is anybody there?")
        await expect(shopper.log).to_contain_text("Sent")
        await ana.sees(conversation, lambda event: event.text == "Is anybody there?")
        await ana.sends({"type": "set_read", "conversation": conversation, "n": ana.screens[conversation].events[-1].n})
        await expect(shopper.log).to_contain_text("Read")
        await ana.sends({"type": "set_typing", "conversation": conversation, "on": True})
        await expect(shopper.log).to_contain_text("Ana is writing")


async def test_each_place_in_line_is_read_aloud(shopper: Shopper) -> None:
    """[R193]"""
    channel, _ = await channel_of(Admin(shopper.house), "line", shows_place=True)
    async with CustomerClient(shopper.house.socket_url, visitor_tokens(shopper.house.url, channel=channel)) as client:
        before = await client.open()
        await before.say("I was here first")
        await (await shopper.enters(channel=channel)).opens()
        await shopper.writes("Is anybody there?")
        aloud = shopper.panel.locator("[aria-live=polite]")
        await expect(aloud).to_have_text("1 person before you")
        async with Agent(shopper.house, "Lea", role="supervisor") as lea:
            await lea.watches(before.id)
            await lea.intervenes(before.id)
            await expect(aloud).to_have_text("You are next in line")

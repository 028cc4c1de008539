"""The chat on pages of another origin, in Chromium, before a real server."""

import gzip
import json
import re
import time
from pathlib import Path

import anyio
import jwt
import pytest
from playwright.async_api import expect

from tests.e2e.axe import barriers
from tests.e2e.host import HostSite, documented_policy
from tests.e2e.shop import STUB, TELLS, Shopper, snippet
from tests.e2e.windows import Windows
from tests.integration.system.actors import Agent
from tests.kit.browser import shared
from tests.kit.limits import LONG_WAIT, WAIT
from tests.kit.server import ServerProcess, until

expect.set_options(timeout=WAIT * 1000)

PAGES = Path(__file__).parents[2] / "server" / "intervene" / "pages"
LOADER_BYTES = 3_000
ALL_BYTES = 40_000
ALL_UNSET = "<style>* { all: unset !important } html { font-size: 62.5% } body { transform: translateX(40px) }</style>"


@shared()
async def shopper(windows: Windows, site: HostSite, house: ServerProcess, request: pytest.FixtureRequest) -> Shopper:
    """A new visitor with a window of their own, who is named for the test."""
    return Shopper(await windows.opens(house.url), site, house, name_of(request))


def name_of(request: pytest.FixtureRequest) -> str:
    return re.sub(r"\W+", " ", request.node.name)[-60:].strip()


def packed(file: Path) -> int:
    return len(gzip.compress(file.read_bytes(), 9))


def test_the_loader_and_all_that_it_loads_are_small_in_each_language() -> None:
    """English is in the chat; readers of another language load its words too."""
    (chat,) = (PAGES / "assets").glob("chat-*.js")
    loader = PAGES / "widget.js"
    assert packed(loader) <= LOADER_BYTES
    words = {file.name[:2]: packed(file) for file in (PAGES / "assets").glob("??-*.js")}
    assert set(words) == {"de", "fr", "es", "ar"}
    assert packed(loader) + packed(chat) + max(words.values()) <= ALL_BYTES, words


# -- the conversation --------------------------------------------------------------------------------------------------


async def test_a_visitor_talks_with_the_bot_under_the_documented_policy(shopper: Shopper) -> None:
    """Nothing but what the docs name is allowed on this page: no inline style, no markup of strings."""
    await shopper.enters(policy=documented_policy(shopper.house.url), name=shopper.name)
    await shopper.opens()
    await expect(shopper.panel.locator("header")).to_contain_text("Bot")
    await shopper.writes("Hi, I got a letter about €412.60.")
    await expect(shopper.log).to_contain_text("two instalments are open.")
    assert (await shopper.bubbles())[0] == "Hi, I got a letter about €412.60."
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
        cut = (await shopper.bubbles())[-1]
        await ana.says(conversation, "Hi, this is Ana.")
        await expect(shopper.log).to_contain_text("Hi, this is Ana.")
    assert (await shopper.bubbles())[-2:] == [cut, "Hi, this is Ana."]
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
    await own_house.start()
    await shopper.page.reload()
    await shopper.opens()
    await expect(shopper.box).to_have_value("Half a sente")
    await expect(shopper.log).to_contain_text("Written while the server was away", timeout=LONG_WAIT * 1000)
    assert (await shopper.bubbles()).count("Written while the server was away") == 1


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
    await (await shopper.enters()).opens()
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
        assert await stranger.bubbles() == []
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


# -- other people's pages ----------------------------------------------------------------------------------------------

INJECT = "const s = document.createElement('script'); s.src = '{0}/widget.js'; document.head.append(s);"
LATER = "<script>" + STUB + "addEventListener('load', () => setTimeout(() => {{" + INJECT + "}}, 100));</script>"
PLACES = {
    "in the head, while there is no body": ('<script src="{0}/widget.js" data-channel="webchat"></script>', ""),
    "in the head, async": ('<script async src="{0}/widget.js" data-channel="webchat"></script>', ""),
    "deferred": ('<script defer src="{0}/widget.js" data-channel="webchat"></script>', ""),
    "at the end": ("", '<script src="{0}/widget.js" data-channel="webchat"></script>'),
    "twice": ("", '<script src="{0}/widget.js" data-channel="webchat"></script>' * 2),
    "the snippet after the loader": ("", '<script src="{0}/widget.js"></script><script>$intervene("boot")</script>'),
    "injected later": (LATER + '<script>$intervene("boot")</script>', ""),
}


@pytest.mark.parametrize("place", PLACES)
async def test_the_chat_works_wherever_the_snippet_stands(shopper: Shopper, place: str) -> None:
    head, body = (part.format(shopper.house.url) for part in PLACES[place])
    await shopper.enters(head=head or "<meta name=robots>", body=body)
    await shopper.opens()
    await expect(shopper.heading).to_have_text("Assistant")
    await expect(shopper.chat).to_have_count(1)
    assert await shopper.page.evaluate("Object.keys(window).filter((key) => key.includes('ntervene'))") == [
        "$intervene"
    ]


async def test_calls_before_the_chat_has_loaded_are_made_in_order(shopper: Shopper) -> None:
    calls = '$intervene("open"); $intervene("setTheme", "dark"); $intervene("setLocale", "de");'
    await shopper.enters(head=f"<script>{STUB}{calls}$intervene('boot');{TELLS}</script>", body=loader(shopper))
    await expect(shopper.chat.get_by_role("dialog")).to_contain_text("Assistant")
    await expect(shopper.chat.get_by_role("button", name="Chat schließen")).to_be_visible()
    await expect(shopper.chat.locator(".root")).to_have_attribute("data-theme", "dark")


def loader(shopper: Shopper) -> str:
    return f'<script async src="{shopper.house.url}/widget.js"></script>'


HOSTILE = {
    "everything unset": ALL_UNSET,
    "a definition that wraps": "<script>const define = CustomElementRegistry.prototype.define;"
    "CustomElementRegistry.prototype.define = function (name, made, ...rest) "
    "{ return define.call(this, name, class extends made {}, ...rest); };</script>",
    "a longer array": "<script>Array.prototype.last = function () { return this.at(-1); };"
    "Object.prototype.extra = () => 1; Array.prototype.toJSON = function () { return 'x'; };</script>",
    "a wall in front": "<div style='position: fixed; inset: 0; z-index: 2147483647; background: #fff'></div>",
    "keys of its own": "<script>addEventListener('keydown', (event) => event.preventDefault());"
    "addEventListener('focusin', () => document.querySelector('h1').click());</script>",
}


@pytest.mark.parametrize("host", HOSTILE)
async def test_the_chat_works_on_a_page_that_does_as_it_likes(shopper: Shopper, host: str) -> None:
    await shopper.enters(body=HOSTILE[host] + snippet(shopper.house, {"name": shopper.name}))
    await shopper.opens()
    await shopper.box.press_sequentially("Hello")
    await shopper.box.press("Enter")
    await expect(shopper.log).to_contain_text("two instalments are open.")
    box = await shopper.panel.bounding_box()
    assert box == {"x": 1280 - 16 - 376, "y": 800 - 16 - 640, "width": 376, "height": 640}
    size = await shopper.log.locator(".bub").first.evaluate("(bubble) => getComputedStyle(bubble).fontSize")
    assert size == "15px"


async def test_the_word_bot_cannot_be_themed_away(shopper: Shopper) -> None:
    hides = "--iv-bot-ink: transparent !important; --iv-t11: 0/0 x !important; --iv-bot-tint: red !important;"
    style = f"<style>:root, intervene-chat, * {{ {hides} }} intervene-chat * {{ display: none !important }}</style>"
    style += "<style>.kind, [part], ::part(kind) { display: none !important }</style>"
    await shopper.enters(body=style + snippet(shopper.house, {"name": shopper.name}))
    await shopper.opens()
    word = shopper.panel.locator("header .kind")
    await expect(word).to_have_text("Bot")
    await expect(word).to_be_visible()
    look = await word.evaluate("(word) => [getComputedStyle(word).color, getComputedStyle(word).backgroundColor]")
    assert look == ["rgb(10, 106, 93)", "rgb(227, 244, 240)"]


@pytest.mark.parametrize(("solid", "shown", "codes"), [
    ("rebeccapurple", "rgb(102, 51, 153)", []),
    ("oklch(0.4 0.1 150)", "oklch(0.4 0.1 150)", []),
    ("#ff8", "rgb(45, 75, 224)", ["accent_refused"]),
    ("rgb(0 0 0 / .2)", "rgb(45, 75, 224)", ["accent_refused"]),
])  # fmt: skip
async def test_an_accent_is_taken_unless_text_on_it_cannot_be_read(
    shopper: Shopper, solid: str, shown: str, codes: list[str]
) -> None:
    style = f"<style>intervene-chat {{ --iv-you-solid: {solid}; --iv-you-on: #fff }}</style>"
    await shopper.enters(body=style + snippet(shopper.house, {"name": shopper.name}))
    await shopper.page.wait_for_function("told.some(({ event }) => event === 'ready')")
    assert await shopper.launcher.evaluate("(button) => getComputedStyle(button).backgroundColor") == shown
    assert [told["code"] for told in await shopper.told("error")] == codes


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
    assert (await shopper.bubbles())[0] == "After"


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

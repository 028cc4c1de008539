"""The chat on other people's pages: where its snippet stands, what those pages do to it, and how large it is."""

import gzip
import re
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.e2e.shop import PAGES, STUB, TELLS, Shopper, snippet

LOADER_BYTES = 3_000

ALL_BYTES = 42 * 1024

ALL_UNSET = "<style>* { all: unset !important } html { font-size: 62.5% } body { transform: translateX(40px) }</style>"


def packed(file: Path) -> int:
    return len(gzip.compress(file.read_bytes(), 9))


def test_the_loader_and_all_that_it_loads_are_small_in_each_language() -> None:
    """English is in the chat; readers of another language load its words too."""
    (chat,) = (PAGES / "assets").glob("chat-*.js")
    loader = PAGES / "widget.js"
    assert packed(loader) <= LOADER_BYTES
    names = re.findall(r"\./((?!en)[a-z]{2}-[\w-]+\.js)", chat.read_text("utf-8"))
    words = {name[:2]: packed(chat.with_name(name)) for name in names}
    assert set(words) == {"de", "fr", "es", "ar"}
    assert packed(loader) + packed(chat) + max(words.values()) <= ALL_BYTES, words


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

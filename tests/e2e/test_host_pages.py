"""The chat on pages that fight it looks as on any other, and still says that a bot is a bot."""

import re
from pathlib import Path

from playwright.async_api import expect

from tests.e2e.axe import barriers
from tests.e2e.customer import Customer
from tests.e2e.host import HostSite
from tests.e2e.snippet import snippet
from tests.e2e.windows import Windows
from tests.kit.server import ServerProcess

TOKENS = Path(__file__).parents[2] / "client_js" / "ui" / "src" / "styles" / "tokens.ts"
HOSTILE_STYLE = """
* { all: unset !important; font: 40px/3 fantasy !important; letter-spacing: 9px !important; color: red !important }
*, *::before, *::after { box-sizing: content-box !important; display: inline !important }
body { display: block !important; transform: rotate(7deg) scale(.5) !important; filter: blur(1px) !important;
  perspective: 10px !important; contain: paint !important; height: 200px !important; overflow: hidden !important }
intervene-chat { display: none !important; opacity: 0 !important; z-index: -1 !important; width: 1px !important }
"""
SHIMS = """
const define = customElements.define;
customElements.define = function (name, made, options) {
  return define.call(this, name, class extends made {}, options);
};
const create = document.createElement;
document.createElement = function (name, options) { return create.call(this, name, options); };
Array.prototype.last = function () { return this[this.length - 1]; };
Object.prototype.owner = "the page";
window.requestAnimationFrame = ((frame) => (then) => frame(then))(requestAnimationFrame.bind(window));
"""
LOOK = """
(host) => [...host.shadowRoot.querySelectorAll("button, h2, textarea, .kind, [role=dialog], [role=log]")].map((each) => {
  const { x, y, width, height } = each.getBoundingClientRect();
  const style = getComputedStyle(each);
  const read = ["fontSize", "fontFamily", "letterSpacing", "lineHeight", "color", "backgroundColor", "display", "opacity"];
  return { what: each.className, x, y, width, height, ...Object.fromEntries(read.map((name) => [name, style[name]])) };
})
"""  # noqa: E501


async def test_a_page_whose_rules_unset_everything_changes_nothing_of_the_chat(
    house: ServerProcess, site: HostSite, windows: Windows
) -> None:
    looks = []
    for name, head in {"calm": "", "hostile": f"<style>{HOSTILE_STYLE}</style><script>{SHIMS}</script>"}.items():
        url = site.page(f"/{name}", "<p>Shop</p>", head=head + snippet(house.url))
        maria = Customer(await windows.opens(house.url, reduced_motion="reduce"), url)
        await maria.page.goto(url)
        await maria.page.wait_for_function("document.querySelector('intervene-chat')?.matches(':defined')")
        looks.append(await maria.chat.evaluate(LOOK))
        await maria.opens_the_chat()
        await expect(maria.log).to_contain_text("Write to us.")  # the conversation is open
        await maria.page.mouse.move(5, 5)
        looks.append(await maria.chat.evaluate(LOOK))
        await maria.writes("Hello")
        await expect(maria.log).to_contain_text("two instalments are open.")
    calm, hostile = [*looks[0], *looks[1]], [*looks[2], *looks[3]]
    assert [pair for pair in zip(calm, hostile, strict=True) if pair[0] != pair[1]] == []


async def test_a_page_themes_colours_and_never_the_word_bot_away(
    house: ServerProcess, site: HostSite, windows: Windows
) -> None:
    tokens = sorted(set(re.findall(r"--iv-[\w-]+", TOKENS.read_text("utf-8"))))
    assert len(tokens) > 20
    rules = "".join(f"{token}:transparent!important;" for token in tokens)
    style = f"<style>:root,*,intervene-chat{{{rules}}}intervene-chat .kind{{display:none!important}}</style>"
    url = site.page("/themed", "<p>Shop</p>", head=style + snippet(house.url))
    maria = Customer(await windows.opens(house.url), url)
    await maria.arrives()
    await maria.writes("Hello")
    await expect(maria.log).to_contain_text("two instalments are open.")
    words = maria.chat.get_by_text("Bot", exact=True)
    assert await words.count() >= 2, "in the header, and beside what it says"
    for word in await words.all():
        await expect(word).to_be_visible()
    assert await barriers(maria.page) == []

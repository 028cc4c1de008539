"""A screen reader in a window: Guidepup's virtual one, in a shadow root. What it speaks is written down.

It speaks what is added to live regions, without some rules of WAI-ARIA 1.2 that screen readers follow; so records of
changes that fall under them are kept from it:

* `aria-live="off"` and `aria-hidden` on what was added itself, not only on what it was added to;
* `aria-busy`: "assistive technologies MAY want to wait until the changes are complete", which here never speak;
* `aria-relevant`, "additions text" unless it is given: a removal is not spoken, also not in an atomic region.

Of a row that was added it speaks hidden parts too, such as a mark's initials: what it says begins with them.
"""

from functools import cache
from pathlib import Path
from typing import Self

from playwright.async_api import Page

from tests.kit.limits import WAIT
from tests.kit.server import until

READER = (
    Path(__file__).parents[2] / "client_js" / "node_modules" / "@guidepup" / "virtual-screen-reader"
    / "lib" / "esm" / "index.browser.js"
)  # fmt: skip

START = """
async ([source, find]) => {
  const { virtual } = await import(URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
  const Observer = window.MutationObserver;
  const isElement = (node) => node.nodeType === Node.ELEMENT_NODE;
  const isSpoken = (node) =>
    isElement(node)
      ? !node.matches("[aria-live=off], [aria-hidden=true], [hidden]")
      : node.nodeType === Node.TEXT_NODE;
  const isHeard = ({ type, target, addedNodes }) => {
    const element = isElement(target) ? target : target.parentElement;
    if (!element || element.closest("[aria-busy=true], [aria-hidden=true]")) return false;
    return type === "characterData" || [...addedNodes].some(isSpoken);
  };
  const [host, within] = find;
  const root = document.querySelector(host).shadowRoot;
  window.MutationObserver = class extends Observer {
    constructor(then) {
      super((records) => {
        const heard = records.filter(isHeard);
        if (heard.length > 0) then(heard, this);
      });
    }
    observe(_, options) {
      super.observe(root, options); // live regions stand beside what is read, too
    }
  };
  window.reader = virtual;
  await virtual.start({ container: root.querySelector(within) });
  window.MutationObserver = Observer;
  await virtual.clearSpokenPhraseLog();
}
"""


@cache
def _source() -> str:
    return READER.read_text("utf-8")


class Reader:
    """`host` is the element in whose shadow root it is; `within`, what it reads there: CSS selectors. The window has
    `bypass_csp`, since pages allow no script but their own."""

    def __init__(self, page: Page, host: str, within: str) -> None:
        self._page = page
        self._find = [host, within]

    async def __aenter__(self) -> Self:
        await self._page.evaluate(START, [_source(), self._find])
        return self

    async def __aexit__(self, *problem: object) -> None:
        await self._page.evaluate("reader.stop()")

    async def spoken(self) -> list[str]:
        """All that live regions made it speak, in order, without "polite: "."""
        phrases: list[str] = await self._page.evaluate("reader.spokenPhraseLog()")
        return [phrase.partition(": ")[2] for phrase in phrases if phrase.startswith(("polite: ", "assertive: "))]

    async def reads(self) -> list[str]:
        """All that there is to read, from the beginning to the end, as somebody would with the arrow keys."""
        words: list[str] = await self._page.evaluate(
            """async () => {
                const read = [];
                for (let step = 0; step < 500; step++) {
                    await reader.next();
                    const phrase = await reader.lastSpokenPhrase();
                    if (read.length > 0 && phrase === read[0]) break;
                    read.push(phrase);
                }
                return read;
            }"""
        )
        return words

    async def comes_to_speak(self, words: str) -> None:
        async def does() -> bool:
            return any(words in phrase for phrase in await self.spoken())

        await until(does, within=WAIT)

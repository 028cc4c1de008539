"""What a screen reader gets from a thread: each thing once, by one mechanism."""

from playwright.async_api import BrowserContext, Page

from tests.kit.browser import shared

SPOKEN = """
() => {
  const root = document.querySelector("iv-lab").shadowRoot;
  window.spoken = [];
  const isLive = (element) => {
    for (let at = element; at; at = at.parentElement) {
      if (at.getAttribute("aria-hidden") === "true") return null;
      const live = at.getAttribute("aria-live");
      if (live === "off") return null;
      const role = live ?? at.getAttribute("role");
      if (["log", "status", "alert", "polite", "assertive"].includes(role)) return role;
    }
    return null;
  };
  // What is read of an added part: not what is hidden, and not what is off.
  const textOf = (node) => {
    if (node.nodeType === Node.TEXT_NODE) return node.data;
    if (node.nodeType !== Node.ELEMENT_NODE) return "";
    if (node.getAttribute("aria-hidden") === "true" || node.getAttribute("aria-live") === "off") return "";
    return [...node.childNodes].map(textOf).join("");
  };
  new MutationObserver((records) => {
    for (const { target, addedNodes, type } of records) {
      const element = target instanceof Element ? target : target.parentElement;
      const region = isLive(element);
      if (region === null || (region === "log" && type !== "childList")) continue; // aria-relevant="additions"
      const added = type === "childList" ? [...addedNodes].map(textOf).join("") : target.data;
      const text = added.replace(/\\s+/g, " ").trim();
      if (text) window.spoken.push(`${region}: ${text}`);
    }
  }).observe(root, { subtree: true, childList: true, characterData: true });
}
"""
"""Keeps what ARIA's rules for live regions would have read: additions that are neither hidden nor switched off."""


class Listener:
    def __init__(self, page: Page) -> None:
        self.page = page

    async def does(self, call: str) -> None:
        await self.page.evaluate(f"() => document.querySelector('iv-lab').{call}")

    async def hears(self) -> list[str]:
        spoken: list[str] = await self.page.evaluate("() => window.spoken.splice(0)")
        return spoken


@shared()
async def listener(window: BrowserContext, gallery: str) -> Listener:
    page = await window.new_page()
    await page.goto(f"{gallery}/?part=lab")
    await page.wait_for_function("document.querySelector('iv-lab')?.shadowRoot?.querySelector('.log')")
    await page.evaluate(SPOKEN)
    return Listener(page)


async def test_history_is_never_spoken(listener: Listener) -> None:
    await listener.does("fill(120, 40)")
    await listener.does("older(50)")
    assert await listener.hears() == []


async def test_streamed_reply_is_spoken_once_and_whole(listener: Listener) -> None:
    await listener.does("fill(20)")
    await listener.does("begin('You can pay')")
    for _ in range(10):
        await listener.does("grow(' in three parts')")
    assert await listener.hears() == []
    await listener.does("end()")
    assert await listener.hears() == [f"log: Billing bot: You can pay{' in three parts' * 10}"]


async def test_cut_reply_and_takeover_are_each_spoken_once(listener: Listener) -> None:
    await listener.does("fill(20)")
    await listener.does("begin('The first one is due on 1 Dec')")
    await listener.does("end(true)")
    await listener.does("joins()")
    assert await listener.hears() == [
        "log: Billing bot: The first one is due on 1 Dec",
        "status: Ana Ruiz has joined. You are talking with a person now.",
    ]


async def test_own_message_is_not_read_back(listener: Listener) -> None:
    await listener.does("fill(20)")
    field = listener.page.get_by_role("textbox", name="Write a message")
    await field.fill("Thank you")
    await field.press("Enter")
    await listener.page.get_by_role("log").get_by_text("Thank you").wait_for()
    assert await listener.hears() == []


async def test_what_was_typed_is_there_after_a_reload_and_in_another_tab(listener: Listener) -> None:
    name = "Write a message"
    field = listener.page.get_by_role("textbox", name=name)
    await field.fill("half a sen")
    await listener.page.reload()
    assert await field.input_value() == "half a sen"
    other = await listener.page.context.new_page()
    await other.goto(listener.page.url)
    await other.get_by_role("textbox", name=name).fill("half a sentence")
    await other.close(run_before_unload=True)
    await listener.page.wait_for_function(
        "() => document.querySelector('iv-lab').shadowRoot.querySelector('textarea').value === 'half a sentence'"
    )

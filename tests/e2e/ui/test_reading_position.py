"""The reading position never moves by itself, and at the end it follows. Measured in pixels, at each painted frame."""

from typing import Any

import pytest
from playwright.async_api import BrowserContext, Page

from tests.kit.browser import shared

WATCH = """
() => {
  const lab = document.querySelector("iv-lab");
  const log = lab.shadowRoot.querySelector(".log");
  const top = log.getBoundingClientRect().top;
  const seen = [...log.querySelectorAll(".item.message")].find((item) => item.getBoundingClientRect().top >= top);
  window.watched = { bubble: seen.querySelector(".bub"), key: seen.dataset.key, tops: [], ends: [] };
  const { bubble, tops, ends } = window.watched;
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {
    tops.push(bubble.isConnected ? bubble.getBoundingClientRect().top : null);
    ends.push(log.scrollHeight - log.clientHeight - log.scrollTop);
  };
  const look = () => {
    port2.postMessage(0);
    window.watched.frame = requestAnimationFrame(look);
  };
  look();
}
"""
"""Notes after each frame where the first whole bubble is, and how far the end is: what was painted, not what was before
the browser had laid out the page."""

FRAMES = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 10))))"


class Lab:
    """A thread that a test changes, and a reader who looks at it."""

    def __init__(self, page: Page) -> None:
        self.page = page

    async def does(self, call: str) -> None:
        await self.page.evaluate(f"() => document.querySelector('iv-lab').{call}")
        await self.page.evaluate(FRAMES)

    async def scrolls(self, top: int) -> None:
        script = "(top) => { document.querySelector('iv-lab').shadowRoot.querySelector('.log').scrollTop = top; }"
        await self.page.evaluate(script, top)
        await self.page.evaluate(FRAMES)
        await self.page.evaluate(FRAMES)

    async def gets_font(self, name: str, value: str) -> None:
        """In a frame, as browsers do it: between two frames nothing is painted that a reader could see move."""
        change = "document.body.lastElementChild.style.setProperty(name, value)"
        await self.page.evaluate(f"([name, value]) => requestAnimationFrame(() => {change})", [name, value])
        await self.page.evaluate(FRAMES)

    async def reads(self) -> None:
        await self.page.evaluate(WATCH)

    async def moved(self) -> float:
        """How far the bubble that was read has been, at most, from where it was."""
        await self.page.evaluate(FRAMES)
        tops: list[float | None] = await self.page.evaluate("() => window.watched.tops")
        there = [top for top in tops if top is not None]
        assert len(there) == len(tops), "the bubble that was read was taken out of the page"
        return max(abs(top - there[0]) for top in there)

    async def from_end(self) -> float:
        await self.page.evaluate(FRAMES)
        ends: list[float] = await self.page.evaluate("() => window.watched.ends")
        return max(ends)

    async def asks(self, script: str) -> Any:
        return await self.page.evaluate(f"() => {{ const lab = document.querySelector('iv-lab'); return {script}; }}")


@shared()
async def lab(window: BrowserContext, gallery: str) -> Lab:
    page = await window.new_page()
    await page.goto(f"{gallery}/?part=lab")
    await page.wait_for_function("document.querySelector('iv-lab')?.shadowRoot?.querySelector('.log')")
    return Lab(page)


async def test_reader_is_not_moved_when_a_message_comes(lab: Lab) -> None:
    await lab.does("fill(60)")
    await lab.scrolls(900)
    await lab.reads()
    for _ in range(5):
        await lab.does("bot('A new message that has a few more words in it, so that it wraps.')")
    assert await lab.moved() == 0
    assert await lab.asks("lab.shadowRoot.querySelector('.newest').textContent.trim()") == "5 new↓"


async def test_reader_is_not_moved_while_a_reply_grows_and_is_cut(lab: Lab) -> None:
    await lab.does("fill(60)")
    await lab.scrolls(900)
    await lab.reads()
    await lab.does("begin('It begins')")
    for _ in range(30):
        await lab.does("grow(' and goes on with a few more words')")
    await lab.does("end(true)")
    await lab.does("joins()")
    assert await lab.moved() == 0


@pytest.mark.parametrize("top", [0, 1, 350])
async def test_reader_is_not_moved_when_fifty_older_messages_load(lab: Lab, top: int) -> None:
    await lab.does("fill(300, 60)")
    await lab.scrolls(top)
    await lab.reads()
    await lab.does("older(50)")
    await lab.does("older(50)")
    assert await lab.moved() == 0
    count = await lab.asks("lab.shadowRoot.querySelectorAll('.item.message').length")
    assert count >= 160


async def test_reader_is_not_moved_while_older_messages_load_and_a_reply_grows(lab: Lab) -> None:
    await lab.does("fill(300, 60)")
    await lab.does("begin('It begins')")
    await lab.scrolls(300)
    await lab.reads()
    for _ in range(4):
        await lab.does("grow(' and goes on with a few more words')")
        await lab.does("older(50)")
    assert await lab.moved() == 0


async def test_reader_is_not_moved_when_a_font_comes_late_or_the_window_gets_lower(lab: Lab) -> None:
    await lab.does("fill(120)")
    await lab.scrolls(2000)
    await lab.reads()
    await lab.gets_font("--iv-t12", "400 24px/40px serif")  # the lines below the bubbles grow
    await lab.page.set_viewport_size({"width": 1280, "height": 500})
    assert await lab.moved() < 1


async def test_reader_at_the_end_follows_a_message_and_a_growing_reply(lab: Lab) -> None:
    await lab.does("fill(60)")
    await lab.reads()
    await lab.does("bot('A new message')")
    await lab.does("begin('It begins')")
    for _ in range(20):
        await lab.does("grow(' and goes on with a few more words')")
    await lab.does("end()")
    await lab.gets_font("--iv-t15", "400 24px/40px serif")
    assert await lab.from_end() <= 1


async def test_reader_who_begins_to_scroll_up_while_a_reply_grows_is_not_pulled_back(lab: Lab) -> None:
    await lab.does("fill(60)")
    await lab.does("begin('It begins')")
    await lab.page.mouse.move(200, 300)
    await lab.page.mouse.wheel(0, -40)
    await lab.page.evaluate(FRAMES)
    await lab.page.evaluate(FRAMES)
    await lab.reads()
    for _ in range(10):
        await lab.does("grow(' and goes on with a few more words')")
    assert await lab.moved() == 0
    assert await lab.from_end() > 30


async def test_reader_goes_down_with_the_button_and_follows_again(lab: Lab) -> None:
    await lab.does("fill(60)")
    await lab.scrolls(500)
    await lab.does("bot('one')")
    await lab.does("bot('two')")
    await lab.page.get_by_role("button", name="2 new").click()
    await lab.reads()
    await lab.does("bot('three')")
    assert await lab.from_end() <= 1
    assert await lab.page.get_by_role("button", name="new").count() == 0


async def test_reader_scrolls_up_through_a_thousand_messages_that_were_never_drawn(lab: Lab) -> None:
    """What comes into view gets its real size: it grows away from the reader."""
    await lab.does("fill(1000)")
    for _ in range(12):
        await lab.page.mouse.move(200, 300)
        await lab.page.mouse.wheel(0, -700)
        await lab.page.evaluate(FRAMES)
        await lab.page.evaluate(FRAMES)
        await lab.reads()
        assert await lab.moved() == 0
        await lab.page.evaluate("() => cancelAnimationFrame(window.watched.frame)")


async def test_reply_grows_in_one_of_a_thousand_messages(lab: Lab) -> None:
    """No other element is touched, so that a long thread costs what a short one costs."""
    await lab.does("fill(1000)")
    await lab.does("begin('It begins')")
    await lab.page.evaluate(
        """() => {
          const log = document.querySelector("iv-lab").shadowRoot.querySelector(".log");
          window.touched = new Set();
          new MutationObserver((records) => {
            for (const { target } of records) {
              const element = target instanceof Element ? target : target.parentElement;
              window.touched.add(element.closest(".item")?.dataset.key ?? element.className);
            }
          }).observe(log, { subtree: true, childList: true, characterData: true, attributes: true });
        }"""
    )
    for _ in range(20):
        await lab.does("grow(' and goes on')")
    assert await lab.asks("window.touched.size") == 1

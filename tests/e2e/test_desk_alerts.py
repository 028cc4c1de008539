"""What calls an agent who looks elsewhere: the browser's notifications, the sound, the count in the title."""

import re
from typing import Any

from playwright.async_api import Page, expect

from tests.e2e.axe import barriers, has_no_barriers
from tests.e2e.desks import Desk, a_customer
from tests.e2e.windows import Windows
from tests.kit.limits import WAIT
from tests.kit.people import Agent, Customer
from tests.kit.server import ServerProcess, until

LOOKS_ELSEWHERE = """
() => {
  globalThis.called = { shown: [], closed: 0, tones: 0, asked: 0 };
  globalThis.isLookedAt = true;
  Document.prototype.hasFocus = () => globalThis.isLookedAt;
  const Real = Notification;
  globalThis.Notification = class extends Real {
    static async requestPermission() {
      called.asked += 1;
      return Real.requestPermission();
    }
    constructor(title, options) {
      super(title, options);
      this.addEventListener("show", () => called.shown.push({ title: this.title, body: this.body, tag: this.tag }));
      this.addEventListener("close", () => { called.closed += 1; });
      called.last = this;
    }
  };
  const { createOscillator } = AudioContext.prototype;
  AudioContext.prototype.createOscillator = function () { called.tones += 1; return createOscillator.call(this); };
}
"""
"""Notifications are the browser's own: what it has shown is written down. Windows of a headless browser do not cover
each other, so a page is told whether it is looked at; the sound is counted where the page makes it."""


async def at_the_desk(whole: Windows, house: ServerProcess, name: str, *permissions: str, role: str = "Agent") -> Desk:
    page = await whole.opens(house.url, **({"permissions": permissions} if permissions else {}))
    await page.add_init_script(f"({LOOKS_ELSEWHERE})()")
    desk = Desk(page, house)
    desk.name = name
    await page.goto(desk.url)
    await desk.enters_by_name(role)  # browsers let a page make sounds once somebody has used it
    await desk.is_ready()
    return desk


async def look(page: Page, is_looked_at: bool) -> None:
    await page.evaluate("(is) => { isLookedAt = is; dispatchEvent(new Event(is ? 'focus' : 'blur')); }", is_looked_at)


async def called(page: Page) -> dict[str, Any]:
    return dict(await page.evaluate("({...called, last: null})"))


async def has(page: Page, what: str, count: int) -> None:
    """What the page has done so often."""

    async def is_so() -> bool:
        return int(await page.evaluate(f"called.{what}")) >= count

    await until(is_so, WAIT)


async def waits(customer: Customer) -> None:
    """For a person."""
    await customer.says("Hello")
    await customer.asks_for_a_person()


async def test_a_fresh_account_is_called_by_sound_title_and_browser_and_a_click_leads_there(
    whole: Windows, house: ServerProcess
) -> None:
    """And what is shown goes when a colleague has picked it up."""
    desk = await at_the_desk(whole, house, "Ana", "notifications")
    page = desk.page
    maria = await a_customer(house)
    await look(page, False)
    await waits(maria)
    await has(page, "shown.length", 1)
    await has(page, "tones", 2)
    seen = await called(page)
    assert seen["shown"][0]["title"] == f"{maria.name} is waiting"
    assert seen["tones"] == 2
    assert seen["asked"] == 0
    await expect(page).to_have_title(re.compile(r"^\(\d+\) "))
    await page.evaluate("called.last.onclick()")
    await expect(page).to_have_url(re.compile(f"/desk/c/{maria.c}"))
    await look(page, True)
    await desk.clicks("Pick up")
    await expect(desk.reply_box).to_be_focused()
    await look(page, False)
    await maria.says("Are you there?")
    await has(page, "shown.length", 2)
    assert (await called(page))["shown"][1] | {"tag": ""} == {"title": maria.name, "body": "Are you there?", "tag": ""}
    await look(page, True)
    await maria.says("Hello?")
    await expect(desk.log).to_contain_text("Hello?")
    assert len((await called(page))["shown"]) == 2
    await look(page, False)
    tom = await a_customer(house)
    await waits(tom)
    await has(page, "shown.length", 3)
    closed = (await called(page))["closed"]
    async with Agent(house, "Ben") as ben:
        await ben.watches(tom.c)
        await ben.intervenes(tom.c)
        await has(page, "closed", closed + 1)


async def test_of_two_windows_one_calls(whole: Windows, house: ServerProcess) -> None:
    desk = await at_the_desk(whole, house, "Ana", "notifications")
    second = await desk.page.context.new_page()
    await second.add_init_script(f"({LOOKS_ELSEWHERE})()")
    other = Desk(second, house)
    await other.enters_as("Ana")
    for page in (second, desk.page):
        await look(page, True)
        await look(page, False)
    maria = await a_customer(house)
    await waits(maria)
    await has(desk.page, "shown.length", 1)
    await desk.page.close()
    ben = await a_customer(house)
    await waits(ben)
    await has(second, "shown.length", 1)
    assert [each["title"] for each in (await called(second))["shown"]] == [f"{ben.name} is waiting"]


async def test_a_blocked_permission_is_said_once_with_the_way_to_mend_it(whole: Windows, house: ServerProcess) -> None:
    """A headless browser answers for the person: no."""
    desk = await at_the_desk(whole, house, "Nora")
    page = desk.page
    ask = page.get_by_role("button", name="Turn on notifications")
    await expect(ask).to_be_hidden()
    await look(page, False)
    await waits(await a_customer(house))
    await expect(ask).to_be_visible()
    assert (await called(page))["asked"] == 0
    await desk.screenshots("40-ask-notifications")
    await ask.click()
    await expect(page.get_by_text("This browser blocks notifications of the desk.")).to_be_visible()
    await has_no_barriers(page)
    await desk.clicks("Understood")
    await waits(await a_customer(house))
    await has(page, "tones", 2)
    await expect(page.get_by_text("This browser blocks notifications")).to_be_hidden()
    await page.goto(f"{house.url}/desk/settings/notifications")
    await expect(page.get_by_text("The browser blocks them for this page.")).to_be_visible()
    await page.get_by_role("checkbox", name="Sound").uncheck()
    await expect(desk.status).to_have_text("Saved.")
    await desk.clicks("Play the sound")
    await has(page, "tones", 2)
    await desk.screenshots("41-settings-notifications")
    assert not await barriers(page)
    await page.reload()
    await expect(page.get_by_role("checkbox", name="Sound")).not_to_be_checked()

"""Hostile text wherever the desk shows it: what customers, bots and colleagues write and are called, and what an admin
names. It is text, on every part of the screen, in what the browser shows beside it, and in files.
"""

import json
import re
from pathlib import Path
from typing import Any

from playwright.async_api import Page, expect

from tests.e2e.desks import Desk, in_mid_sentence
from tests.e2e.hostile import TEXTS
from tests.e2e.test_desk_actions import sets
from tests.e2e.test_desk_alerts import at_the_desk, called, has, look
from tests.e2e.windows import Windows
from tests.kit.people import Agent, Customer, accepted
from tests.kit.server import ServerProcess

TAG = "<img src=x onerror=document.title='broken'>"
NAME = f"../..\\{TAG}\u202etxt.exe"
FORMULAS = ("=HYPERLINK(1)", "+1+1", "-1+1", "@SUM(1)", "\t=1", "\r=1")

ELEMENTS = """
() => {
  const hostile = "img, script:not([src]), iframe, [onclick], [onerror], [onload], a[href^='javascript' i]";
  const found = [];
  const look = (root) => {
    for (const each of root.querySelectorAll("*")) {
      if (each.matches(hostile)) found.push(each.outerHTML);
      if (each.shadowRoot) look(each.shadowRoot);
    }
  };
  look(document);
  return found;
}
"""


async def is_unharmed(page: Page) -> None:
    assert await page.evaluate(ELEMENTS) == []
    assert await page.title() != "broken"
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def downloads(desk: Desk, label: str) -> tuple[str, str]:
    """The name of the file and what is in it."""
    async with desk.page.expect_download() as waiting:
        await desk.page.get_by_role("complementary").get_by_role("button", name=label).click()
    given = await waiting.value
    return given.suggested_filename, Path(await given.path()).read_bytes().decode("utf-8")


async def test_what_is_hostile_is_text_in_every_part_of_the_desk(own_house: ServerProcess, whole: Windows) -> None:
    """[P6] In rows, thread, panel, notes, statuses, tags, queues, canned replies, palette, notifications and files."""
    named: dict[str, Any] = {"name": TAG}
    queue = await sets(own_house, "queues", **named)
    status = await sets(own_house, "statuses", colour="#aa0000", **named)
    await sets(own_house, "statuses", name=f"2 {TAG}", colour="#aa0000")
    await sets(own_house, "canned-replies", text=TEXTS["svg"], **named)
    customer = Customer(own_house, "Mallory", called=NAME)
    await customer.joins()
    await customer.opens()
    await in_mid_sentence(customer)
    desk = await at_the_desk(whole, own_house, TAG, "notifications", role="Supervisor")
    page = desk.page
    row = page.get_by_role("listitem").filter(has_text=TAG)
    await expect(row).to_contain_text("is replying")

    await look(page, False)
    await customer.says(TEXTS["html"])
    async with Agent(own_house, "Gus", "supervisor") as gus:
        await gus.watches(customer.c)
        accepted(await gus.does("set_status", customer.c, status=status))
        accepted(await gus.does("set_tags", customer.c, tags=[TAG[:40]]))
        await gus.notes(customer.c, TEXTS["closing tags"])
        await gus.intervenes(customer.c)
        await gus.says(customer.c, TEXTS["a link in markdown"])
        await gus.releases(customer.c)
        await has(page, "shown.length", 1)
        accepted(await gus.does("set_queue", customer.c, queue=queue))
    notice = (await called(page))["shown"][0]
    assert "is waiting" in notice["title"]
    assert TAG in notice["title"]
    assert not re.search("[\u202a-\u202e\u2066-\u2069]", notice["title"] + notice["body"])
    await look(page, True)
    await is_unharmed(page)

    await expect(row).to_contain_text(TAG)
    await row.get_by_role("link").click()
    for text in (TEXTS["html"], TEXTS["closing tags"], TEXTS["a link in markdown"]):
        await expect(desk.log).to_contain_text(text)
    panel = page.get_by_role("complementary")
    await expect(panel).to_contain_text(TAG[:40])
    await is_unharmed(page)

    await desk.presses("Control+k")
    await page.get_by_role("combobox", name="Commands").fill("img")
    options = page.get_by_role("option")
    await expect(options.filter(has_text=f"Set status: 2 {TAG}")).to_be_visible()
    await is_unharmed(page)
    await desk.presses("Escape")
    await desk.clicks("Pick up")
    await expect(desk.reply_box).to_be_focused()
    await page.keyboard.type("/img")
    await expect(page.get_by_role("option")).to_contain_text([TAG])
    await is_unharmed(page)
    await desk.presses("Enter")
    await expect(desk.reply_box).to_have_value(TEXTS["svg"])
    await desk.presses("Enter")
    await customer.sees(customer.c, lambda event: event.text == TEXTS["svg"])
    for formula in FORMULAS:
        await customer.says(formula)
    await expect(desk.log).to_contain_text("SUM(1)")
    await is_unharmed(page)

    name, text = await downloads(desk, "Download as text")
    assert re.fullmatch(r"transcript-[\w-]+\.txt", name), name
    assert TEXTS["html"] in text
    # No line begins as a formula, or as a line that somebody else has written.
    assert [line for line in text.splitlines() if not re.match(r"\d{4}-\d\d-\d\d |#|  |$", line)] == []
    name, text = await downloads(desk, "Download as JSON")
    assert re.fullmatch(r"transcript-[\w-]+\.json", name), name
    said = [line.get("text") for line in json.loads(text)["lines"]]
    assert {*FORMULAS, TEXTS["html"], TEXTS["a link in markdown"]} <= set(said)
    await customer.leaves()

"""The supervisor's wall: bots at work, live, a takeover from a tile, and what takeovers come to."""

import re

from playwright.async_api import Locator, expect

from tests.e2e.axe import has_no_barriers
from tests.e2e.desks import Desk, a_customer, in_mid_sentence
from tests.e2e.hostile import NAMES, TEXTS
from tests.e2e.people import People
from tests.e2e.windows import Windows
from tests.kit.server import ServerProcess


async def on_the_wall(windows: Windows, server: ServerProcess, name: str = "Sue", role: str = "Supervisor") -> Desk:
    desk = await Desk.opens(windows, server, name, role)
    await desk.page.get_by_role("link", name="Wall", exact=True).click()
    await expect(desk.heading("Wall").first).to_be_focused()
    return desk


def tile_of(desk: Desk, name: str) -> Locator:
    return desk.page.get_by_role("list", name="Bots at work").get_by_role("listitem").filter(has_text=name)


def sum_of(desk: Desk, words: str) -> Locator:
    return desk.page.get_by_role("list", name="Conversations now").get_by_role("listitem").filter(has_text=words)


async def test_a_supervisor_intervenes_from_a_live_tile_and_the_figures_follow(
    own_house: ServerProcess, windows: Windows
) -> None:
    """[P8] By keyboard alone."""
    key, bearer = {"idempotency-key": "q1"}, f"Bearer {own_house.agent_token('Adi', 'admin')}"
    await own_house.ask("POST", "/v1/queues", b'{"name":"Disputes"}', authorization=bearer, **key)
    desk = await on_the_wall(windows, own_house)
    page = desk.page
    await expect(desk.heading("No bot is answering")).to_be_visible()
    await expect(desk.heading("No takeovers yet")).to_be_visible()
    await has_no_barriers(desk.page)
    amy, bob = await a_customer(own_house, "Amy"), await a_customer(own_house, "Bob")
    for each in (amy, bob):
        await in_mid_sentence(each)
        await expect(tile_of(desk, each.name)).to_contain_text("is writing")
        await expect(tile_of(desk, each.name).locator("p.live")).to_contain_text("instalments open")
    await expect(sum_of(desk, "with a bot")).to_contain_text("2")
    await expect(page.get_by_role("button", name="Whole screen")).to_be_visible()
    await page.get_by_role("button", name="Queue: All queues").click()
    await page.get_by_role("menuitem", name="Disputes").click()
    await expect(desk.heading("No bot is answering")).to_be_visible()
    await expect(sum_of(desk, "with a bot")).to_contain_text("0")
    await page.get_by_role("button", name="Queue: Disputes").click()
    await page.get_by_role("menuitem", name="All queues").click()
    await expect(tile_of(desk, amy.name)).to_be_visible()
    await has_no_barriers(desk.page)
    await page.get_by_role("link", name=amy.name).focus()
    button = tile_of(desk, amy.name).get_by_role("button", name=f"Intervene, {amy.name}")
    await desk.presses("Tab")
    await expect(button).to_be_focused()
    await desk.presses("Enter")
    await expect(page.get_by_role("heading", name=amy.name, level=1)).to_be_visible()
    await expect(desk.reply_box).to_be_focused()
    await expect(desk.log).to_contain_text("Sue took over from")
    await page.go_back()
    await expect(tile_of(desk, bob.name)).to_be_visible()
    await expect(tile_of(desk, amy.name)).to_have_count(0)
    await expect(sum_of(desk, "with a bot")).to_contain_text("1")
    await expect(sum_of(desk, "with people")).to_contain_text("1")
    figures = page.get_by_role("complementary", name="Takeovers")
    await expect(figures.get_by_text("1 takeover", exact=False).first).to_be_visible()
    await expect(figures.get_by_role("img", name=re.compile("Half of the takeovers within"))).to_be_visible()
    late = figures.locator("dl > div").filter(has_text="bot words after a takeover")
    await expect(late.get_by_role("definition")).to_have_text("0")
    await figures.get_by_text("As a table").first.focus()
    await desk.presses("Enter")
    await expect(figures.get_by_role("table", name="Takeover times").get_by_role("cell", name="1")).to_be_visible()
    steps = figures.get_by_role("table", name="How often people step in").get_by_role("row", name="Assistant")
    await expect(steps.get_by_role("cell")).to_have_text(["2", "1", "", "50"])
    await page.get_by_role("button", name="7 days").click()
    await expect(figures.get_by_role("img", name=re.compile("Half of the takeovers within"))).to_be_visible()
    await has_no_barriers(desk.page)
    await desk.screenshots("40-wall")
    await bob.asks_for_a_person()
    await expect(sum_of(desk, "waiting, longest")).to_contain_text("1")
    for each in (amy, bob):
        await each.leaves()


async def test_names_and_texts_on_the_wall_are_only_text(
    own_house: ServerProcess, windows: Windows, people: People
) -> None:
    maria = await people.customer(own_house, NAMES["html"])
    await maria.arrives()
    await maria.writes(TEXTS["a long word"])
    desk = await on_the_wall(windows, own_house)
    await expect(tile_of(desk, NAMES["html"])).to_have_count(1)
    await maria.writes(TEXTS["svg"])
    tile = tile_of(desk, NAMES["html"])
    await expect(tile).to_contain_text("is writing")
    await expect(tile.locator("img, b, a")).to_have_count(1)  # the link to the conversation
    assert "broken" not in await desk.page.title()
    assert await desk.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_an_agent_has_no_wall(windows: Windows, house: ServerProcess) -> None:
    desk = await Desk.opens(windows, house, "Ana")
    await expect(desk.page.get_by_role("link", name="Contacts", exact=True)).to_be_visible()
    await expect(desk.page.get_by_role("link", name="Wall", exact=True)).to_have_count(0)
    await desk.page.goto(f"{house.url}/desk/wall")
    await expect(desk.heading("Wall is not among what you may see")).to_be_visible()
    await desk.page.get_by_role("main").get_by_role("link", name="Conversations").click()
    await expect(desk.heading("No conversation is open")).to_be_visible()

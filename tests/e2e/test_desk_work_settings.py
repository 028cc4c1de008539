"""What an admin sets for the work: queues with hours, statuses, canned replies, and what others see of it."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import anyio
import msgspec
import pytest
from playwright.async_api import Route, expect

from tests.e2e.axe import has_no_barriers
from tests.e2e.desks import Desk, a_customer
from tests.e2e.hostile import NAMES
from tests.e2e.people import SCRIPT
from tests.e2e.windows import Windows
from tests.kit.server import ServerProcess

HOSTILE = NAMES["html"]


@pytest.fixture
async def team(tmp_path: Path) -> AsyncIterator[ServerProcess]:
    """A server with the demo organisation, whose admin is Omar."""
    team = ServerProcess(tmp_path, SCRIPT, drain_seconds="0", demo="true")
    await team.start()
    yield team
    await team.stop()
    assert not team.complaints, "\n".join(team.complaints)


async def another_admin(team: ServerProcess, method: str, path: str, header: str, **members: Any) -> str:
    """Over HTTP, meanwhile. The id of the row."""
    name, _, value = header.partition(": ")
    bearer = f"Bearer {team.agent_token('Zoe', 'admin')}"
    body = msgspec.json.encode(members)
    reply = await team.ask(method, f"/v1/{path}", body, authorization=bearer, **{name: value})
    assert reply.status in (200, 201), reply
    return str(reply.json["id"])


async def comes(windows: Windows, team: ServerProcess, name: str, page: str) -> Desk:
    """To a page of the settings, as somebody of the demo organisation."""
    desk = Desk(await windows.opens(team.url), team)
    await desk.page.goto(f"{team.url}/desk/settings/{page}")
    await desk.page.get_by_role("button", name=re.compile(f"^{name} ")).click()
    await expect(desk.page.get_by_role("navigation", name="Settings")).to_be_visible()
    return desk


async def test_admin_makes_a_queue_with_hours_and_loses_nothing_on_the_way(
    team: ServerProcess, windows: Windows
) -> None:
    await another_admin(team, "POST", "queues", "idempotency-key: hostile", name=HOSTILE)
    desk = await comes(windows, team, "Omar", "queues")
    page = desk.page
    await expect(page.get_by_role("row").filter(has_text="<b onclick=x>")).to_be_visible()
    await has_no_barriers(page)
    await desk.screenshots("40-queues")

    await desk.clicks("New queue")
    name = page.get_by_label("Name", exact=True)
    await expect(name).to_be_focused()
    await desk.presses("Enter")
    await expect(page.get_by_text("This is needed.")).to_be_visible()
    await expect(name).to_be_focused()
    await name.fill("Claims")
    await page.get_by_role("radio", name="Only who answers it").check()
    await page.get_by_label("Cleo", exact=True).check()
    await has_no_barriers(page)
    await desk.screenshots("41-queue")

    await page.get_by_role("link", name="Opening hours").click()  # the queue waits meanwhile
    await expect(desk.status).to_have_text("What you changed under Queues is kept, and not saved yet.")
    await desk.clicks("New hours")
    await page.get_by_label("Name", exact=True).fill("Late shift")
    await page.get_by_label("Time zone").fill("Berlin")
    await desk.clicks("Add hours on Friday")
    await page.get_by_label("Friday, opens").last.fill("22:00")
    await page.get_by_label("Friday, closes").last.fill("02:00")
    await expect(page.get_by_text("until the next day")).to_be_visible()
    await desk.clicks("Add a holiday")
    await page.get_by_label("Date").fill("2026-12-25")
    await desk.clicks("Save")
    await expect(page.get_by_text("There is no such time zone.")).to_be_visible()
    await has_no_barriers(page)
    await page.get_by_label("Time zone").fill("Europe/Berlin")
    await desk.screenshots("43-hours-form")
    await desk.clicks("Save")
    await expect(page.get_by_role("row", name=re.compile("Late shift.*22:00–02:00.*Berlin"))).to_be_visible()
    await desk.screenshots("42-hours")
    await has_no_barriers(page)

    await page.get_by_role("link", name="Queues").click()
    await expect(page.get_by_text("You changed this before")).to_be_visible()
    await expect(page.get_by_label("Name", exact=True)).to_have_value("Claims")
    await page.get_by_label("Hours", exact=True).select_option(label="Late shift")
    await desk.clicks("Save")
    await expect(page.get_by_role("row", name=re.compile("Claims Active 1 person Late shift"))).to_be_visible()


async def test_what_an_admin_sets_is_at_hand_in_a_conversation(team: ServerProcess, windows: Windows) -> None:
    """A status, by keyboard and by drag in its place, a reason, a canned reply; as hostile as they can be named."""
    await another_admin(team, "POST", "statuses", "idempotency-key: hostile", name=HOSTILE, position=9000)
    await another_admin(team, "POST", "canned-replies", "idempotency-key: hostile", name=HOSTILE, text=HOSTILE)
    customer = await a_customer(team)
    desk = await comes(windows, team, "Omar", "statuses")
    page = desk.page
    clicked = anyio.Event()

    async def late(route: Route) -> None:
        await clicked.wait()
        await route.continue_()

    await page.route("**/v1/statuses*", late)
    await page.reload()
    await desk.clicks("New status")  # before the others are there
    clicked.set()
    await expect(page.get_by_label("Status", exact=True)).to_be_focused()
    await page.unroute_all()
    await page.keyboard.type("Promise to pay")
    await page.get_by_role("radio", name="Red").check()
    await has_no_barriers(page)
    await desk.screenshots("44-status-form")
    await desk.presses("Enter")
    order = page.get_by_role("list", name="Statuses").get_by_role("listitem")
    await expect(order).to_have_count(6)
    await expect(order.last).to_contain_text("Promise to pay")
    grip = page.get_by_role("button", name="Move Promise to pay")
    await grip.press("Home")
    await expect(desk.status).to_have_text("Promise to pay is 1 of 6 now.")
    await expect(grip).to_be_focused()
    await grip.hover()
    await page.mouse.down()
    await order.nth(1).hover()
    await page.mouse.up()
    await expect(desk.status).to_have_text("Promise to pay is 2 of 6 now.")
    await page.reload()
    await expect(order.nth(1)).to_contain_text("Promise to pay")
    await has_no_barriers(page)
    await desk.screenshots("45-statuses")

    await page.get_by_role("link", name="Fields").click()
    await page.get_by_role("button", name="Plan", exact=True).click()
    await page.get_by_label("Choices").fill("Three parts\nSix parts\nTwelve parts")
    await has_no_barriers(page)
    await desk.screenshots("50-field-form")
    await desk.clicks("Save")
    await expect(page.get_by_text("One of a list: Three parts, Six parts, Twelve parts")).to_be_visible()

    await page.get_by_role("link", name="Canned replies").click()
    await desk.clicks("New canned reply")
    await page.get_by_label("Name", exact=True).fill("Instalments")
    await page.get_by_label("Text", exact=True).fill("Hello ")
    await desk.clicks("The customer's name")
    await page.keyboard.type(", pay in three parts.")
    await expect(page.get_by_text("Hello Maria, pay in three parts.")).to_be_visible()
    await has_no_barriers(page)
    await desk.screenshots("46-canned-form")
    await desk.clicks("Save")
    await expect(page.get_by_role("row", name=re.compile("^Instalments"))).to_be_visible()
    await desk.screenshots("47-canned")
    await has_no_barriers(page)

    await page.goto(f"{team.url}/desk/c/{customer.c}")
    await desk.intervenes()
    await desk.reply_box.fill("/instal")
    await page.get_by_role("option", name="Instalments").click()
    await expect(desk.reply_box).to_have_value(re.compile("Hello Maria.*, pay in three parts."))
    await desk.reply_box.fill("")
    await desk.presses("Alt+S")
    await expect(page.get_by_role("option", name="Promise to pay")).to_be_visible()
    await desk.presses("Escape")


async def test_a_channel_has_its_lines_and_colours_that_can_be_read(team: ServerProcess, windows: Windows) -> None:
    desk = await comes(windows, team, "Omar", "webchat")
    page = desk.page
    windows.may_complain("422 (Unprocessable Entity)")
    await page.get_by_role("button", name="Web chat", exact=True).click()
    await page.get_by_label("Pages").fill("shop")
    await desk.clicks("Save")
    await expect(page.get_by_text("An origin is not one")).to_be_visible()
    await expect(page.get_by_label("Pages")).to_be_focused()
    lines = page.get_by_role("group", name="Lines for the page")
    await expect(lines).to_have_text(f'<script async src="{team.url}/widget.js" data-channel="webchat"></script>')
    await page.get_by_label("Launcher").fill("#7fb0ff")
    await expect(page.get_by_text("Contrast 2.1:1. The chat refuses less than 4.5:1")).to_be_visible()
    await expect(lines).not_to_contain_text("--iv-you-solid")
    await expect(page.locator(".chat .own")).to_have_css("background-color", "rgb(45, 75, 224)")
    await page.get_by_label("Launcher").fill("#0a5c36")
    await expect(lines).to_contain_text("--iv-you-solid: #0a5c36; --iv-you-on: #ffffff")
    own = page.locator(".chat .own")
    await expect(own).to_have_css("background-color", "rgb(10, 92, 54)")
    await has_no_barriers(page)
    await desk.screenshots("48-webchat")
    await page.get_by_label("Pages").fill("https://shop.example")
    await desk.clicks("Save")
    await expect(page.get_by_role("row", name=re.compile("Web chat.*1 page origin"))).to_be_visible()

    await page.get_by_role("link", name="Blocklist").click()
    await desk.clicks("Block an address")
    await page.get_by_label("Address", exact=True).fill(HOSTILE)
    await page.get_by_label("Why", exact=True).fill("Threats")
    await page.get_by_role("link", name="Web chat").click()
    await page.get_by_role("link", name="Blocklist").click()
    await expect(page.get_by_label("Address", exact=True)).to_have_value(HOSTILE)
    await has_no_barriers(page)
    await page.get_by_role("button", name="Block", exact=True).click()
    await expect(page.get_by_role("row", name=re.compile("Mallory.*Everywhere.*Threats"))).to_be_visible()
    await has_no_barriers(page)
    await desk.screenshots("49-blocklist")
    await page.get_by_role("button", name="Lift the block").click()
    await page.get_by_role("dialog").get_by_role("button", name="Lift").click()
    await expect(page.get_by_text("Nobody is blocked")).to_be_visible()


async def test_a_supervisor_looks_at_what_only_admins_change(team: ServerProcess, windows: Windows) -> None:
    desk = await comes(windows, team, "Sofia", "queues")
    page = desk.page
    await expect(page.get_by_text("Admins of your organisation change it.")).to_be_visible()
    await expect(page.get_by_role("row", name=re.compile("Complaints"))).to_be_visible()
    await expect(page.get_by_role("button", name="New queue")).to_have_count(0)
    await expect(page.get_by_role("button", name="More about")).to_have_count(0)
    await page.get_by_role("link", name="Canned replies").click()
    await expect(page.get_by_role("button", name="New canned reply")).to_be_visible()


async def test_two_admins_do_not_overwrite_each_other(team: ServerProcess, windows: Windows) -> None:
    queue = await another_admin(team, "POST", "queues", "idempotency-key: claims", name="Claims")
    desk = await comes(windows, team, "Omar", "queues")
    page = desk.page
    windows.may_complain("412 (Precondition Failed)")
    await page.get_by_role("button", name="Claims", exact=True).click()
    await page.get_by_label("Closing needs a reason").check()
    await page.get_by_label("Customers see their place in line").check()
    await another_admin(team, "PATCH", f"queues/{queue}", 'if-match: "1"', name="Disputes")
    await desk.clicks("Save")
    await expect(page.get_by_text("Somebody else changed: Name.")).to_be_visible()
    await expect(page.get_by_label("Name", exact=True)).to_have_value("Disputes")
    await expect(page.get_by_label("Closing needs a reason")).to_be_checked()
    await desk.clicks("Save")
    await page.get_by_role("button", name="More about Disputes").click()
    bearer = f"Bearer {team.agent_token('Zoe', 'admin')}"
    row = (await team.ask("GET", f"/v1/queues/{queue}", authorization=bearer)).json
    assert (row["name"], row["needs_reason"], row["shows_place"]) == ("Disputes", True, True)
    await page.get_by_role("menuitem", name="Remove").click()
    await expect(page.get_by_role("dialog")).to_contain_text("What waits here stays")
    await page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    await expect(page.get_by_role("row", name=re.compile("Disputes"))).to_have_count(0)
    await page.get_by_text("Removed: 1").click()
    await desk.clicks("Restore Disputes")
    await expect(page.get_by_role("row", name=re.compile("Disputes"))).to_be_visible()


async def test_admin_renames_a_tag_and_joins_it_with_another(team: ServerProcess, windows: Windows) -> None:
    """[R169]"""
    bearer = f"Bearer {team.agent_token('Zoe', 'admin')}"
    listed = await team.ask("GET", "/v1/conversations", authorization=bearer)
    for n, row in enumerate(listed.json["items"][:2]):
        body = msgspec.json.encode({"epoch": row["epoch"], "tags": ["vip", HOSTILE] if n else ["vip", "gold"]})
        path = f"/v1/conversations/{row['id']}/set_tags"
        reply = await team.ask("POST", path, body, authorization=bearer, **{"idempotency-key": f"tags-{n}"})
        assert reply.status == 200, reply
    desk = await comes(windows, team, "Omar", "tags")
    page = desk.page
    windows.may_complain("409 (Conflict)")
    await expect(page.get_by_role("row").filter(has_text="<b onclick=x>")).to_be_visible()
    await desk.clicks("Rename vip")
    await expect(page.get_by_label("New name")).to_be_focused()
    await has_no_barriers(page)
    await desk.screenshots("49-tags")
    await page.get_by_label("New name").fill("")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("This is needed.")).to_be_visible()
    await page.get_by_label("New name").fill("gold")
    await page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    await expect(dialog).to_contain_text("There is a tag gold already")
    await dialog.get_by_role("button", name="Cancel").click()
    await expect(page.get_by_role("row", name="vip 2")).to_be_visible()
    await page.get_by_label("New name").fill("best")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("row", name="best 2")).to_be_visible()
    await expect(page.get_by_role("button", name="Rename best")).to_be_focused()
    await desk.clicks("Rename best")
    await page.get_by_label("New name").fill("gold")
    await page.keyboard.press("Enter")
    await dialog.get_by_role("button", name="Join them").click()
    await expect(page.get_by_role("row", name="gold 2")).to_be_visible()
    await expect(page.get_by_role("row", name="best")).to_have_count(0)

"""What one does with a conversation from the three dots: by pointer, by keys, and by a long list of choices."""

import re
from pathlib import Path
from typing import Any

import msgspec
from playwright.async_api import expect

from tests.e2e.axe import has_no_barriers
from tests.e2e.desks import Desk, a_customer, a_held_one, in_mid_sentence
from tests.e2e.hostile import NAMES, TEXTS
from tests.e2e.windows import Windows
from tests.kit.server import ServerProcess

HOSTILE = TEXTS["html"][:70]


async def sets(server: ServerProcess, path: str, **members: Any) -> str:
    """A row of the organisation's settings, by an admin. Its id."""
    bearer = f"Bearer {server.agent_token('Ada', 'admin')}"
    key = f"{path} {members['name']}".encode().hex()[:60]
    body = msgspec.json.encode(members)
    reply = await server.ask("POST", f"/v1/{path}", body, authorization=bearer, **{"idempotency-key": key})
    assert reply.status == 201, reply
    return str(reply.json["id"])


async def test_the_menu_of_a_conversation_is_worked_by_keys_alone(own_house: ServerProcess, windows: Windows) -> None:
    """Status, tags, queue and a close with a reason, as hostile as they can be named; each is text, and shown."""
    disputes = await sets(own_house, "queues", name="Disputes", needs_reason=True)
    for name in ("Callback", "Promise to pay", HOSTILE):
        await sets(own_house, "statuses", name=name, colour="#aa0000")
    customer = await a_customer(own_house)
    await in_mid_sentence(customer)
    desk = await Desk.opens(windows, own_house, "Ana", "Supervisor", f"/c/{customer.c}")
    await desk.intervenes()
    page, find = desk.page, desk.page.get_by_role("combobox")

    await desk.presses("Alt+S")
    await expect(find).to_be_focused()
    await page.keyboard.type("PAY")
    await expect(page.get_by_role("option")).to_have_text(["Promise to pay"])
    await has_no_barriers(page)
    await desk.screenshots("6-status")
    await desk.presses("Enter")
    await expect(desk.reply_box).to_be_focused()  # it came from there
    await expect(page.get_by_role("main").get_by_text("Promise to pay")).to_be_visible()
    await desk.presses("Alt+S")
    await expect(page.get_by_role("option", name="Promise to pay")).to_contain_text("as it is")
    await page.keyboard.type("img")
    await desk.presses("Enter")

    await desk.moves("Tags")
    await expect(find).to_be_focused()
    await page.keyboard.type(HOSTILE[:30])
    await desk.presses("Enter")
    await page.keyboard.type("bill")
    await desk.presses("Enter")
    await expect(page.get_by_role("option", selected=True)).to_have_text([HOSTILE[:30], "bill"])
    await page.get_by_role("button", name="Save").click()
    assert await page.title() != "broken"

    await desk.presses("Alt+E")  # its queue wants no reason
    await expect(desk.heading("Ana closed this conversation")).to_be_visible()
    await desk.clicks("Reopen")
    await desk.presses("Alt+Q")
    await expect(find).to_be_focused()
    await page.keyboard.type("disp")
    await desk.presses("Enter")
    await expect(page.get_by_role("dialog")).to_be_hidden()
    await desk.clicks("Pick up")
    await expect(desk.reply_box).to_be_focused()
    await desk.presses("Alt+E")
    await expect(page.get_by_role("dialog")).to_contain_text("An admin adds them under Settings, Reasons.")
    await desk.presses("Escape")
    await sets(own_house, "reasons", name="Paid")
    await page.reload()
    await expect(page.get_by_role("main").get_by_text(HOSTILE[:30])).to_be_visible()  # its settings are here too
    await desk.presses("Alt+E")
    await expect(find).to_be_focused()
    await page.keyboard.type("paid")
    await desk.presses("Enter")
    await expect(desk.heading("Ana closed this conversation")).to_be_visible()
    listed = (
        await own_house.ask("GET", "/v1/conversations", authorization=f"Bearer {own_house.agent_token('Ada', 'admin')}")
    ).json["items"][0]
    assert (listed["queue"], listed["tags"]) == (disputes, [HOSTILE[:30], "bill"])
    await customer.leaves()


async def test_a_supervisor_takes_from_an_agent_gives_it_to_a_colleague_and_blocks(
    own_house: ServerProcess, windows: Windows
) -> None:
    """[P2] And what an agent may not do, the dock says."""
    ana, customer = await a_held_one(windows, own_house)
    ben = await Desk.opens(windows, own_house, "Ben", path=f"/c/{customer.c}")
    await expect(ben.heading("Ana is replying")).to_be_visible()
    await ben.presses("Alt+E")
    await expect(ben.alert).to_contain_text("Only who is replying may do this, and supervisors.")
    await ben.presses("Alt+A")
    await expect(ben.alert).to_contain_text("Ana is replying. Only supervisors may change that.")

    cleo = await Desk.opens(windows, own_house, "Cleo", "Supervisor", path=f"/c/{customer.c}")
    await cleo.moves("Assign to me")
    await expect(cleo.reply_box).to_be_focused()
    await expect(ana.heading("Cleo is replying")).to_be_visible()
    await cleo.moves("Assign to…")
    await expect(cleo.page.get_by_role("option")).to_have_text([re.compile("Ana"), re.compile("Ben")])
    await cleo.page.get_by_role("option", name="Ben").click()
    await expect(ben.reply_box).to_be_visible()
    await expect(cleo.heading("Ben is replying")).to_be_visible()

    await ben.moves("Block channel id")
    await expect(ben.page.get_by_role("combobox")).to_be_focused()
    await ben.page.keyboard.type(NAMES["html"])
    for _ in range(2):
        await ben.presses("ArrowDown")
    await expect(ben.page.get_by_role("option", name="For 30 days")).to_have_attribute("aria-selected", "true")
    await ben.presses("Enter")
    await expect(ben.heading("Ben closed this conversation")).to_be_visible()
    await customer.leaves()


async def test_what_is_moved_to_a_queue_out_of_sight_says_where_it_is(
    own_house: ServerProcess, windows: Windows
) -> None:
    await sets(own_house, "queues", name="Disputes")
    desk, customer = await a_held_one(windows, own_house)
    await desk.types("I will ask a colleague")
    await desk.presses("Alt+Q")
    await desk.page.get_by_role("option", name="Disputes").click()
    await expect(desk.heading("This conversation is in a queue that you do not serve")).to_be_visible()
    await expect(desk.log).to_be_hidden()
    await desk.page.reload()
    await expect(desk.heading("There is no such conversation")).to_be_visible()
    assert any("I will ask a colleague" in str(kept) for kept in (await desk.keeps()).values())
    await customer.leaves()


async def test_a_transcript_is_a_file_of_text_whatever_was_written(
    windows: Windows, house: ServerProcess, tmp_path: Path
) -> None:
    customer = await a_customer(house)
    await in_mid_sentence(customer)
    await customer.says(TEXTS["html"])
    desk = await Desk.opens(windows, house, "Ana", path=f"/c/{customer.c}")
    await expect(desk.log).to_contain_text("onerror")
    async with desk.page.expect_download() as waiting:
        await desk.moves("Download transcript")
    file = await waiting.value
    assert re.fullmatch(r"transcript-[\w-]+\.txt", file.suggested_filename)
    await file.save_as(tmp_path / "transcript.txt")
    text = (tmp_path / "transcript.txt").read_text("utf-8")
    assert "I cannot pay it all at once." in text
    assert TEXTS["html"] in text
    await customer.leaves()

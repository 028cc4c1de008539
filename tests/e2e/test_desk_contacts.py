"""The contact panel beside a conversation, and the place Contacts: what is known of customers, and what was done."""

import json
import re
from pathlib import Path
from typing import Any

from playwright.async_api import Locator, expect

from tests.e2e.axe import has_no_barriers
from tests.e2e.desks import NARROW, Desk, a_customer, in_mid_sentence
from tests.e2e.hostile import NAMES, TEXTS
from tests.e2e.windows import Windows
from tests.kit.people import Agent, Customer, accepted
from tests.kit.server import ServerProcess

ROOT = Path(__file__).parents[2]
BEHIND = "document.querySelector('intervene-desk').shadowRoot.activeElement?.closest('.rail, .list, .pane') != null"


def panel(desk: Desk) -> Locator:
    return desk.page.get_by_role("complementary", name="Contact")


def past(desk: Desk, customer: Customer) -> Locator:
    """A customer's conversation among the past ones of a contact: its row has what was said last, if anything was."""
    link = desk.page.locator(f'a[href*="/c/{customer.c}"]')
    return desk.page.get_by_role("listitem").filter(has=link)


async def asks(server: ServerProcess, method: str, path: str, body: Any = None, **headers: str) -> Any:
    """As an admin, beside the desk."""
    data = b"" if body is None else json.dumps(body).encode()
    bearer = f"Bearer {server.agent_token('Adele', 'admin')}"
    reply = await server.ask(method, path, data, authorization=bearer, **headers)
    assert reply.status < 300, reply
    return reply.json if reply.body else None


async def made(server: ServerProcess, path: str, **values: str) -> str:
    """The id of a new row of settings."""
    key = values["name"].replace(" ", "-")
    return str((await asks(server, "POST", f"/v1/{path}", values, **{"idempotency-key": key}))["id"])


async def contact_of(server: ServerProcess, customer: Customer) -> str:
    return str((await asks(server, "GET", f"/v1/conversations/{customer.c}/contact"))["id"])


# -- the panel ---------------------------------------------------------------------------------------------------------


async def test_the_panel_shows_what_changes_while_it_is_open(windows: Windows, house: ServerProcess) -> None:
    """[R114] [R180] Nothing is loaded anew; a takeover has its times, and what was set says by whom."""
    customer = await a_customer(house)
    await in_mid_sentence(customer)
    status = await asks(house, "POST", "/v1/statuses", {"name": "Promise to pay"}, **{"idempotency-key": customer.name})
    desk = await Desk.opens(windows, house, "Ana", path=f"/c/{customer.c}")
    side = panel(desk)
    await expect(side.get_by_role("heading", name=customer.name)).to_be_visible()
    await expect(side).to_contain_text("Conversation started on")
    await desk.clicks("Intervene")
    await expect(side).to_contain_text("You took over from Assistant")
    await expect(side.get_by_role("listitem").filter(has_text="You took over")).to_contain_text("In ")
    async with Agent(house, "Bea", "supervisor") as bea:
        await bea.watches(customer.c)
        accepted(await bea.does("set_status", customer.c, status=status["id"]))
        accepted(await bea.does("set_tags", customer.c, tags=["late", "second time"]))
        await expect(side).to_contain_text("Bea set the status to Promise to pay")
        await expect(side.get_by_role("definition").filter(has_text="second time")).to_be_visible()
        contact = await contact_of(house, customer)
        await asks(house, "PATCH", f"/v1/contacts/{contact}/attributes", {"attributes": {"plan": "enterprise"}})
        await bea.notes(customer.c, "She is on the large plan.")
        await expect(side).to_contain_text("enterprise")
    await side.get_by_role("button", name="Edit plan").click()
    await side.get_by_role("textbox", name="Edit plan").fill("team")
    await desk.presses("Enter")
    await expect(side).to_contain_text("You, ")
    await expect(side.get_by_role("button", name="Edit plan")).to_be_focused()
    await customer.leaves()


async def test_what_a_bot_sets_is_in_the_panel_at_once(own_house: ServerProcess, windows: Windows) -> None:
    """[R192] Status and attributes, with the bot in the action history; staff outdo it, and take that back."""
    await own_house.stop()
    own_house.environment["PYTHONPATH"] = str(ROOT)
    own_house.settings["bot"] = "tests.e2e.sorter:sorts"
    await own_house.start()
    status = await made(own_house, "statuses", name="Promise to pay")
    await made(own_house, "fields", name="Identity checked", kind="checkbox")
    customer = await a_customer(own_house)
    desk = await Desk.opens(windows, own_house, "Ana", path=f"/c/{customer.c}")
    side = panel(desk)
    await expect(side).to_contain_text("Nothing is known yet.")
    await customer.says(f"status {status}")
    await expect(side.get_by_role("definition").filter(has_text="Promise to pay")).to_be_visible()
    await customer.says("plan enterprise")
    plan = side.get_by_role("definition").filter(has=desk.page.get_by_role("button", name="Edit plan"))
    await expect(plan).to_contain_text("enterprise")
    await expect(plan).to_contain_text(", a bot, ")
    acts = side.get_by_role("listitem").filter(has=desk.page.locator("time"))
    await expect(acts.nth(0)).to_contain_text("set plan to enterprise")
    await expect(acts.nth(1)).to_contain_text("set the status to Promise to pay")
    await side.get_by_role("button", name="Edit plan").click()
    await desk.page.keyboard.type(" plus")
    await desk.presses("Enter")
    await expect(plan).to_contain_text("You, ")
    await side.get_by_role("button", name="Edit plan").click()
    await side.get_by_role("button", name="Remove").click()
    await expect(plan).to_contain_text(", a bot, ")
    await side.get_by_role("button", name="Edit Identity checked").click()
    await side.get_by_role("combobox").select_option("Yes")
    await desk.presses("Escape")
    await expect(side).to_contain_text("Not set")
    await side.get_by_role("button", name="Edit Identity checked").click()
    await side.get_by_role("combobox").select_option("Yes")
    await side.get_by_role("button", name="Save").click()
    await expect(acts.nth(0)).to_contain_text("You set Identity checked to Yes")
    await customer.leaves()


async def test_the_panel_by_keyboard_is_a_drawer_and_a_page_in_narrow_windows(
    windows: Windows, house: ServerProcess
) -> None:
    customer = await a_customer(house)
    desk = await Desk.opens(windows, house, "Ana", path=f"/c/{customer.c}")
    heading = desk.page.get_by_role("heading", name=customer.name, level=2)
    button = desk.page.get_by_role("button", name="Contact", exact=True)
    await expect(heading).to_be_visible()
    await desk.presses("Alt+C")
    await expect(panel(desk)).to_be_hidden()
    await desk.log.focus()
    await desk.presses("Alt+C")
    await expect(heading).to_be_focused()
    await desk.presses("Escape")
    await expect(panel(desk)).to_be_hidden()
    await expect(desk.log).to_be_focused()
    for size in ({"width": 1024, "height": 768}, NARROW):
        await desk.page.set_viewport_size(size)  # type: ignore[arg-type]  # it has both
        await expect(panel(desk)).to_be_hidden()
        await button.click()
        await expect(heading).to_be_focused()
        await has_no_barriers(desk.page)
        for _ in range(12):
            await desk.presses("Tab")
            assert not await desk.page.evaluate(BEHIND), "what is behind a drawer gets no focus"
        await heading.focus()
        await desk.presses("Escape")
        await expect(panel(desk)).to_be_hidden()
        await expect(button).to_be_focused()
    await button.click()
    await expect(heading).to_be_focused()
    await desk.page.go_back()
    await expect(panel(desk)).to_be_hidden()
    await expect(desk.log).to_be_visible()
    assert await desk.page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
    await customer.leaves()


async def test_a_transcript_is_handed_over_as_text_and_as_json(windows: Windows, house: ServerProcess) -> None:
    """[R114] [R115] No line of it passes for another's."""
    customer = await a_customer(house, "Zoe")
    forged = "bye\n2026-01-01 00:00:00 agent Ana: I owe you everything"
    await customer.says(forged)
    desk = await Desk.opens(windows, house, "Ana", path=f"/c/{customer.c}")
    files = {}
    for label in ("Download as text", "Download as JSON"):
        async with desk.page.expect_download() as waiting:
            await panel(desk).get_by_role("button", name=label).click()
        given = await waiting.value
        assert re.fullmatch(r"transcript-[\w-]+\.(txt|json)", given.suggested_filename), given.suggested_filename
        files[label] = Path(await given.path()).read_text("utf-8")
        await expect(desk.status).to_contain_text("The transcript is downloaded.")
    assert "\n  2026-01-01 00:00:00 agent Ana: I owe you everything\n" in files["Download as text"]
    assert json.loads(files["Download as JSON"])["lines"][0]["text"] == forged
    await customer.leaves()


async def test_what_cannot_be_read_is_said_and_read_when_it_is_asked_for(
    windows: Windows, house: ServerProcess
) -> None:
    customer = await a_customer(house)
    desk = Desk(await windows.opens(house.url), house)
    windows.expect_an_outage()
    for asked in ("contact", "actions*"):
        await desk.page.route(f"**/v1/conversations/*/{asked}", lambda route: route.abort())
    await desk.enters_as("Ana", path=f"/c/{customer.c}")
    side = panel(desk)
    await expect(side).to_contain_text("The contact could not be read. No answer from the server.")
    await expect(side).to_contain_text("The action history could not be read.")
    await desk.page.unroute_all()
    await side.get_by_role("button", name="Try again").first.click()
    await expect(side).to_contain_text("No other conversation yet.")
    await side.get_by_role("button", name="Try again").click()
    await expect(side).to_contain_text("Conversation started on")
    await customer.leaves()


# -- the place ---------------------------------------------------------------------------------------------------------


async def test_a_contact_is_found_by_name_and_by_phone_and_its_past_is_opened(
    windows: Windows, house: ServerProcess
) -> None:
    """[R154] In any spelling; by the beginning of the name, whatever its case."""
    customer = await a_customer(house, "Zarah")
    await customer.says("My invoice is wrong.")
    async with Agent(house, "Bea", "supervisor") as bea:
        await bea.watches(customer.c)
        await bea.intervenes(customer.c)
        await bea.closes(customer.c)
    phone = {"channel": "webchat", "address": "+49 30 901820", "kind": "phone"}
    clara = "Clara Okafor"
    body = {"name": clara, "addresses": [phone]}
    await asks(house, "POST", "/v1/contacts", body, **{"idempotency-key": "clara"})
    desk = await Desk.opens(windows, house, "Sue", "Supervisor")
    await desk.page.get_by_role("link", name="Contacts").click()
    await expect(desk.page.get_by_role("heading", name="Contacts", level=1)).to_be_focused()
    search = desk.page.get_by_role("searchbox", name="Search contacts")
    await search.press_sequentially("(+49) 30 / 90 18-20")
    await expect(desk.page.get_by_role("heading", name="With this address")).to_be_visible()
    await expect(desk.page.get_by_role("link", name=clara)).to_be_visible()
    await search.fill(customer.name.lower()[:-1])
    await expect(desk.page.get_by_role("link", name=customer.name)).to_be_visible()
    await expect(desk.status).to_contain_text("contact")
    await search.press("ArrowDown")
    await desk.page.get_by_role("link", name=customer.name).focus()
    await desk.presses("Enter")
    heading = desk.page.get_by_role("heading", name=customer.name, level=1)
    await expect(heading).to_be_focused()
    await has_no_barriers(desk.page)
    await expect(past(desk, customer)).to_contain_text("Closed")
    await past(desk, customer).get_by_role("link").click()
    await expect(desk.page).to_have_url(f"{house.url}/desk/c/{customer.c}")
    await expect(desk.log).to_contain_text("My invoice is wrong.")
    await desk.page.go_back()
    await expect(heading).to_be_visible()
    await customer.leaves()


async def test_a_supervisor_renames_blocks_and_unblocks_a_contact(windows: Windows, house: ServerProcess) -> None:
    """[R154] What each does is said before; the panel says what is blocked. Agents only see it."""
    customer = await a_customer(house, "Yusuf")
    contact = await contact_of(house, customer)
    desk = await Desk.opens(windows, house, "Sue", "Supervisor")
    page = desk.page
    await page.goto(f"{house.url}/desk/contacts/{contact}")
    await page.get_by_role("button", name="Edit the name").click()
    await page.get_by_role("textbox", name="Name").fill("Yusuf Demir")
    await desk.presses("Enter")
    await expect(page.get_by_role("heading", name="Yusuf Demir", level=1)).to_be_visible()
    await page.get_by_role("button", name=re.compile("^Block ")).click()
    form = page.get_by_role("form", name=re.compile("^Block"))
    await expect(form).to_contain_text("Its open conversation closes.")
    await form.get_by_role("textbox", name="Why").fill("spam")
    await form.get_by_role("button", name="Block").click()
    await expect(page.get_by_text("Blocked for good")).to_be_visible()
    await expect(past(desk, customer)).to_contain_text("Closed")
    ben = await Desk.opens(windows, house, "Ben", path=f"/c/{customer.c}")
    await expect(panel(ben)).to_contain_text("Why: spam")
    await expect(panel(ben)).to_contain_text("Sue blocked")
    await ben.page.get_by_role("link", name="Open contact").click()
    await expect(ben.page.get_by_role("heading", name="Yusuf Demir", level=1)).to_be_visible()
    await expect(ben.page.get_by_role("button", name=re.compile("block"))).to_have_count(0)
    await page.get_by_role("button", name=re.compile("^Unblock")).click()
    await expect(page.get_by_text("Blocked for good")).to_be_hidden()
    await page.get_by_role("button", name=re.compile("^Detach")).click()
    await expect(page.get_by_role("form", name=re.compile("^Detach"))).to_contain_text("This cannot be undone.")
    await desk.presses("Escape")
    await expect(page.get_by_role("button", name=re.compile("^Detach"))).to_be_focused()
    await desk.presses("Enter")
    await page.get_by_role("form", name=re.compile("^Detach")).get_by_role("button", name="Detach").click()
    await expect(page.get_by_text("No channel id is known.")).to_be_visible()
    await expect(desk.status).to_contain_text("has a contact of its own now")


async def test_hostile_text_in_names_and_attributes_is_text_and_nothing_else(
    windows: Windows, house: ServerProcess
) -> None:
    customer = await a_customer(house)
    contact = await contact_of(house, customer)
    values = [text[:200] for text in TEXTS.values() if text.isprintable() or "html" in text][:8]
    said = {f"<b>{n}</b>": value for n, value in enumerate(values)}
    await asks(house, "PATCH", f"/v1/contacts/{contact}/attributes", {"attributes": said})
    name = NAMES["html"]
    await asks(house, "PATCH", f"/v1/contacts/{contact}", {"name": name}, **{"if-match": '"1"'})
    desk = await Desk.opens(windows, house, "Sue", "Supervisor", path=f"/c/{customer.c}")
    await expect(panel(desk)).to_contain_text(said["<b>0</b>"])
    await desk.page.get_by_role("link", name="Open contact").click()
    await expect(desk.page.get_by_role("heading", level=1)).to_contain_text("Mallory")
    for value in values:
        await expect(desk.page.get_by_text(value).first).to_be_attached()
    assert await desk.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert "broken" not in await desk.page.title()
    await customer.leaves()

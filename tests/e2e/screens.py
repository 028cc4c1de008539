"""Every screen of the desk that one comes to without others: who looks, where, and what they do there first. What takes
several people at the right moment is a scene instead (`scenes.py`). They are of the demo organisation.

A new screen is one entry. It is visited anew in each size, so that a menu opens where a person of that size sees it.
"""

import random
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import NamedTuple

from playwright.async_api import Locator, expect

from tests.e2e.desks import Desk

Step = Callable[[Desk], Awaitable[None]]


class Screen(NamedTuple):
    """`who`: of the demo organisation; "" for a browser in which nobody has signed in. `path` is below `/desk`."""

    who: str
    path: str = ""
    steps: tuple[Step, ...] = ()
    is_whole: bool = False
    """The window is as high as what is in it."""
    is_pointed: bool = False
    """It is there for a pointer alone: a finger has other ways."""


def at(who: str, path: str = "", *steps: Step, whole: bool = False, pointed: bool = False) -> Screen:
    return Screen(who, path, steps, whole, pointed)


def setting(page: str, *steps: Step) -> Screen:
    return Screen("Omar", f"/settings/{page}", steps, True)


# -- what somebody does ------------------------------------------------------------------------------------------------


def clicks(name: str, role: str = "button") -> Step:
    """`name`: how its own begins."""

    async def step(desk: Desk) -> None:
        await _shown(desk.page.get_by_role(role, name=re.compile(f"^{re.escape(name)}"))).click()  # type: ignore[arg-type]  # it is one

    return step


def clicks_on(text: str) -> Step:
    async def step(desk: Desk) -> None:
        await _shown(desk.page.get_by_text(text)).click()

    return step


def opens(name: str) -> Step:
    async def step(desk: Desk) -> None:
        await desk.row(name).first.click()
        await expect(desk.page.get_by_role("heading", name=name, level=1)).to_be_visible()
        await desk.log.get_by_role("article", include_hidden=True).first.wait_for()
        await desk.page.mouse.move(1, 1)  # away from the row

    return step


def presses(*keys: str) -> Step:
    async def step(desk: Desk) -> None:
        for key in keys:
            await desk.presses(key)

    return step


def types(text: str) -> Step:
    async def step(desk: Desk) -> None:
        await desk.page.keyboard.type(text)

    return step


def fills(label: str, text: str) -> Step:
    async def step(desk: Desk) -> None:
        await _shown(desk.page.get_by_label(label)).fill(text)

    return step


def sees(text: str) -> Step:
    async def step(desk: Desk) -> None:
        await expect(_shown(desk.page.get_by_text(text))).to_be_visible()

    return step


def hovers(row: str) -> Step:
    async def step(desk: Desk) -> None:
        await desk.list.get_by_role("listitem").filter(has_text=row).first.hover()

    return step


def focuses(name: str, role: str = "button") -> Step:
    async def step(desk: Desk) -> None:
        await _shown(desk.page.get_by_role(role, name=re.compile(f"^{re.escape(name)}"))).focus()  # type: ignore[arg-type]  # it is one

    return step


def selects(*names: str) -> Step:
    async def step(desk: Desk) -> None:
        await clicks("Select")(desk)
        for name in names:
            await desk.page.get_by_role("checkbox", name=f"Select {name}").check()

    return step


async def opens_the_panel(desk: Desk) -> None:
    panel = desk.page.get_by_role("complementary", name="Contact")
    if not await panel.is_visible():
        await desk.presses("Alt+KeyC")
    await panel.get_by_text("Action history").wait_for()


async def has_a_busy_day(desk: Desk) -> None:
    """A wall with a day's figures on it, which no team of a minute has."""
    midnight = int(datetime.now(UTC).replace(hour=0, minute=0, second=0).timestamp() * 1000)
    chance = random.Random("a day")
    takeovers = [
        {"conversation": f"c{n}", "epoch": 2, "at": midnight + (7 + n % 13) * 3_600_000, "late": 0,
         "taken_from": {"type": "bot", "id": "billing", "name": "Billing bot"},
         "seen_ms": round(30 + chance.expovariate(1 / 14))}
        for n in range(214)
    ]  # fmt: skip
    shares = {"Billing bot": (412, 61), "Welcome bot": (903, 38), "Payments bot": (188, 12), "Goodbye bot": (356, 2),
              "Reminder bot of the collections department": (240, 9)}  # fmt: skip
    bots = [
        {"bot": name, "name": name, "conversations": all_, "taken": taken} for name, (all_, taken) in shares.items()
    ]
    await desk.page.route("**/v1/takeovers?*", lambda route: route.fulfill(json={"items": takeovers, "next": ""}))
    await desk.page.route(
        "**/v1/takeovers/bots?*", lambda route: route.fulfill(json={"items": bots, "truncated": False})
    )
    await desk.page.reload()
    await expect(_shown(desk.page.get_by_text("Goodbye bot"))).to_be_visible()


async def writes_on_glass(desk: Desk) -> None:
    """A phone's keyboard leaves little more than half of its screen."""
    await desk.reply_box.focus()
    size = desk.page.viewport_size
    assert size is not None
    if size["width"] < 720:
        await desk.page.set_viewport_size({"width": size["width"], "height": 460})


async def leaves_no_draft(desk: Desk) -> None:
    """It would stand in the pictures that follow."""
    for box in (desk.reply_box, desk.note_box):
        if await box.is_visible() and await box.input_value():
            await box.fill("")
    await desk.page.goto("about:blank")  # a page that is left saves what it has


async def puts_away(desk: Desk) -> None:
    """What is said once in a browser: it would stand in each picture."""
    notice = desk.page.get_by_role("button", name="Not now")
    if await notice.is_visible():
        await notice.click()


async def visits(desk: Desk, screen: Screen) -> None:
    """In a browser of whoever looks."""
    await desk.page.goto(f"{desk.url}{screen.path}")
    await desk.page.locator(".shell" if screen.who else ".signin h1").first.wait_for()
    await puts_away(desk)
    for step in screen.steps:
        await step(desk)
    await desk.page.wait_for_load_state("networkidle")


def _shown(found: Locator) -> Locator:
    return found.locator("visible=true").first


# -- the screens -------------------------------------------------------------------------------------------------------

JONAS, MARIA, TOM, NADIA, CHLOE = "Jonas Weber", "Maria Santos", "Tom Becker", "Nadia Karim", "Chloé Martin"

SCREENS: dict[str, Screen] = {
    "sign in": at("", "", sees("Forgot the password?")),
    "sign in, by name": at("", "", clicks_on("Enter with a name only"), sees("Role")),
    "list, mine": at("Ada", "?tab=mine"),
    "list, waiting": at("Ada", "?tab=waiting"),
    "list, with a bot": at("Ada", "?tab=bot"),
    "list, all": at("Sofia"),
    "list, closed": at("Ada", "?tab=closed"),
    "list, nothing": at("Dan", "?tab=mine", sees("You hold no conversation")),
    "list, narrowed": at("Sofia", "?status=in-review"),
    "list, queues": at("Sofia", "", clicks("Queue")),
    "list, filter": at("Sofia", "", clicks("Filter")),
    "list, row with the pointer": at("Sofia", "", hovers(JONAS), pointed=True),
    "list, row menu": at("Sofia", "", hovers(JONAS), clicks(f"Actions for {JONAS}"), pointed=True),
    "list, selected": at("Sofia", "", selects(JONAS, MARIA)),
    "list, bulk menu": at("Sofia", "", selects(JONAS, MARIA), clicks("Actions for the selected")),
    "account menu": at("Ada", "", clicks("Ada, Agent: account")),
    "bot holds control": at("Ada", "", opens(TOM)),
    "bot holds control, note": at("Ada", "", opens(TOM), clicks("Note", "tab"), types("She called twice. @")),
    "waiting": at("Ada", "", opens(MARIA)),
    "you hold control": at("Ada", "", opens(JONAS)),
    "you, canned replies": at("Ada", "", opens(JONAS), clicks("Canned replies")),
    "you, hand back": at("Ada", "", opens(JONAS), clicks("Hand back")),
    "you, keyboard of a phone": at("Ada", "", opens(JONAS), writes_on_glass),
    "another holds control": at("Ada", "", opens(CHLOE)),
    "another holds control, supervisor": at("Sofia", "", opens(CHLOE)),
    "closed": at("Ada", "?tab=closed", opens(NADIA)),
    "header menu": at("Ada", "", opens(JONAS), clicks("More actions")),
    "header menu, bot": at("Sofia", "", opens(TOM), clicks("More actions")),
    "message menu": at("Ada", "", opens(JONAS), clicks("Change this message")),
    "ask, status": at("Ada", "", opens(JONAS), presses("Alt+KeyS")),
    "ask, queue": at("Ada", "", opens(JONAS), presses("Alt+KeyQ")),
    "ask, tags": at("Ada", "", opens(JONAS), clicks("More actions"), clicks("Tags", "menuitem")),
    "ask, colleague": at("Ada", "", opens(JONAS), clicks("More actions"), clicks("Assign to…", "menuitem")),
    "ask, block": at("Ada", "", opens(JONAS), clicks("More actions"), clicks("Block", "menuitem")),
    "ask, reason": at("Cleo", "", opens("Elena Petrova"), clicks("More actions"), clicks("Close…", "menuitem")),
    "context panel": at("Ada", "", opens(JONAS), opens_the_panel, whole=True),
    "context panel, attribute": at("Ada", "", opens(JONAS), opens_the_panel, clicks("Add an attribute"), whole=True),
    "contacts": at("Ada", "/contacts", fills("Search contacts", "ma"), sees("Santos")),
    "contacts, nobody": at("Ada", "/contacts", fills("Search contacts", "zzz"), sees("Nobody found")),
    "contact": at("Ada", "/contacts", fills("Search contacts", "jonas"), clicks("Jonas", "link"), whole=True),
    "wall": at("Sofia", "/wall", sees("is writing"), sees("with people"), whole=True),
    "wall of a day": at("Sofia", "/wall", has_a_busy_day, sees("is writing"), whole=True),
    "wall, tile": at("Sofia", "/wall", sees("with people"), focuses(TOM, "link")),
    "palette": at("Ada", "", opens(JONAS), presses("Control+KeyK"), sees("Go to")),
    "palette, found": at("Ada", "", opens(JONAS), presses("Control+KeyK"), sees("Go to"), types("mar")),
    "shortcuts": at("Ada", "", presses("?"), sees("Keyboard shortcuts")),
    "settings": at("Omar", "/settings"),
    "settings, people": setting("people"),
    "settings, invite": setting("people", clicks("Invite")),
    "settings, person": setting("people", clicks("More about Ben")),
    "settings, queues": setting("queues"),
    "settings, new queue": setting("queues", clicks("New queue")),
    "settings, queue menu": setting("queues", clicks("More about Payments")),
    "settings, hours": setting("hours"),
    "settings, hours of a week": setting("hours", clicks("Office hours")),
    "settings, new hours": setting("hours", clicks("New hours"), clicks("Add hours on Friday")),
    "settings, statuses": setting("statuses"),
    "settings, new status": setting("statuses", clicks("New status")),
    "settings, tags": setting("tags"),
    "settings, renamed tag": setting("tags", clicks("Rename hardship")),
    "settings, fields": setting("fields"),
    "settings, new field": setting("fields", clicks("New field")),
    "settings, reasons": setting("reasons"),
    "settings, new reason": setting("reasons", clicks("New reason")),
    "settings, canned replies": setting("canned-replies"),
    "settings, canned reply": setting("canned-replies", clicks("Payment plan")),
    "settings, web chat": setting("webchat"),
    "settings, channel": setting("webchat", clicks("Page of payments")),
    "settings, blocklist": setting("blocklist"),
    "settings, new block": setting("blocklist", clicks("Block an address")),
    "settings, account": setting("account"),
    "settings, notifications": setting("notifications"),
    "settings, refused": at("Ada", "/settings/queues"),
    "wall, refused": at("Ada", "/wall", sees("is not among")),
    "no such conversation": at("Ada", "/c/nowhere", sees("There is no such conversation")),
}

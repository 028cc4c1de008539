"""Switching conversations at any moment of a send moves no text: at random, by a seed that a failure names.

SWITCHES=1000 is how many `make switches` makes, on a line that keeps the server's answers back; fewer in `make test`.
"""

import os
import random
import re
from collections import defaultdict
from functools import partial

from playwright.async_api import expect

from tests.e2e.desks import Desk, a_customer, in_mid_sentence
from tests.e2e.slow_line import SlowLine
from tests.e2e.windows import Windows
from tests.kit.oracles.screen import Shown
from tests.kit.people import Agent, all_leave
from tests.kit.server import ServerProcess

SWITCHES = int(os.environ.get("SWITCHES", "30"))
SEED = int(os.environ.get("SEED", "12"))
WORD = re.compile(r"\bc\d-(?:reply|note)-\d+\b")


async def test_no_text_moves_to_another_conversation_however_one_switches(
    own_house: ServerProcess, windows: Windows
) -> None:
    """[P5] [P6] Each word says where it was typed. It is there, once, in order, or is a draft there."""
    dice = random.Random(SEED)
    line, page = SlowLine(), await windows.opens(own_house.url)
    await page.route_web_socket("**/socket", line.connect)
    desk = Desk(page, own_house)
    await desk.enters_as("Ana")
    customers = [await a_customer(own_house, name) for name in ("Maria", "Tomasz", "Uma")]
    for customer in customers:
        await in_mid_sentence(customer)
        await desk.chooses(customer.name)
        await desk.intervenes()
    typed: dict[tuple[int, str], list[str]] = defaultdict(list)
    at = 2
    for n in range(SWITCHES):
        if dice.random() < 0.6:  # else it goes on while the server's answers to what was sent are on their way
            line.release()
            slot = dice.choice(("reply", "reply", "note"))
            await desk.presses("Alt+R" if slot == "reply" else "Alt+N")
            await expect(desk.reply_box if slot == "reply" else desk.note_box).to_be_focused()
            typed[at, slot].append(f"c{at}-{slot}-{n}")
            await page.keyboard.type(f"c{at}-{slot}-{n} ")
            if dice.random() < 0.5:
                line.hold()
            if dice.random() < 0.7:
                await desk.presses("Enter")
        at = dice.choice([each for each in range(3) if each != at])
        await desk.row(customers[at].name).click()
        await expect(page).to_have_url(re.compile(f"/c/{customers[at].c}"))
    line.release()

    for here, customer in enumerate(customers):  # what is left is sent
        await desk.chooses(customer.name)
        for slot, key in (("reply", "Alt+R"), ("note", "Alt+N")):
            await desk.presses(key)
            await page.keyboard.type(f"c{here}-{slot}-{SWITCHES}")
            await desk.presses("Enter")
            typed[here, slot].append(f"c{here}-{slot}-{SWITCHES}")
            await expect(desk.log).to_contain_text(f"c{here}-{slot}-{SWITCHES}")
            await expect(desk.reply_box if slot == "reply" else desk.note_box).to_have_value("")
        await customer.sees(customer.c, partial(has, f"c{here}-reply-{SWITCHES}"))
    async with Agent(own_house, "Gus", "supervisor") as gus:
        for here, customer in enumerate(customers):
            await gus.watches(customer.c)
            bodies = [event["body"] for event in await gus.reads_the_log(customer.c)]
            for slot, kind in (("reply", "message"), ("note", "note")):
                texts = [body["text"] for body in bodies if body["kind"] == kind]
                said = [found[0] for text in texts for found in WORD.finditer(text)]
                assert said == typed[here, slot], (SEED, here, slot)
    await all_leave(*customers)


def has(words: str, event: Shown) -> bool:
    return words in event.text


async def test_keys_go_to_a_conversation_before_the_server_has_answered(
    own_house: ServerProcess, windows: Windows
) -> None:
    """A reply waits until it is known who answers; a note is written whoever does."""
    first, second = [await a_customer(own_house, name) for name in ("Amy", "Bob")]
    line, page = SlowLine(), await windows.opens(own_house.url)
    await page.route_web_socket("**/socket", line.connect)
    desk = Desk(page, own_house)
    await desk.enters_as("Ana", path=f"/c/{first.c}")
    await desk.clicks("Intervene")
    await expect(desk.reply_box).to_be_focused()

    line.hold()
    await desk.row(second.name).click()
    await expect(desk.log).to_be_focused()
    await desk.presses("Alt+N")
    note = page.get_by_role("textbox", name="Note")
    await expect(note).to_be_focused()
    await page.keyboard.type("She has called")
    line.release()
    await expect(desk.page.get_by_role("button", name="Intervene")).to_be_visible()
    await page.keyboard.type(" twice.")
    await expect(note).to_be_focused()
    await expect(note).to_have_value("She has called twice.")

    line.hold()
    await desk.row(first.name).click()
    await expect(desk.log).to_be_focused()
    line.release()
    await expect(desk.reply_box).to_be_focused()
    await all_leave(first, second)

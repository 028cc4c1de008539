"""An agent clicks on Intervene at the desk, in a browser, while the bot writes: how long until the composer is open,
has the focus and is painted. Beside it how long two frames of that page take, and what the server says of the same
takeovers, from the arrival of the click: until the change of control was committed, and until the bot had stopped.
"""

from pathlib import Path
from typing import NamedTuple

import anyio

from tests.bench import pages, wire
from tests.bench.figures import Figure, percentiles
from tests.bench.pages import Screen
from tests.bench.past import leaders
from tests.bench.people import Room, enter, staff_token
from tests.bench.takeover import SCRIPT, intervene, say

BENCH = "click"
CONVERSATIONS, EVENTS = 5, 20  # beside the one that is clicked in
STREAK = 10  # clicks after which the customer speaks: a bot that speaks again and again hands to a person
ROUND_SECONDS = 30.0  # at most
OPENED = """
(button) => new Promise((resolve) => {
  const root = button.getRootNode();
  const begun = performance.now();
  const look = () => {
    if (!root.activeElement?.matches(".dock[data-state='you'] .compose textarea")) requestAnimationFrame(look);
    else requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - begun)));
  };
  button.click();
  look();
})
"""

FRAMES = """
() => new Promise((resolve) => {
  const begun = performance.now();
  requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - begun))));
})
"""
"""As many frames as a click takes at least, of a page in which nothing is clicked."""


class Size(NamedTuple):
    clicks: int = 100


QUICK = Size(clicks=10)


class Click(NamedTuple):
    """Milliseconds."""

    frames: float
    opened: float
    committed: float
    bot_stopped: float


async def run(size: Size, directory: Path) -> list[Figure]:
    script = directory / "script.txt"
    script.write_text(SCRIPT)
    async with pages.screen(directory, CONVERSATIONS, EVENTS, bot="scripted", script=script) as screen:
        colleague = await wire.join(screen.node.port, staff_token(leaders()[1]))
        room = await enter(screen.node, "clicked", (colleague, colleague))
        await say(room, "Hello?")
        await screen.sign_in(f"/desk/c/{room.conversation}")
        await screen.observe()
        clicks = [await _click(screen, room, room.epoch + 3 * n) for n in range(size.clicks)]
        work = await screen.figures(BENCH, size.clicks, "/click")
    return [
        *percentiles(BENCH, "click to open composer", [[click.opened for click in clicks]]),
        *percentiles(BENCH, "two frames of that page", [[click.frames for click in clicks]]),
        *percentiles(BENCH, "of a click: to the commit, by the server", [[click.committed for click in clicks]]),
        *percentiles(BENCH, "to the stopped bot, by the server", [[click.bot_stopped for click in clicks]]),
        *work,
    ]


async def _click(screen: Screen, room: Room, epoch: int) -> Click:
    """Then a colleague takes over and hands back, so that the bot writes again."""
    with anyio.fail_after(ROUND_SECONDS):
        button = screen.page.locator(".take:not([aria-disabled='true'])")
        await button.wait_for()
        told = room.agent.wait(b'"type":"takeover"', b'"bot_stopped_ms"', room.conversation.encode())
        frames = float(await screen.page.evaluate(FRAMES))
        opened = float(await button.evaluate(OPENED))
        times = (await told).decode()
        writes = room.contact.wait(b'"type":"piece"')
        await intervene(room, epoch + 1)
        back = wire.encode("hand_back", id=f"back-{epoch}", conversation=room.conversation, epoch=epoch + 2)
        await room.agent.ask(back, b'"type":"ack"')
        await writes
        if epoch % STREAK == 0:
            await say(room, "And?")
        return Click(frames, opened, times["committed_ms"], times["bot_stopped_ms"])

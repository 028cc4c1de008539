"""D. An agent clicks Intervene in the middle of a streamed reply: until the ack, until all three sessions have it, and
until the bot's coroutine has ended. Idle; then while 50 other replies are streamed and so many messages are said as are
half a core's work. Beside it what no takeover can do without: one durable commit of 500 bytes on the same disk and one
round trip to the same server, a moment after each click. `tests/bench/takeover.py` does the clicking.
"""

import asyncio
from pathlib import Path
from typing import NamedTuple

from tests.bench import takeover, wire
from tests.bench.disk import Bare
from tests.bench.figures import percentile
from tests.bench.peers.load import Load
from tests.bench.peers.metering import metered
from tests.bench.peers.ours import Ours
from tests.bench.peers.relays import Peer
from tests.bench.people import agent_token, each, enter
from tests.bench.process import Server
from tests.bench.takeover import Click, Stream

OUTSTANDING = 64
AHEAD_SECONDS = 0.5  # of load before the first click in it
CLICK_SECONDS = 0.15  # that one click and its preparation take, about: the load lasts as long as all of them


class Size(NamedTuple):
    clicks: int = 70
    streams: int = 50
    rooms: int = 1000
    seconds: float = 1.5
    settle: float = 2.0


QUICK = Size(clicks=30, rooms=600)


async def measure(peer: Peer, size: Size, directory: Path) -> dict[str, float]:
    assert isinstance(peer, Ours), "the others have no bots"
    directory.mkdir()
    script = directory / "script.txt"
    script.write_text(takeover.SCRIPT)
    disk = Bare(directory / "floor.db")
    async with peer.start(directory, bot="scripted", script=script) as server:
        with peer.rooms(server, size.rooms) as sessions:
            sessions.rest(size.settle)
            sessions.run(0.5, OUTSTANDING)
            with metered(server) as meter:
                window = sessions.run(size.seconds, OUTSTANDING)
            rate = 0.5 * window.sent / meter.cpu
            agents = [await wire.join(server.port, agent_token(name)) for name in ("agent", "colleague")]
            streams = [Stream(await enter(server, f"streams-{number}")) for number in range(size.streams)]
            idle = []
            for at in range(size.clicks):
                sessions.rest(0.001)
                idle.append(await takeover.click(server, agents, f"idle-{at}", disk))
            await each(Stream.start, streams)
            loaded, core = await _loaded(server, sessions, rate, size, agents, disk)
    return {**_figures("idle", idle), **_figures("loaded", loaded), "loaded_core": core, "loaded_rate": rate}


async def _loaded(
    server: Server, sessions: Load, rate: float, size: Size, agents: list[wire.Socket], disk: Bare
) -> tuple[list[Click], float]:
    """Clicks for as long as the load lasts, and the server's share of its core."""
    seconds = AHEAD_SECONDS + size.clicks * CLICK_SECONDS
    with metered(server) as meter:
        running = asyncio.create_task(asyncio.to_thread(sessions.run, seconds, 0, rate))
        await asyncio.sleep(AHEAD_SECONDS)
        clicks: list[Click] = []
        while not running.done():
            clicks.append(await takeover.click(server, agents, f"loaded-{len(clicks)}", disk))
        await running
    return clicks, meter.cpu / meter.seconds


def _figures(when: str, clicks: list[Click]) -> dict[str, float]:
    columns = dict(zip(Click._fields, zip(*clicks, strict=True), strict=True))
    figures: dict[str, float] = {f"{when}_clicks": len(clicks)}
    for percent in (50, 99):
        found = {name: percentile(values, percent) for name, values in columns.items()}
        floor = found.pop("commit") + found.pop("trip")
        figures |= {f"{when}_{name}_p{percent}": value for name, value in found.items()}
        figures |= {f"{when}_floor_p{percent}": floor, f"{when}_ratio_p{percent}": found["ack"] / floor}
    return figures

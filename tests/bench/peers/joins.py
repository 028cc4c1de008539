"""C. Sessions that come in and stay, three for each conversation: what one costs to come (connection, handshake, token,
hello, watch; of a relay, whatever brings it into its room), what it keeps, and what all of them cost while nothing
happens. Of Intervene, also until all are back after `kill -9`.
"""

import time
from pathlib import Path
from typing import NamedTuple

from tests.bench.peers import load
from tests.bench.peers.load import Load
from tests.bench.peers.metering import metered
from tests.bench.peers.relays import Coming, Peer
from tests.bench.process import Server

HELLO = 2  # steps, after which a session has joined and watches nothing


class Size(NamedTuple):
    rooms: int = 3334
    warm: int = 1002
    """Sessions that come first: they use up what the start left free."""
    hellos: int = 2001
    idle: float = 3.0
    settle: float = 1.5


QUICK = Size(rooms=667, warm=501, hellos=1200, idle=2.0, settle=1.0)


async def measure(peer: Peer, size: Size, directory: Path) -> dict[str, float]:
    come = await peer.coming_in(directory, size.rooms)
    figures: dict[str, float] = {}
    if len(come.expects) > HELLO and peer.acked:
        hellos = Coming([sends[:HELLO] for sends in come.sends[: size.warm + size.hellos]], come.expects[:HELLO])
        async with peer.start(directory) as server:
            with load.sessions(server.port, len(hellos.sends), 1, 1, acked=False) as sessions:
                figures |= {f"hello_{name}": value for name, value in _storm(server, sessions, hellos, size).items()}
    with load.sessions(0, len(come.sends), 1, 1, acked=False) as sessions:
        async with peer.start(directory) as server:
            sessions.hang_up(server.port)
            figures |= _storm(server, sessions, come, size)
            with metered(server) as meter:
                sessions.rest(size.idle)
            figures["idle_core"] = meter.cpu / meter.seconds
            again = peer.coming_back(come, [sessions.answer(at) for at in range(len(come.sends))])
        if again:
            figures |= await _resumed(peer, directory, sessions, again)
    return figures


def _storm(server: Server, sessions: Load, come: Coming, size: Size) -> dict[str, float]:
    """All come as fast as the server lets them, 16 at a time."""
    sessions.talk(0, come.sends[: size.warm], come.expects)
    sessions.rest(size.settle)
    memory, count = server.memory(), len(come.sends) - size.warm
    with metered(server) as meter:
        talk = sessions.talk(size.warm, come.sends[size.warm :], come.expects)
        sessions.rest(size.settle)
    return {
        "cpu": meter.cpu / count * 1e6,
        "kib": (server.memory() - memory) / count / 1024,
        "rate": count / talk.whole,
        "others": meter.others,
    }


async def _resumed(peer: Peer, directory: Path, sessions: Load, again: Coming) -> dict[str, float]:
    """The server has just been killed. Seconds since then."""
    killed = time.perf_counter()
    async with peer.start(directory) as server:
        ready = time.perf_counter() - killed
        sessions.hang_up(server.port)
        talk = sessions.talk(0, again.sends, again.expects)
        return {
            "ready_s": ready,
            "half_back_s": ready + talk.half,
            "most_back_s": ready + talk.most,
            "back_s": ready + talk.whole,
            "back_cpu": server.cpu(),
        }

"""E. Bots that stream words, 20 a second each, to three sessions of a conversation: what a committed piece costs, and
how long a word takes from the bot to the screens, the 0.1 s included in which words are gathered.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from tests.bench.peers import load
from tests.bench.peers.frames import encode
from tests.bench.peers.load import Load
from tests.bench.peers.metering import metered
from tests.bench.peers.ours import Ours
from tests.bench.peers.relays import Peer
from tests.bench.peers.results import STREAMS

BOT = "tests.bench.peers.words:write"


class Size(NamedTuple):
    streams: Sequence[int] = STREAMS
    seconds: float = 4.0
    settle: float = 2.5


QUICK = Size(seconds=2.0, settle=2.0)


async def measure(peer: Peer, size: Size, directory: Path) -> dict[str, float]:
    assert isinstance(peer, Ours), "the others have no bots"
    figures: dict[str, float] = {}
    for streams in size.streams:
        here = directory.with_name(f"{directory.name}-{streams}")
        come = await peer.coming_in(here, streams, bot=BOT)
        async with peer.start(here, bot=BOT, max_turns=2 * streams) as server:
            with load.sessions(server.port, len(come.sends), 1, 1, acked=False) as sessions:
                sessions.talk(0, come.sends, come.expects)
                sessions.talk(0, _words(sessions), [b'"type"'])
                sessions.rest(size.settle)
                with metered(server) as meter:
                    window = sessions.watch(size.seconds)
        pieces = window.pieces / 3
        figures |= {
            f"{streams}_cpu": meter.cpu / pieces * 1e6,
            f"{streams}_pieces": pieces / window.seconds,
            f"{streams}_core": meter.cpu / meter.seconds,
            f"{streams}_p50": window.deliveries.p50,
            f"{streams}_p99": window.deliveries.p99,
            f"{streams}_load": window.busy,
            f"{streams}_others": meter.others,
        }
    return figures


def _words(sessions: Load) -> list[list[bytes]]:
    """The customer, one of three, says something; the staff ping, so that each of them has something to wait for."""
    words = []
    for at in range(0, sessions.count, 3):
        name = msgspec.json.decode(sessions.answer(at))["conversation"]
        say = encode("say", id="go", conversation=name, text="Go on, please.")
        words += [[say], [encode("ping")], [encode("ping")]]
    return words

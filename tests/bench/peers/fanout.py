"""A. One conversation with 1,000 watchers, in which one speaks: one message under way at a time, then 16, then 60 a
second. A message is through when all have it (and, with us, its speaker has the ack).
"""

from pathlib import Path
from typing import NamedTuple

from tests.bench.peers.metering import metered
from tests.bench.peers.relays import Peer

DEPTH = 16
PACE = 60.0


class Size(NamedTuple):
    watchers: int = 1000
    seconds: float = 2.0
    settle: float = 1.5


QUICK = Size(seconds=0.7, settle=1.0)


async def measure(peer: Peer, size: Size, directory: Path) -> dict[str, float]:
    figures: dict[str, float] = {}
    async with peer.start(directory, crowd=True) as server:
        with peer.crowd(server, size.watchers, DEPTH) as sessions:
            sessions.rest(size.settle)
            sessions.run(0.3, outstanding=1)
            for name, outstanding, rate in (("one", 1, 0.0), ("many", DEPTH, 0.0), ("paced", 0, PACE)):
                with metered(server) as meter:
                    window = sessions.run(size.seconds, outstanding, rate)
                figures |= {
                    f"{name}_cpu": meter.cpu / window.delivered * 1e6,
                    f"{name}_rate": window.delivered / window.seconds,
                    f"{name}_bytes": window.bytes / window.delivered,
                    f"{name}_p50": window.deliveries.p50,
                    f"{name}_p99": window.deliveries.p99,
                    f"{name}_load": window.busy,
                    f"{name}_others": meter.others,
                }
    return figures

"""B. Conversations of three: the customer says one message of four, the agent who holds it three; all three get each.
64 messages under way at once; then so many a second as are half a core's work, by what a message cost just before.
"""

from pathlib import Path
from typing import NamedTuple

from tests.bench.peers.metering import metered
from tests.bench.peers.relays import Peer

OUTSTANDING = 64


class Size(NamedTuple):
    rooms: int = 2000
    seconds: float = 2.5
    warm: float = 0.7
    settle: float = 2.0


QUICK = Size(rooms=600, seconds=1.2, settle=1.0)


async def measure(peer: Peer, size: Size, directory: Path) -> dict[str, float]:
    figures: dict[str, float] = {}
    async with peer.start(directory) as server:
        with peer.rooms(server, size.rooms) as sessions:
            sessions.rest(size.settle)
            sessions.run(size.warm, OUTSTANDING)
            rate = 0.0
            for name in ("full", "half"):
                with metered(server) as meter:
                    window = sessions.run(size.seconds, 0 if rate else OUTSTANDING, rate)
                figures |= {
                    f"{name}_cpu": meter.cpu / window.sent * 1e6,
                    f"{name}_rate": window.sent / window.seconds,
                    f"{name}_core": meter.cpu / meter.seconds,
                    f"{name}_bytes": window.bytes / window.delivered,
                    f"{name}_ack_p50": window.acks.p50,
                    f"{name}_ack_p99": window.acks.p99,
                    f"{name}_p50": window.deliveries.p50,
                    f"{name}_p99": window.deliveries.p99,
                    f"{name}_load": window.busy,
                    f"{name}_others": meter.others,
                }
                rate = 0.5e6 / figures["full_cpu"]
    return figures

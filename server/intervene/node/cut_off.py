"""Sessions are sent away from a node that has lost its database."""

import asyncio

import structlog

from intervene.cluster.membership import Membership
from intervene.core.timing import Timing
from intervene.edge.socket.registry import Sockets

log_ = structlog.get_logger(__name__)


async def send_away_when_cut_off(membership: Membership, sockets: Sockets, timing: Timing) -> None:
    """For ever. A node that alone has lost the database sends its sessions to the others, and takes none until it is
    back. One that reaches neither database nor hub does so later and slowly: it cannot know that it is alone, and if
    it is not, there is no node to reconnect to."""
    was_lost = False
    while True:
        await asyncio.sleep(timing.cut_off_check)
        is_lost = membership.is_cut_off or membership.is_stranded
        if is_lost and was_lost and not sockets.is_cut_off:  # one look, after a freeze, says nothing
            if membership.is_cut_off:
                log_.error("this node has lost the database and others have it: sessions are sent there")
                await sockets.elsewhere(timing.away)
            else:
                log_.error("this node reaches neither the database nor Redis: sessions are sent away")
                await sockets.elsewhere(timing.stranded_away, lambda: membership.is_stranded)
        elif sockets.is_cut_off and membership.is_writing:
            sockets.is_cut_off = False
        was_lost = is_lost

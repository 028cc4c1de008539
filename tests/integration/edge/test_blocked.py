"""[R162] Sessions of customers whose address is blocked: not welcome, and ended."""

import pytest

from intervene.core.blocks import Block
from intervene.core.codes import CloseCode
from intervene.core.ids import WEBCHAT, ChannelId, OrganisationId
from intervene.edge.blocked import AT_ONCE
from intervene.edge.refusals import LATELY_SECONDS
from tests.integration.edge.conftest import Edge
from tests.integration.edge.stand_ins import ACME
from tests.kit.limits import eventually
from tests.kit.peer import Peer

OF_CLARA = ChannelId(ACME, WEBCHAT, "clara")


async def test_a_blocked_customer_is_not_welcome_and_opens_nothing(edge: Edge, clara: Peer) -> None:
    edge.blocks.blocked.add(OF_CLARA)
    clara.says(type="open")
    assert (await clara.sees("error"))["code"] == "blocked"
    assert not edge.engine.opened
    async with edge.peer() as again:
        await again.upgrades()
        again.says(type="hello", token=edge.visitor_token)
        assert await again.is_closed() == CloseCode.BLOCKED


async def test_a_hello_that_asked_before_the_block_is_refused_too(edge: Edge, peer: Peer) -> None:
    """The database had said no, and the session was not there yet when sessions were ended."""
    edge.log.may_read.clear()
    await peer.upgrades()
    peer.says(type="hello", token=edge.visitor_token)
    await eventually(lambda: edge.readers.running == 1)
    edge.sockets.blocked.end([OF_CLARA])
    edge.log.may_read.set()
    assert await peer.is_closed() == CloseCode.BLOCKED


async def test_a_node_that_was_told_nothing_finds_it_in_the_database(
    edge: Edge, clara: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """[P4] In lots, from a little before the last look on; what has ended meanwhile is passed over."""
    asked: list[int] = []
    over = [(1000 + n, ACME, Block(channel=WEBCHAT, address=f"v-{n}", until=1)) for n in range(AT_ONCE)]
    later = [(5000, OrganisationId("other"), Block(channel=WEBCHAT, address="clara")),
             (5001, ACME, Block(channel=WEBCHAT, address="clara", until=60_000))]  # fmt: skip

    async def lately(at: int, limit: int) -> list[tuple[int, OrganisationId, Block]]:
        asked.append(at)
        return [one for one in [*over, *later] if one[0] >= at][:limit]

    monkeypatch.setattr(edge.blocks, "lately", lately, raising=False)
    await edge.sockets.blocked.look(30_000, 50_000)
    assert asked == [30_000 - LATELY_SECONDS * 1000, over[-1][0]]
    assert await clara.is_closed() == CloseCode.BLOCKED

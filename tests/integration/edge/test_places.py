"""Places for sockets: bounded for a person, for an address and in all, and agents always find one."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from intervene.core.access import Person
from intervene.core.actors import Role
from intervene.core.ids import OrganisationId
from intervene.core.limits import AGENT_READ_BURST, SOCKETS_BEFORE_HELLO, SOCKETS_OF_AGENT, SOCKETS_OF_CONTACT
from tests.integration.edge.conftest import Edge
from tests.kit.limits import eventually
from tests.kit.peer import Peer

PROXY = {"X_Forwarded_For": "203.0.113.9"}


class Crowd:
    """Peers that stay until the test ends."""

    def __init__(self, edge: Edge, stack: AsyncExitStack) -> None:
        self._edge = edge
        self._stack = stack

    async def connects(self, **headers: str) -> Peer:
        """Nothing is said after the upgrade."""
        peer = await self._stack.enter_async_context(self._edge.peer())
        assert await peer.upgrades(**headers) == 101
        return peer

    async def joins(self, token: str, **headers: str) -> Peer:
        peer = await self.connects(**headers)
        peer.says(type="hello", token=token)
        await peer.sees("welcome")
        return peer

    async def is_refused(self, token: str, **headers: str) -> int:
        """The close code that comes instead of a welcome."""
        peer = await self.connects(**headers)
        peer.says(type="hello", token=token)
        return await peer.is_closed()


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as stack:
        yield stack


@pytest.fixture
def crowd(edge: Edge, stack: AsyncExitStack) -> Crowd:
    return Crowd(edge, stack)


@pytest.mark.parametrize(("role", "most"), [(None, SOCKETS_OF_CONTACT), (Role.AGENT, SOCKETS_OF_AGENT)])
async def test_one_session_too_many_of_a_person_is_closed_and_the_others_stay(
    edge: Edge, crowd: Crowd, role: Role | None, most: int
) -> None:
    """[P7] It may come back, and gets in when another has ended."""
    token = edge.token("Clara", role)
    peers = [await crowd.joins(token) for _ in range(most)]
    assert await crowd.is_refused(token) == 4007
    await crowd.joins(edge.token("Bob", role))
    for peer in peers:
        peer.says(type="ping")
        await peer.sees("pong")
    peers[3].closes()
    assert await peers[3].is_closed() == 1000
    await crowd.joins(token)
    assert await crowd.is_refused(token) == 4007


async def test_a_person_s_allowance_is_one_over_all_sockets_and_does_not_begin_anew(edge: Edge, crowd: Crowd) -> None:
    """[P7]"""
    edge.clock.hold()
    say = {"type": "say", "conversation": "c1", "text": "hi"}
    first, second = [await crowd.joins(edge.visitor_token) for _ in range(2)]
    for number in range(10):
        for peer in (first, second):
            peer.says(**say, id=f"k{number}")
    await eventually(lambda: len(edge.engine.submitted) == 20)
    for peer in (first, second):
        peer.says(**say, id="last")
        assert (await peer.sees("error"))["code"] == "too_fast"
    assert len(edge.engine.submitted) == 20
    for peer in (first, second):
        peer.closes()
        assert await peer.is_closed() == 1000
    await eventually(lambda: not len(edge.sockets))
    again = await crowd.joins(edge.visitor_token)
    again.says(**say, id="again")
    assert (await again.sees("error"))["code"] == "too_fast"
    edge.clock.skip(1.0)
    for number in range(3):
        again.says(**say, id=f"later-{number}")
    assert (await again.sees("error"))["id"] == "later-2"


async def test_customers_leave_a_share_of_the_places_to_staff(stack: AsyncExitStack) -> None:
    """[P7] Whatever customers do, agents come in; and all together are never more than the setting says."""
    async with Edge(max_sessions=20) as edge:
        crowd = Crowd(edge, stack)
        customers = [await crowd.joins(edge.token(f"V{number}")) for number in range(18)]
        assert await crowd.is_refused(edge.token("V18")) == 1013
        agents = [await crowd.joins(edge.token(f"A{number}", Role.AGENT)) for number in range(2)]
        async with edge.peer() as late:
            assert await late.upgrades() == 503
        for peer in (*customers, *agents):
            peer.says(type="ping")
            await peer.sees("pong")
        customers[0].closes()
        assert await customers[0].is_closed() == 1000
        await crowd.joins(edge.token("V18"))


async def test_an_agent_comes_in_beside_silent_sockets_from_many_addresses(stack: AsyncExitStack) -> None:
    """[P7] The oldest that has not said hello makes room, and there are never more than the setting says."""
    async with Edge(max_sessions=30, development=False) as edge:
        crowd = Crowd(edge, stack)
        silent = [await crowd.connects(X_Forwarded_For=f"203.0.113.{number}") for number in range(60)]
        assert len(edge.sockets) == SOCKETS_BEFORE_HELLO
        await eventually(lambda: edge.metrics.sockets == SOCKETS_BEFORE_HELLO)
        assert len(edge.sockets._before_hello) == SOCKETS_BEFORE_HELLO
        agents = [await crowd.joins(edge.token(f"A{number}", Role.AGENT)) for number in range(3)]
        silent += [await crowd.connects(X_Forwarded_For=f"198.51.100.{number}") for number in range(60)]
        agents.append(await crowd.joins(edge.token("A3", Role.AGENT)))
        for agent in agents:
            agent.says(type="ping")
            await agent.sees("pong")
        assert len(edge.sockets) <= 30
        assert (await silent[0].reads()).code == 4002


async def test_places_of_those_who_have_said_goodbye_are_given_away(stack: AsyncExitStack) -> None:
    """[P7] A peer that does not end its connection keeps no place by that."""
    async with Edge(max_sessions=5) as edge:
        edge.sockets.wheel.stop()
        crowd = Crowd(edge, stack)
        for _ in range(3):
            for number in range(4):
                peer = await crowd.connects()
                peer.says(type="hello", token=f"not a token {number}")
                assert (await peer.reads()).code == 4500  # and nothing is answered
        await crowd.joins(edge.agent_token)
        assert len(edge.sockets) <= 5


async def test_customers_of_one_address_are_bounded_and_agents_there_come_in(stack: AsyncExitStack) -> None:
    """[P7]"""
    async with Edge(development=False, sessions_per_address=100) as edge:
        crowd = Crowd(edge, stack)
        edge.clock.hold()
        for number in range(100):
            edge.clock.skip(0.2)
            await crowd.joins(edge.token(f"V{number}"), **PROXY)
        edge.clock.skip(5)
        assert await crowd.is_refused(edge.token("V100"), **PROXY) == 4007
        await crowd.joins(edge.agent_token, **PROXY)
        await crowd.joins(edge.token("V100"), X_Forwarded_For="203.0.113.10")


async def test_upgrades_of_one_address_are_bounded(stack: AsyncExitStack) -> None:
    """[P7] Also of one that says hello each time."""
    async with Edge(development=False, sessions_per_address=50) as edge:
        edge.clock.hold()
        crowd = Crowd(edge, stack)
        for _ in range(20):
            assert await crowd.is_refused("not a token", **PROXY) == 4500
        async with edge.peer() as peer:
            assert await peer.upgrades(**PROXY) == 429
            assert "retry-after: 1" in peer.head.lower()
        await crowd.joins(edge.agent_token, X_Forwarded_For="203.0.113.10")
        edge.clock.skip(1)
        await crowd.joins(edge.agent_token, **PROXY)


async def test_lists_over_http_are_paid_for(edge: Edge) -> None:
    """[P7] With the same purse as the agent's pages."""
    edge.clock.hold()
    for _ in range(AGENT_READ_BURST):
        edge.sockets.allowances._agent_reads.take(Person(OrganisationId("acme"), True, "anna"), edge.clock.monotonic())
    reply = await edge.ask("GET", "/v1/conversations", authorization=f"Bearer {edge.agent_token}")
    assert (reply.status, reply.json["code"], reply.headers["retry-after"]) == (429, "too_fast", "1")
    other = await edge.ask("GET", "/v1/conversations", authorization=f"Bearer {edge.token('Ben', Role.AGENT)}")
    assert other.status == 200

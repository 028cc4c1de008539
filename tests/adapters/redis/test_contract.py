"""What every hub and every lease promises, in memory and on Redis."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest

from intervene.adapters.local import LocalHub, LocalLeases
from intervene.adapters.redis.connections import Connections
from intervene.adapters.redis.leases import RedisLeases
from intervene.adapters.redis.stats import Stats
from intervene.core.ids import Key, NodeId, OrganisationId
from intervene.ports import Leases
from tests.adapters.redis.conftest import Serve
from tests.adapters.redis.nodes import ACME, C1, C2, OTHER, HubNode, LocalNode, RedisNode, envelope, whisper
from tests.limits import eventually
from tests.server import until

Make = Callable[[str], Awaitable[HubNode]]


@pytest.fixture(params=["local", "redis"])
async def make(request: pytest.FixtureRequest, serve: Serve) -> AsyncIterator[Make]:
    async with AsyncExitStack() as stack:
        if request.param == "local":
            hub = LocalHub()

            async def local(name: str) -> HubNode:
                return LocalNode(name, hub)

            yield local
        else:
            server = await serve()

            async def on_redis(name: str) -> HubNode:
                node = RedisNode(name, server.url)
                stack.push_async_callback(node.ends)
                await node.starts()
                return node

            yield on_redis


async def test_a_node_takes_the_commits_of_what_it_follows_in_order(make: Make) -> None:
    n1, n2 = await make("n1"), await make("n2")
    await n2.follows(C1)
    for version in range(1, 101):
        n1.commits(C1, version)
    await n2.has_taken(C1, range(1, 101))


async def test_a_commit_arrives_as_it_was_published(make: Make) -> None:
    n1, n2 = await make("n1"), await make("n2")
    await n2.follows(C1)
    n1.commits(C1, 7)
    await eventually(lambda: bool(n2.taken))
    assert n2.taken == [envelope(C1, 7)]


async def test_a_node_hears_nothing_of_what_it_does_not_follow(make: Make) -> None:
    n1, n2 = await make("n1"), await make("n2")
    await n2.follows(C1)
    n1.commits(C2, 1)
    n1.commits(Key(OTHER, C1.conversation), 2)
    n1.types(C2)
    n1.commits(C1, 3)
    await n2.has_taken(C1, [3])
    assert len(n2.taken) == 1
    assert not n2.typed


async def test_a_node_does_not_hear_itself(make: Make) -> None:
    n1, n2 = await make("n1"), await make("n2")
    await n1.follows(C1)
    n1.commits(C1, 1)
    n1.types(C1)
    n2.commits(C1, 2)
    await n1.has_taken(C1, [2])
    assert not n1.typed


async def test_all_nodes_that_follow_a_conversation_take_its_commits(make: Make) -> None:
    n1, n2, n3 = await make("n1"), await make("n2"), await make("n3")
    await n2.follows(C1)
    await n3.follows(C1, C2)
    n1.commits(C1, 1)
    await n2.has_taken(C1, [1])
    await n3.has_taken(C1, [1])


async def test_typing_is_heard(make: Make) -> None:
    n1, n2 = await make("n1"), await make("n2")
    await n2.follows(C1)
    n1.types(C1)
    await eventually(lambda: n2.typed == [whisper(C1)])


async def test_nothing_is_heard_inside_the_call_that_publishes(make: Make) -> None:
    n1, n2 = await make("n1"), await make("n2")
    await n2.follows(C1)
    n1.commits(C1, 1)
    n1.types(C1)
    assert not n2.taken
    assert not n2.typed
    await n2.has_taken(C1, [1])


async def test_following_and_leaving_twice_does_no_harm(make: Make) -> None:
    n1, n2 = await make("n1"), await make("n2")
    await n2.follows(C2)
    n2.leaves(C1)
    await n2.follows(C1)
    n2.leaves(C1)
    n2.leaves(C1)
    n1.commits(C2, 1)
    await n2.has_taken(C2, [1])


# -- leases ------------------------------------------------------------------------------------------------------------


@pytest.fixture(params=["local", "redis"])
async def leases(request: pytest.FixtureRequest, serve: Serve, patient: float) -> AsyncIterator[Leases]:
    if request.param == "local":
        yield LocalLeases()
        return
    server = await serve()
    connections = Connections(server.url)
    leases = RedisLeases(connections, node=NodeId("n1"), stats=Stats())
    yield leases
    await leases.close()
    await connections.close()


async def holds(leases: Leases, key: Key, epoch: int) -> None:
    async def is_held() -> bool:
        return await leases.peek(key) == epoch

    await until(is_held)


async def test_nobody_holds_a_lease_at_first(leases: Leases) -> None:
    assert await leases.peek(C1) == 0


async def test_a_lease_says_which_epoch_is_being_taken(leases: Leases) -> None:
    leases.take(C1, 5)
    await holds(leases, C1, 5)
    assert await leases.peek(C2) == 0
    assert await leases.peek(Key(OTHER, C1.conversation)) == 0


async def test_only_a_higher_epoch_replaces_a_lease(leases: Leases) -> None:
    leases.take(C1, 9)
    await holds(leases, C1, 9)
    leases.take(C1, 8)
    leases.take(C1, 9)
    leases.take(C2, 1)
    await holds(leases, C2, 1)  # what came before it is settled, or will not be
    assert await leases.peek(C1) == 9
    leases.take(C1, 10)
    await holds(leases, C1, 10)


async def test_of_many_leases_taken_at_once_the_highest_stays(leases: Leases) -> None:
    for epoch in (3, 17, 5, 11, 2):
        leases.take(C1, epoch)
    await holds(leases, C1, 17)
    await asyncio.sleep(0)
    assert await leases.peek(C1) == 17


async def test_organisations_never_share_a_lease(leases: Leases) -> None:
    leases.take(Key(OrganisationId("acme:c"), C1.conversation), 4)
    await holds(leases, Key(OrganisationId("acme:c"), C1.conversation), 4)
    assert await leases.peek(Key(ACME, C1.conversation)) == 0

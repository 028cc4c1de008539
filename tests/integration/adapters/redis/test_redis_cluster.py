"""Hub and leases on a Redis Cluster of three masters: sharded pub/sub, slots that move, masters that die."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from msgspec.structs import replace

from intervene.adapters.redis.cluster import ClusterConnections, connect
from intervene.adapters.redis.leases import RedisLeases
from intervene.adapters.redis.names import TAGGED, slot
from intervene.adapters.redis.stats import Stats
from intervene.core.ids import ConversationId, Key, NodeId
from intervene.ops.doctor.findings import Report, State
from intervene.ops.doctor.redis import examine
from intervene.ports.topics import NODES, ConversationTopic
from tests.integration.adapters.redis.nodes import ACME, RedisNode
from tests.kit.limits import LONG_WAIT, TIMING, eventually
from tests.kit.redis_cluster import RedisCluster, subscribers

Nodes = Callable[..., Awaitable[RedisNode]]


def channel(key: Key) -> bytes:
    return TAGGED.channel(ConversationTopic(key))


@pytest.fixture
async def cluster(tmp_path: Path) -> AsyncIterator[RedisCluster]:
    cluster = RedisCluster(tmp_path)
    try:
        await cluster.start()
        yield cluster
    finally:
        await cluster.kill()


@pytest.fixture
async def nodes(cluster: RedisCluster) -> AsyncIterator[Nodes]:
    async with AsyncExitStack() as stack:

        async def make(name: str, **waits: float) -> RedisNode:
            node = RedisNode(name, cluster.url, timing=replace(TIMING, **waits))
            stack.push_async_callback(node.ends)
            await node.starts()
            return node

        yield make


def on_each(cluster: RedisCluster) -> list[Key]:
    """A conversation on each master."""
    found: dict[int, Key] = {}
    for number in range(1000):
        key = Key(ACME, ConversationId(f"c{number}"))
        found.setdefault(cluster.owner(channel(key)).port, key)
        if len(found) == len(cluster.masters):
            return [found[master.port] for master in cluster.masters]
    raise AssertionError("hashing is no lottery")


async def test_what_is_published_on_any_shard_arrives_and_a_slot_may_move_meanwhile(
    cluster: RedisCluster, nodes: Nodes
) -> None:
    """[P5] No publish is lost for ever: what the move costs is a gap, after which nodes compare with the log."""
    n1, n2 = await nodes("n1"), await nodes("n2")
    keys = on_each(cluster)
    await n2.follows(*keys)
    for version in (1, 2, 3):
        for key in keys:
            n1.commits(key, version)
    for key in keys:
        await n2.has_taken(key, [1, 2, 3])
        assert subscribers(cluster.owner(channel(key)), channel(key)) == 1 == cluster.subscribers(channel(key))
    await eventually(lambda: n1.beats["n2"] > 0 and n2.beats["n1"] > 0)
    assert n2.stats.received > 0

    moving, gaps = keys[0], n2.gaps[keys[0]]
    new = cluster.masters[1]
    cluster.move(slot(channel(moving)), new)
    n1.commits(moving, 4)
    await eventually(lambda: n2.gaps[moving] > gaps and cluster.subscribers(channel(moving)) == 1, within=LONG_WAIT)
    n1.commits(moving, 5)
    await eventually(lambda: 5 in n2.versions(moving))
    assert set(n2.versions(moving)) >= {1, 2, 3, 5}, "4 may be the gap"
    gaps = n2.gaps[moving]
    for master in (cluster.masters[2], new):  # there and back, before a node can look
        cluster.move(slot(channel(moving)), master)
    await eventually(lambda: n2.gaps[moving] > gaps, within=LONG_WAIT)
    n1.commits(moving, 6)
    await eventually(lambda: 6 in n2.versions(moving))
    for key in keys[1:]:
        n1.commits(key, 4)
        await n2.has_taken(key, [1, 2, 3, 4])
    await n1.is_up()


async def test_the_slots_of_heartbeats_and_of_an_echo_may_move(cluster: RedisCluster, nodes: Nodes) -> None:
    n1, n2 = await nodes("n1"), await nodes("n2")
    old = cluster.owner(TAGGED.channel(NODES))
    new = next(master for master in cluster.masters if master is not old)
    cluster.move(slot(TAGGED.channel(NODES)), new)
    cluster.move(0, cluster.masters[2])  # the first slot of the first master has its echo
    await eventually(lambda: cluster.subscribers(TAGGED.channel(NODES)) == 2, within=LONG_WAIT)
    before = n1.beats["n2"]
    await eventually(lambda: n1.beats["n2"] > before, within=LONG_WAIT)
    await n1.is_up()
    await n2.is_up()


async def test_a_master_that_dies_costs_its_conversations_alone_and_its_replica_takes_over(
    cluster: RedisCluster, nodes: Nodes
) -> None:
    """[P4] The hub says that it is down, so nodes compare with the log; what the other shards carry goes on."""
    keys = on_each(cluster)
    dying = cluster.masters[0]
    replica = await cluster.replicate(dying)
    n1, n2 = await nodes("n1"), await nodes("n2")
    await n2.follows(*keys)
    gaps = n2.gaps[keys[0]]
    await dying.kill()
    await n1.is_down()
    n1.commits(keys[0], 1)
    for key in keys[1:]:
        n1.commits(key, 1)
        await n2.has_taken(key, [1])
    cluster.masters[0] = replica
    await eventually(lambda: n1.losses > 0 and n2.gaps[keys[0]] > gaps, within=LONG_WAIT)
    await n1.is_up(within=LONG_WAIT)
    await n2.is_up(within=LONG_WAIT)
    await n1.reaches(n2, keys[0], 2, within=LONG_WAIT)


async def test_a_cluster_that_comes_up_later_is_found_and_lost_publishes_are_compared(
    cluster: RedisCluster, nodes: Nodes
) -> None:
    n1, n2 = await nodes("n1"), await nodes("n2")
    [key, *_] = on_each(cluster)
    await n2.follows(key)
    for master in cluster.masters:
        master.hang()
    await n1.is_down(within=LONG_WAIT)
    for master in cluster.masters:
        master.wake()
    await n1.is_up(within=LONG_WAIT)
    await n2.is_up(within=LONG_WAIT)
    await n1.reaches(n2, key, 1, within=LONG_WAIT)


async def test_leases_are_on_the_shard_of_their_conversation(cluster: RedisCluster) -> None:
    """[P4] `intervene doctor` finds all of it well."""
    connections = ClusterConnections(cluster.url, replace(TIMING, lease_answer=2.0))
    leases = RedisLeases(connections, node=NodeId("n1"), stats=Stats())
    keys = on_each(cluster)
    assert await leases.peek(keys[0]) == 0, "nothing is known of the cluster yet, which is no lease"
    assert await connections.look()
    for key, master in zip(keys, cluster.masters, strict=True):
        leases.take(key, 7)
        await eventually(lambda: not leases._tasks)
        assert master.ask("EXISTS", TAGGED.lease(key)) == 1
        assert await leases.peek(key) == 7
    report = Report()
    await examine(cluster.url, report)
    assert [finding.state for finding in report if "publish" not in finding.check] == [State.OK] * (1 + 3 * 6), report
    await cluster.masters[0].kill()
    assert await leases.peek(keys[0]) == 0
    assert await leases.peek(keys[1]) == 7
    await leases.close()
    await connections.close()


@pytest.mark.parametrize(
    "url", ["redis+cluster://", "redis+cluster://:1", "redis+cluster://h/1", "redis+cluster://h?a=b"]
)
def test_a_url_that_says_something_else_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        connect(url)

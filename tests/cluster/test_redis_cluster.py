"""Two nodes on a Redis Cluster: slots move and a master dies while a bot streams and an agent takes over."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from intervene.adapters.redis.names import TAGGED, slot
from intervene.core.ids import ConversationId, Key, OrganisationId
from intervene.ports.topics import ConversationTopic
from tests.cluster.bench import Bench
from tests.cluster.hub import is_streamed_to, shows, takes_over, they_talk
from tests.cluster.scenes import is_taken, is_the_end_of, streaming
from tests.kit.limits import CAUGHT_UP, POLLED
from tests.kit.redis_cluster import RedisCluster


@pytest.fixture
async def redis_cluster(tmp_path: Path) -> AsyncIterator[RedisCluster]:
    cluster = RedisCluster(tmp_path)
    try:
        await cluster.start()
        yield cluster
    finally:
        await cluster.kill()


async def test_a_takeover_across_nodes_while_its_slot_moves_and_then_its_master_is_dead(
    bench: Bench, redis_cluster: RedisCluster
) -> None:
    """[P1, P2, P4, P5] The hub is only a hint on a cluster too: what a dead shard does not carry, nodes read from the
    log."""
    for name in ("a", "b"):
        node = bench.node(name)
        await node.opens_lines()
        node.settings["redis_url"] = redis_cluster.url
    async with streaming(bench) as scene:
        a, b, maria, ana, c, written = scene
        for node in (a, b):
            await shows(node, hub_up=1, polling=0)
        channel = TAGGED.channel(ConversationTopic(Key(OrganisationId("default"), ConversationId(c))))
        old = redis_cluster.owner(channel)
        assert redis_cluster.subscribers(channel) == 2
        new = next(master for master in redis_cluster.masters if master is not old)
        redis_cluster.move(slot(channel), new)
        await is_streamed_to(maria, c, 3)
        await is_streamed_to(ana, c, 3)

        await new.kill()
        await takes_over(ana, c)
        await maria.sees(c, is_taken, within=POLLED)
        assert (await maria.sees(c, is_the_end_of(written), within=POLLED)).is_interrupted
        await they_talk(scene, "A shard is dead.", within=POLLED)
        for node in (a, b):
            await shows(node, within=CAUGHT_UP, hub_up=0, polling=1)
        await bench.is_in_order(maria, ana)

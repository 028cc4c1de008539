"""Claims, joins, splits, blocks and openings at random on two nodes: no deadlock, no conversation lost, nobody sees
another's, and none of a blocked customer is open."""

from collections.abc import AsyncIterator
from random import Random

import pytest

from intervene.adapters.postgres.database import PostgresDatabase
from intervene.adapters.postgres.log import PostgresLog
from intervene.adapters.sql.store import Store
from intervene.core.conversation.moves import AskForPerson, Intervene
from intervene.core.conversation.speech import AgentSay
from intervene.core.ids import (
    CommandId,
    Key,
    MessageId,
)
from intervene.core.text import message_text
from intervene.migrations import upgrade_postgres
from tests.integration.engine.cluster import Cluster, Node
from tests.integration.engine.world import ANNA, Crash, World, plays
from tests.kit.postgres import Postgres
from tests.unit.core.cast import ACME


@pytest.mark.parametrize("seed", [1, 2])
async def test_identities_at_random_keep_the_promises(cluster: Cluster, n1: Node, n2: Node, seed: int) -> None:
    """[P4] [P5] [P6] [C3] [C5]"""
    world = World(cluster, [n1, n2], Random(seed))
    await plays(world, 400)
    assert world.crashes
    assert {
        "comes",
        "says",
        "closes",
        "begins",
        "reopens",
        "claims",
        "joins",
        "detaches",
        "blocks",
        "repeats",
    } <= world.done.keys()


@pytest.mark.parametrize("step", [2, 3, 4])
async def test_a_join_whose_node_ends_behind_a_step_is_done_by_another(
    cluster: Cluster, n1: Node, n2: Node, step: int
) -> None:
    """[P4] [P5] [C5] One question waits in the conversation that goes on, and the other one leads there."""
    world = World(cluster, [n1], Random(step))
    world.owners = {"v-1": "p", "u-1": "p"}
    await world.speaks("u-1")
    kept = await world.opens("u-1")
    await n1.engine.call(Key(ACME, kept), AskForPerson(id=CommandId("a1"), by=await world.visitor("u-1")))
    anna = Intervene(id=CommandId("i1"), by=ANNA, epoch=(await world.read(kept)).epoch)
    await n1.engine.call(Key(ACME, kept), anna)
    held = await world.read(kept)
    answer = AgentSay(
        id=CommandId("i2"), by=ANNA, message=MessageId("i2"), text=message_text("hi"), epoch=held.epoch, seen=held.seq
    )
    await n1.engine.call(Key(ACME, kept), answer)
    await world.speaks("v-1")
    dropped = await world.opens("v-1")
    ids = (await world.visitor("v-1")).channel_id, (await world.visitor("u-1")).channel_id
    job = await cluster.store.joins.claim(*ids, "j1")
    assert job is not None
    with pytest.raises(Crash):
        await world.jobs(step).do(job)
    world.nodes = [n2]
    await world.is_sound()
    left, goes_on = await world.read(dropped), await world.read(kept)
    assert (left.is_open, left.lineage.next, left.identity) == (False, kept, "u-1")
    assert (goes_on.is_open, goes_on.holder, goes_on.identity) == (True, ANNA.agent, "u-1")
    assert goes_on.counters.unanswered_since
    kinds = [event.body.__struct_config__.tag for event in (await world._log(kept))[1]]
    assert kinds.count("continued_from") == 1, "each step is done once"


@pytest.fixture
async def shared(cluster: Cluster, postgres: Postgres) -> AsyncIterator[Postgres]:
    """The cluster stands on PostgreSQL."""
    async with postgres.fresh() as url:
        database = await PostgresDatabase.start(url, upgrade_postgres, cluster.timing)
        local = cluster.stands_on(Store.of(PostgresLog(database), database), url)
        yield postgres
        for node in cluster.nodes:
            node.dies()
        await database.close()
        cluster.nodes.clear()
        cluster.stands_on(local)


async def deadlocks(server: Postgres) -> int:
    ((count,),) = await server.sql("SELECT sum(deadlocks)::bigint FROM pg_stat_database")
    return int(count)


async def test_identities_at_random_on_postgresql_meet_no_deadlock(cluster: Cluster, shared: Postgres) -> None:
    """[P4] [P5] [P6] [C3] [C5]"""
    before = await deadlocks(shared)
    await plays(World(cluster, [cluster.node("n1"), cluster.node("n2")], Random(3)), 160)
    assert await deadlocks(shared) == before


@pytest.mark.slow
async def test_five_thousand_operations_on_identities_keep_the_promises(cluster: Cluster, shared: Postgres) -> None:
    """[P4] [P5] [P6] [C3] [C5]"""
    before = await deadlocks(shared)
    world = World(cluster, [cluster.node("n1"), cluster.node("n2")], Random())
    await plays(world, 5000)
    assert await deadlocks(shared) == before

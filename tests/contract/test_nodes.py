"""The contract of `ports.Nodes`, for every adapter."""

import anyio

from intervene.core.ids import AgentId, NodeId, OrganisationId
from intervene.ports.nodes import Member, Nodes
from tests.contract.build import ACME

ONE, TWO = NodeId("one"), NodeId("two")
ANNA, BEN = AgentId("anna"), AgentId("ben")
OTHER = OrganisationId("other")


async def test_each_beat_counts_the_node_s_own_row_up(nodes: Nodes) -> None:
    assert await nodes.readings() == {}
    for node in (ONE, ONE, TWO, ONE):
        await nodes.beat(node)
    assert await nodes.readings() == {ONE: 3, TWO: 1}


async def test_many_nodes_beat_at_once(nodes: Nodes) -> None:
    async with anyio.create_task_group() as tasks:
        for number in range(60):
            tasks.start_soon(nodes.beat, NodeId(f"node {number % 6}"))
    assert await nodes.readings() == {f"node {number}": 10 for number in range(6)}


async def test_a_node_that_leaves_leaves_nothing(nodes: Nodes) -> None:
    for node in (ONE, TWO):
        await nodes.beat(node)
        await nodes.keep_agents(node, {Member(ACME, ANNA): 0})
    for _ in range(2):
        await nodes.leave(ONE)
    assert await nodes.readings() == {TWO: 1}
    assert await nodes.nodes_of(ACME, ANNA) == [TWO]


async def test_the_long_dead_are_swept_and_who_beats_is_not(nodes: Nodes) -> None:
    for node in (ONE, TWO):
        await nodes.beat(node)
        await nodes.keep_agents(node, {Member(ACME, ANNA): 0})
    seen = await nodes.readings()
    await nodes.beat(TWO)
    await nodes.sweep(seen)
    assert await nodes.readings() == {TWO: 2}
    assert await nodes.nodes_of(ACME, ANNA) == [TWO]


async def test_a_node_that_was_swept_and_lives_counts_from_the_beginning(nodes: Nodes) -> None:
    """[P5] By which it knows that its rows are gone."""
    for _ in range(5):
        await nodes.beat(ONE)
    await nodes.sweep({ONE: 5})
    await nodes.beat(ONE)
    assert await nodes.readings() == {ONE: 1}


async def test_sessions_of_agents_are_found_where_they_are(nodes: Nodes) -> None:
    await nodes.keep_agents(ONE, {Member(ACME, ANNA): 0, Member(ACME, BEN): 0})
    await nodes.keep_agents(TWO, {Member(ACME, ANNA): 0})
    assert await nodes.nodes_of(ACME, ANNA) == [ONE, TWO]
    await nodes.keep_agents(ONE, {Member(ACME, BEN): 0})
    assert await nodes.nodes_of(ACME, ANNA) == [TWO]
    assert await nodes.nodes_of(ACME, BEN) == [ONE]
    await nodes.keep_agents(ONE, {})
    assert await nodes.nodes_of(ACME, BEN) == []


async def test_an_agent_of_another_organisation_with_the_same_id_is_somebody_else(nodes: Nodes) -> None:
    """[P6]"""
    await nodes.keep_agents(ONE, {Member(OTHER, ANNA): 0})
    assert await nodes.nodes_of(ACME, ANNA) == []

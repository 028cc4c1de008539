"""Rows of former formats are raised to the newest, with all that their logs say, while conversations go on."""

import asyncio

import pytest

from intervene.core.conversation.packing import FIRST_FORMAT, FORMAT
from intervene.core.limits import PAGE_EVENTS
from intervene.housekeeping import formats
from intervene.housekeeping.formats import Formats
from tests.integration.engine.actors import Customer, Person
from tests.integration.engine.cluster import Cluster, Node
from tests.integration.engine.room import Room
from tests.kit.limits import TIMING


def raising(cluster: Cluster, node: Node, format: int = FORMAT, *, is_mine: bool = True) -> Formats:
    node.engine.format = lambda: format
    made = Formats(
        engine=node.engine,
        log=cluster.log,
        schedule=cluster.store.schedule,
        format=lambda: format,
        is_mine=lambda: is_mine,
        timing=TIMING,
    )
    node.feeds.observers.append(made)
    return made


async def formats_of(cluster: Cluster) -> set[int]:
    rows, _ = await cluster.store.schedule.outdated(0, 100)
    return {FIRST_FORMAT for _ in rows} or {FORMAT}


@pytest.mark.parametrize("former", range(FIRST_FORMAT, FORMAT))
async def test_a_row_is_raised_with_all_that_its_log_says(cluster: Cluster, n1: Node, former: int) -> None:
    """[P5] The cluster's own look at the log, at the end, folds it again."""
    raising(cluster, n1, former)
    room = await cluster.opens(n1)
    clara, anna = room.customer(n1), room.agent("Anna", n1)
    await clara.watches()
    await anna.watches()
    for _ in range(3):
        await clara.says("hi")
    await anna.notes("hm")
    assert await formats_of(cluster) == {FIRST_FORMAT}
    held = raising(cluster, n1)
    await held.look()
    assert (await formats_of(cluster), held.raised) == ({FORMAT}, 1)
    state = n1.feeds.state(room.key)
    assert state is not None
    assert (state.last.by, state.last.text) == ("contact", "hi")
    await held.look()
    assert held.raised == 1


async def test_a_log_of_many_pages_is_folded(cluster: Cluster, n1: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    """[P7] A page at a time."""
    monkeypatch.setattr(formats, "PAGE_EVENTS", 2)
    assert PAGE_EVENTS > 2
    raising(cluster, n1, FIRST_FORMAT)
    room = await cluster.opens(n1)
    clara = room.customer(n1)
    await clara.watches()
    for n in range(7):
        await clara.says(f"number {n}")
    await raising(cluster, n1).look()
    assert await formats_of(cluster) == {FORMAT}


async def test_a_conversation_that_goes_on_meanwhile_is_raised_all_the_same(
    cluster: Cluster, n1: Node, room: Room, clara: Customer
) -> None:
    """[P5] The fold is of the very state over which it is written."""
    raising(cluster, n1, FIRST_FORMAT)
    other = await cluster.opens(n1)
    carl = other.customer(n1)
    await carl.watches()
    await carl.says("hi")
    held = raising(cluster, n1)
    await asyncio.gather(held.look(), *(carl.says(f"and {n}") for n in range(20)))
    await held.look()
    assert await formats_of(cluster) == {FORMAT}


async def test_a_row_that_a_late_node_wrote_is_raised_by_those_that_follow_it(
    cluster: Cluster, n1: Node, n2: Node
) -> None:
    """[P5] After all rows were raised: none is looked at again but for that."""
    held = raising(cluster, n1, is_mine=False)
    await held.look()
    raising(cluster, n2, FIRST_FORMAT)
    room = await cluster.opens(n2)
    anna: Person = room.agent("Anna", n1)
    await anna.watches()
    await held.look()
    assert await formats_of(cluster) == {FORMAT}

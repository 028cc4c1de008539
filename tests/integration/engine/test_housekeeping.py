"""What a heartbeat does besides turns and timers, which `test_runner` has."""

import asyncio

from msgspec.structs import replace

from intervene.bots.kinds.echo import echo
from intervene.core.events import Piece
from tests.integration.engine.cluster import Cluster, Node
from tests.integration.engine.room import Room
from tests.kit.limits import TIMING, eventually


async def test_a_heartbeat_takes_the_time_from_the_database(cluster: Cluster, n1: Node) -> None:
    cluster.clock.anchor(0)
    await n1.housekeeping.heartbeat()
    assert abs(cluster.clock.now() - await cluster.store.schedule.now()) < 60_000


async def test_pieces_are_dropped_a_while_after_their_message(cluster: Cluster, room: Room, n1: Node) -> None:
    """[P7] The message has their text; those of a reply that is being written stay."""
    bot = room.bot(n1)
    await bot.streams("I ", "can ")
    await bot.finishes("help.")
    await bot.streams("And ", "you?")
    await n1.housekeeping.sweeper.sweep()
    facts, _ = await room.reads()
    assert sum(isinstance(fact, Piece) for fact in facts) == 5
    cluster.timing = replace(TIMING, pieces_kept=-60.0)
    await cluster.node("n3").housekeeping.sweeper.sweep()
    facts, state = await room.reads()
    assert [fact.text for fact in facts if isinstance(fact, Piece)] == ["And ", "you?"]
    assert state.stream is not None
    assert await room.messages() == ["Echo: I can help."]
    cluster.rooms.clear()  # the log is no longer all there to be checked


async def test_housekeeping_outlives_a_log_that_is_away(cluster: Cluster) -> None:
    """[P5] What is owed is taken up when the log is back."""
    cluster.timing = replace(TIMING, heartbeat=0.01)
    node = cluster.node("n3", {"echo": echo})
    assert node.runner
    node.runner.is_draining = True
    room = await cluster.opens(node)
    await room.customer(node).says("anybody?")
    node.log.is_away = True
    keeping = asyncio.ensure_future(node.housekeeping.run())
    await eventually(lambda: node.log.asked > 2)
    node.runner.is_draining = False
    node.log.is_away = False
    await room.comes_to(lambda state: state.streak == 1)
    keeping.cancel()

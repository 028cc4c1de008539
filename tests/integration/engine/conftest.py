"""A cluster for every test; at its end the promises hold, on the log and on every screen."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.integration.engine.actors import Customer, Person
from tests.integration.engine.cluster import Cluster, Node
from tests.integration.engine.room import Room
from tests.kit.limits import TIMING, WAIT


@pytest.fixture
async def cluster(tmp_path: Path) -> AsyncIterator[Cluster]:
    cluster = await Cluster.start(tmp_path / "intervene.db")
    yield cluster
    await cluster.settles()
    await cluster.is_sound()
    await cluster.close()


@pytest.fixture
def long_gap(cluster: Cluster) -> None:
    """Feeds wait long for a late envelope. To be asked for before the nodes."""
    cluster.timing = replace(TIMING, feed_gap=WAIT)


@pytest.fixture
def quick_retry(cluster: Cluster) -> None:
    """Feeds soon repeat a read that failed. To be asked for before the nodes."""
    cluster.timing = replace(TIMING, feed_retry=0.01)


@pytest.fixture
async def n1(cluster: Cluster) -> Node:
    return cluster.node("n1")


@pytest.fixture
async def n2(cluster: Cluster) -> Node:
    return cluster.node("n2")


@pytest.fixture
async def room(cluster: Cluster, n1: Node) -> Room:
    """A new conversation: the bot holds control and its first turn runs on n1."""
    return await cluster.opens(n1)


@pytest.fixture
async def clara(room: Room, n1: Node) -> Customer:
    """The customer, who watches on n1."""
    clara = room.customer(n1)
    await clara.watches()
    return clara


@pytest.fixture
async def anna(room: Room, n1: Node) -> Person:
    """An agent, who watches on n1."""
    anna = room.agent("Anna", n1)
    await anna.watches()
    return anna


@pytest.fixture
async def ben(room: Room, n2: Node) -> Person:
    """An agent, who watches on n2."""
    ben = room.agent("Ben", n2)
    await ben.watches()
    return ben

"""What carries envelopes between nodes, and the locks: the adapters that the contract suite runs on."""

from collections.abc import Callable
from typing import NamedTuple, Protocol

import pytest

from intervene.adapters.local import LEASE_SECONDS, LocalHub, LocalLeases
from intervene.core.ids import Key, NodeId
from intervene.ports import Envelope, Hub, Leases, Whisper


class Side(Hub, Protocol):
    """One node's end of a hub; the composition root sets what hears."""

    take: Callable[[Envelope], None]
    hear: Callable[[Whisper], None]


class Line(Protocol):
    """A hub as a whole."""

    async def connect(self, node: NodeId) -> Side: ...

    async def is_subscribed(self, side: Side, key: Key) -> None:
        """Returns once a subscription that was asked for is in force."""


class LocalLine:
    def __init__(self) -> None:
        self.hub = LocalHub()

    async def connect(self, node: NodeId) -> Side:
        return self.hub.connect(node)

    async def is_subscribed(self, side: Side, key: Key) -> None:
        pass


@pytest.fixture(params=["local"])
def line(request: pytest.FixtureRequest) -> Line:
    return LocalLine()


class Locks(NamedTuple):
    """`pass_time`: so many seconds go by, as far as leases see."""

    leases: Leases
    seconds: float
    pass_time: Callable[[float], None]


@pytest.fixture(params=["local"])
def locks(request: pytest.FixtureRequest) -> Locks:
    now = 1000.0

    def pass_time(seconds: float) -> None:
        nonlocal now
        now += seconds

    return Locks(LocalLeases(lambda: now), LEASE_SECONDS, pass_time)

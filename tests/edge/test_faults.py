"""Faults of ours: logged whole, told without detail, and kept to the one session. And what a session leaves behind."""

import asyncio
import gc
from collections.abc import Callable
from typing import Any

from structlog.testing import capture_logs
from websockets.protocol import Protocol

from intervene.edge.socket import Socket
from tests.edge.conftest import Edge
from tests.edge.peer import Peer
from tests.edge.stand_ins import KEY
from tests.limits import eventually

SECRET = "a very private sentence"
SAY = {"type": "say", "id": "1", "conversation": "c1", "text": SECRET}


def fails(*_: object, **__: object) -> Any:
    raise RuntimeError("out of order")


async def crashes(edge: Edge, peer: Peer, act: Callable[[], object]) -> None:
    """`act` makes the session fail: it is told without detail, and the log has everything but what people said."""
    with capture_logs() as logs:
        act()
        got = await peer.reads()
        assert got.code == 1011
        assert b"order" not in got.data
        await peer.rest()
    assert [entry["event"] for entry in logs if entry["log_level"] == "error"] == ["a session failed"]
    assert logs[0]["exc_info"]
    assert SECRET not in str(logs)
    await eventually(lambda: not len(edge.sockets))


async def test_a_fault_of_the_engine_closes_the_session(edge: Edge, clara: Peer) -> None:
    edge.engine.submit = fails  # type: ignore[method-assign]
    await crashes(edge, clara, lambda: clara.says(**SAY))


async def test_a_fault_of_the_feeds_closes_the_session(edge: Edge, clara: Peer) -> None:
    edge.feeds.join = fails  # type: ignore[method-assign]
    await crashes(edge, clara, lambda: clara.says(type="watch", conversation="c1"))


async def test_a_fault_of_the_log_closes_the_session(edge: Edge, clara: Peer) -> None:
    edge.log.read = fails  # type: ignore[method-assign]
    await crashes(edge, clara, lambda: clara.says(type="get_page", conversation="c1", before=1))


async def test_a_fault_while_showing_stays_with_the_one_session(edge: Edge, clara: Peer) -> None:
    socket = await edge.watches(clara)
    broken: Any = None  # no snapshot at all
    await crashes(edge, clara, lambda: socket.show(KEY, broken, reset=False))
    assert not edge.feeds.watchers[KEY]


async def test_a_fault_while_answering_stays_with_the_one_session(edge: Edge, clara: Peer) -> None:
    clara.says(**SAY)
    await eventually(lambda: bool(edge.engine.submitted))
    broken: Any = "neither a receipt nor an error"
    await crashes(edge, clara, lambda: edge.engine.submitted[0].reply(broken))


async def test_a_session_is_freed_without_the_garbage_collector(edge: Edge) -> None:
    """What was frozen is never collected again: a circle that holds a session would leak it."""
    gc.collect()
    gc.disable()
    try:
        for ending in ("abort", "close", "broken"):
            async with edge.peer() as clara:
                await clara.joins(edge.visitor_token)
                await edge.watches(clara)
                edge.feeds.joins.clear()
                if ending == "close":
                    clara.closes()
                    await clara.is_closed()
                elif ending == "broken":
                    clara.writes(b"\xff\xff")
                    await clara.is_closed()
            await eventually(lambda: not len(edge.sockets))
            await asyncio.sleep(0)
            assert [thing for thing in gc.get_objects() if isinstance(thing, Socket | Protocol)] == [], ending
    finally:
        gc.enable()

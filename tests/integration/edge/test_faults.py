"""Faults of ours: logged whole, told without detail, and kept to the one session. And what a session leaves behind."""

import asyncio
import gc
from collections.abc import Callable
from typing import Any

import pytest
from structlog.testing import capture_logs
from websockets.protocol import Protocol

from intervene.core.actors import Role
from intervene.core.session import Session
from intervene.edge.socket.socket import Socket
from tests.integration.edge.conftest import Edge
from tests.integration.edge.stand_ins import KEY
from tests.kit.limits import eventually
from tests.kit.peer import Peer

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


@pytest.mark.parametrize("role", [None, Role.AGENT])
async def test_a_session_that_fails_while_it_joins_is_not_counted_for_ever(
    edge: Edge, peer: Peer, role: Role | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """[P8] Nor is one less left than there were: what was counted is taken back, whatever failed in between."""
    monkeypatch.setattr(Session, "joined", fails)
    assert await peer.upgrades() == 101
    await crashes(edge, peer, lambda: peer.says(type="hello", token=edge.token("Clara", role)))
    assert (edge.metrics.contacts, edge.metrics.agents, edge.sockets.staff.active()) == (0, 0, {})
    assert not edge.sockets._before_hello


async def test_a_session_that_fails_before_it_joins_is_not_counted(
    edge: Edge, peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """[P8]"""
    monkeypatch.setattr(edge.tokens, "verify", fails)
    assert await peer.upgrades() == 101
    await crashes(edge, peer, lambda: peer.says(type="hello", token="t"))
    assert (edge.metrics.contacts, edge.metrics.agents) == (0, 0)
    assert not edge.sockets._before_hello


@pytest.mark.parametrize("role", [None, Role.AGENT])
async def test_a_session_that_fails_after_it_joined_is_taken_back_once(
    edge: Edge, peer: Peer, role: Role | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """[P8] Its watches fail too."""
    await peer.joins(edge.token("Clara", role))
    await edge.watches(peer)
    monkeypatch.setattr(edge.feeds, "leave", fails)
    monkeypatch.setattr(edge.engine, "submit", fails)
    peer.says(
        **{**SAY, "type": "say"} if role is None else {"type": "intervene", "id": "1", "conversation": "c1", "epoch": 1}
    )
    await peer.rest()
    await eventually(lambda: not len(edge.sockets))
    assert (edge.metrics.contacts, edge.metrics.agents, edge.sockets.staff.active()) == (0, 0, {})


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

"""How a server ends, and what it does about the garbage collector."""

import asyncio
import gc
import os
import signal
import socket

import anyio
import pytest

from intervene.core.limits import VISITOR_BURST
from intervene.edge import server
from intervene.edge.server import bind
from tests.integration.edge.conftest import NEW, Edge
from tests.kit.limits import WAIT, eventually
from tests.kit.peer import Peer


async def test_sessions_are_told_that_the_server_goes_and_may_come_back(edge: Edge, clara: Peer, peer: Peer) -> None:
    assert await peer.upgrades() == 101
    going = asyncio.create_task(edge.sockets.away(0))
    for one in (clara, peer):
        away = await one.sees("away")
        assert 0 <= away["after_ms"] <= 1000
        assert await one.is_closed() == 1012
    with anyio.fail_after(WAIT):
        await going
    assert len(edge.sockets) == 0


async def test_they_are_sent_away_spread_out(edge: Edge) -> None:
    peers = [edge.peer() for _ in range(5)]
    for peer in peers:
        await peer.__aenter__()
        await peer.joins(edge.visitor_token)
    going = asyncio.create_task(edge.sockets.away(0.5))
    await eventually(lambda: edge.metrics.closes["1012"] == 1)
    assert not going.done()
    for peer in peers:
        await peer.sees("away")
        await peer.is_closed()
        await peer.__aexit__()
    await going
    assert edge.metrics.closes["1012"] == 5


async def test_who_does_not_go_is_cut_off(edge: Edge, clara: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
    edge.sockets.wheel.stop()  # it would do that too, later
    monkeypatch.setattr("intervene.edge.socket.registry.CLOSE_SECONDS", 0.05)
    with anyio.fail_after(WAIT):
        await edge.sockets.away(0)
    await eventually(lambda: not len(edge.sockets))
    await clara.sees("away")


async def test_a_signal_drains_before_it_stops(edge: Edge, clara: Peer) -> None:
    os.kill(os.getpid(), signal.SIGTERM)
    await clara.sees("away")
    assert await clara.is_closed() == 1012
    assert edge._task is not None
    with anyio.fail_after(WAIT):
        await asyncio.shield(edge._task)
    with pytest.raises(ConnectionRefusedError):
        await edge.ask("GET", "/healthz")


async def test_a_second_signal_does_not_wait(edge: Edge, clara: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
    draining = asyncio.Event()

    async def drain() -> None:
        draining.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(edge.server, "_drain", drain)
    os.kill(os.getpid(), signal.SIGINT)
    await draining.wait()
    os.kill(os.getpid(), signal.SIGTERM)  # the same one, from a parent that passes on what it got
    assert (await edge.ask("GET", "/healthz")).status == 200
    assert not edge.server.should_exit
    monkeypatch.setattr(server, "ONE_SIGNAL_SECONDS", 0.0)
    os.kill(os.getpid(), signal.SIGTERM)
    assert edge._task is not None
    with anyio.fail_after(WAIT / 3):
        await asyncio.shield(edge._task)


async def test_a_drain_that_fails_stops_the_server_too(edge: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
    async def drain() -> None:
        raise RuntimeError("a fault")

    monkeypatch.setattr(edge.server, "_drain", drain)
    edge.server.stop()
    assert edge._task is not None
    with anyio.fail_after(WAIT):
        await asyncio.shield(edge._task)


async def test_signals_are_given_back(edge: Edge) -> None:
    before = signal.getsignal(signal.SIGTERM)
    await edge.stop()
    assert signal.getsignal(signal.SIGTERM) is not before
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL


def test_a_port_that_is_taken_is_an_error_at_once() -> None:
    with bind("127.0.0.1", 0) as taken:
        taken.listen()
        with pytest.raises(OSError, match="in use"):
            bind("127.0.0.1", taken.getsockname()[1])


def test_both_families_can_be_bound() -> None:
    for host, family in (("127.0.0.1", socket.AF_INET), ("::1", socket.AF_INET6)):
        with bind(host, 0) as bound:
            assert bound.family == family


async def test_behind_a_proxy_of_this_machine_a_server_on_both_families_tells_clients_apart() -> None:
    """[P7] It sees the proxy as ::ffff:127.0.0.1."""
    async with Edge(host="::", development=False) as edge:

        async def ask_as(address: str) -> int:
            return (await edge.ask("POST", NEW, b"{}", **{"x-forwarded-for": address})).status

        assert {await ask_as("192.0.2.7") for _ in range(VISITOR_BURST + 1)} == {200, 429}
        assert await ask_as("192.0.2.8") == 200


def test_what_lives_long_is_taken_out_of_the_collector_s_sight() -> None:
    kept = [[n] for n in range(1000)]
    frozen = gc.get_freeze_count()
    server.settle()
    try:
        assert gc.get_freeze_count() >= frozen + len(kept)
        assert not any(thing is kept for thing in gc.get_objects())
    finally:
        gc.unfreeze()

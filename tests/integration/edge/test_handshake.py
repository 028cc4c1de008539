"""The way from HTTP to a session."""

import asyncio
import gc
from typing import Any

import pytest

from intervene.core.limits import SOCKETS_BEFORE_HELLO
from intervene.edge.http.protocol import Http
from tests.integration.edge.conftest import Edge
from tests.kit.limits import eventually
from tests.kit.peer import TEXT, Peer, frame, request

HELLO = frame(TEXT, b'{"type":"hello","token":"x"}')


# -- a session takes over ----------------------------------------------------------------------------------------------


async def test_nothing_of_http_stays_behind(edge: Edge, clara: Peer) -> None:
    state = edge.server.server_state
    assert (state.connections, state.tasks, len(edge.sockets)) == (set(), set(), 1)
    assert (edge.front.open, edge.front._waiting) == (0, {})


async def test_what_made_the_connection_is_freed_without_the_garbage_collector(edge: Edge) -> None:
    gc.collect()
    gc.disable()
    try:
        async with edge.peer() as clara:
            await clara.joins(edge.visitor_token)
            await asyncio.sleep(0)
            assert [thing for thing in gc.get_objects() if isinstance(thing, Http)] == []
    finally:
        gc.enable()


@pytest.mark.parametrize("cut", [0, 1, 5, 10, len(HELLO)])
async def test_frames_behind_the_request_are_the_session_s(edge: Edge, peer: Peer, cut: int) -> None:
    """[P3] In the same packet, whole or in part; the rest comes after our answer."""
    peer.writes(request() + HELLO[:cut])
    assert await peer.status() == 101
    peer.writes(HELLO[cut:])
    assert await peer.is_closed() == 4500


async def test_a_request_in_any_two_parts_is_the_same_request(edge: Edge, peer: Peer) -> None:
    whole = request() + HELLO
    for cut in range(1, len(whole), 7):
        async with edge.peer() as other:
            other.writes(whole[:cut])
            await asyncio.sleep(0)
            other.writes(whole[cut:])
            assert await other.status() == 101
            assert await other.is_closed() == 4500


async def test_an_upgrade_behind_another_request_comes_after_its_answer(edge: Edge, peer: Peer) -> None:
    peer.writes(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n" + request() + HELLO)
    assert await peer.status() == 200
    await peer._reader.readexactly(len(b'{"status":"ok"}'))
    assert await peer.status() == 101
    assert await peer.is_closed() == 4500


async def test_a_peer_that_is_gone_before_our_answer_leaves_nothing(edge: Edge) -> None:
    async with edge.peer() as peer:
        peer.writes(request() + HELLO[:3])
    await eventually(lambda: not edge.front.open and not len(edge.sockets))
    assert not edge.sockets._before_hello


async def test_the_subprotocol_is_agreed_on(edge: Edge, peer: Peer) -> None:
    assert await peer.upgrades(Sec_WebSocket_Protocol="other.v9, intervene.v1") == 101
    assert "sec-websocket-protocol: intervene.v1\r\n" in peer.head.lower()


async def test_a_client_without_subprotocols_is_served(edge: Edge, peer: Peer) -> None:
    assert await peer.upgrades(Sec_WebSocket_Protocol="") == 101
    assert "sec-websocket-protocol" not in peer.head.lower()


async def test_extensions_are_not_taken_up(edge: Edge, peer: Peer) -> None:
    assert await peer.upgrades(Sec_WebSocket_Extensions="permessage-deflate; client_max_window_bits") == 101
    assert "sec-websocket-extensions" not in peer.head.lower()


# -- refused before the upgrade ----------------------------------------------------------------------------------------


async def denied(edge: Edge, peer: Peer, **headers: str) -> tuple[int, str]:
    status = await peer.upgrades(**headers)
    body = (await peer.rest()).decode()
    assert len(edge.sockets) == 0 or status in (429, 503)
    return status, body


async def test_an_unknown_subprotocol_is_refused(edge: Edge, peer: Peer) -> None:
    status, body = await denied(edge, peer, Sec_WebSocket_Protocol="other.v9")
    assert status == 400
    assert '"code":"subprotocol"' in body


async def test_a_page_that_makes_its_own_name_mean_this_machine_is_refused(edge: Edge, peer: Peer) -> None:
    status, _ = await denied(edge, peer, Host="evil.example:8000", Origin="http://evil.example:8000")
    assert status == 403


async def test_an_address_has_few_sockets_before_their_hello(edge: Edge) -> None:
    """[P7]"""
    peers = [edge.peer() for _ in range(SOCKETS_BEFORE_HELLO + 1)]
    for peer in peers:
        await peer.__aenter__()
    try:
        for peer in peers[:-1]:
            assert await peer.upgrades() == 101
        assert await peers[-1].upgrades() == 429
        assert "retry-after: 5\r\n" in peers[-1].head.lower()
        assert b'"code":"too_many"' in await peers[-1].rest()
        peers[0].says(type="hello", token=edge.visitor_token)
        await peers[0].sees("welcome")
        async with edge.peer() as next_one:
            assert await next_one.upgrades() == 101
    finally:
        for peer in peers:
            await peer.__aexit__()
    await eventually(lambda: not len(edge.sockets))
    assert not edge.sockets._before_hello


async def test_a_full_server_says_so() -> None:
    async with Edge(max_sessions=1) as edge, edge.peer() as one, edge.peer() as two:
        await one.joins(edge.visitor_token)
        status, body = await denied(edge, two)
        assert (status, '"code":"full"' in body) == (503, True)
        assert "retry-after" in two.head.lower()


async def test_a_server_that_drains_lets_nobody_in(edge: Edge, peer: Peer) -> None:
    edge.sockets.is_draining = True
    status, body = await denied(edge, peer)
    assert (status, '"code":"draining"' in body) == (503, True)


async def test_a_denial_is_no_fault_of_ours(edge: Edge, peer: Peer, caplog: pytest.LogCaptureFixture) -> None:
    assert await peer.upgrades(Sec_WebSocket_Protocol="other.v9") == 400
    await peer.rest()
    await eventually(lambda: not edge.server.server_state.tasks)
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


async def test_urls_are_not_logged(edge: Edge, peer: Peer, caplog: pytest.LogCaptureFixture) -> None:
    """Somebody will put a token there."""
    caplog.set_level("DEBUG", "uvicorn.error")
    assert await peer.upgrades("/socket?token=secret") == 101
    async with edge.peer() as other:
        assert await other.upgrades("/elsewhere?token=secret") == 404
    await edge.ask("GET", "/healthz?token=secret")
    assert "secret" not in caplog.text


async def test_only_one_path_has_sockets(edge: Edge, peer: Peer) -> None:
    assert await peer.upgrades("/elsewhere") == 404


# -- development is for this machine -----------------------------------------------------------------------------------

ASKED = [
    ("POST", "/v1/development/agents", b'{"name":"Anna"}'), ("POST", "/v1/webchat/webchat/visitors", b"{}"),
    ("GET", "/v1/conversations", b""), ("GET", "/demo", b""),
    ("GET", "/desk", b""), ("GET", "/widget.js", b""), ("GET", "/socket", b""),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("x-forwarded-for", "203.0.113.9"), ("x-forwarded-for", "127.0.0.1"), ("x-forwarded-host", "localhost"),
        ("forwarded", "for=203.0.113.9"), ("via", "1.1 ngrok"), ("x-real-ip", "203.0.113.9"),
    ],
)  # fmt: skip
async def test_in_development_nothing_that_a_proxy_passed_on_is_answered(edge: Edge, name: str, value: str) -> None:
    """[P6] Through a proxy or a tunnel everybody comes from this machine."""
    passed_on: dict[str, Any] = {name: value}
    for method, path, body in ASKED:
        reply = await edge.ask(method, path, body, **passed_on)
        assert (reply.status, reply.json["code"]) == (403, "forwarded"), path
    async with edge.peer() as peer:
        assert await peer.upgrades(**passed_on) == 403
    async with edge.peer() as peer:
        peer.writes(b"GET /desk HTTP/1.0\r\nHost: localhost\r\n\r\n")  # nginx by default, which adds nothing
        assert await peer.status() == 403
    assert (await edge.ask("GET", "/healthz", **passed_on)).status == 200


@pytest.mark.parametrize(
    "host", ["evil.example:8000", "127.0.0.1.evil.example", "localhost.evil.example", "10.0.0.7", ""]
)
async def test_in_development_nothing_is_answered_under_the_name_of_another_host(edge: Edge, host: str) -> None:
    """[P6] A page elsewhere can make its own name mean this machine."""
    for method, path, body in ASKED:
        reply = await edge.ask(method, path, body, host=host)
        assert (reply.status, reply.json["code"]) == (403, "forbidden"), path
    async with edge.peer() as peer:
        peer.writes(request().replace(b"Host: 127.0.0.1", b"Host: " + host.encode()))
        assert await peer.status() == 403


async def test_elsewhere_a_proxy_may_pass_everything_on() -> None:
    async with Edge(development=False) as edge, edge.peer() as peer:
        assert await peer.upgrades(Via="1.1 proxy", X_Forwarded_For="203.0.113.9", Host="chat.example.com") == 101

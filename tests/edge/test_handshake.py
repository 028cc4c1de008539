"""The way from HTTP to a session, and the contract with uvicorn's internals that it rests on."""

import asyncio
import gc
import inspect
from typing import Any

import pytest
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.server import ServerProtocol

from intervene.core.limits import FRAME_BYTES, SOCKETS_BEFORE_HELLO
from intervene.edge import handshake
from intervene.edge.handshake import HEAD_BYTES, Handshake, Http
from tests.edge.conftest import Edge
from tests.edge.peer import KEY, TEXT, Peer, frame, request
from tests.limits import eventually

HELLO = frame(TEXT, b'{"type":"hello","token":"x"}')


# -- uvicorn's part ----------------------------------------------------------------------------------------------------


def test_uvicorn_is_the_one_we_know() -> None:
    """Raise the pin in pyproject.toml together with this file."""
    assert uvicorn.__version__.startswith("0.54.")


def test_uvicorn_has_what_the_handshake_leans_on() -> None:
    parameters = list(inspect.signature(WebSocketsSansIOProtocol.__init__).parameters)
    assert parameters == ["self", "config", "server_state", "app_state", "_loop"]
    made = inspect.getsource(WebSocketsSansIOProtocol.__init__)
    for name in ("conn", "connections", "disconnected", "handshake_complete", "handshake_initiated", "logger", "loop"):
        assert f"self.{name} = " in made, name
    connected = inspect.getsource(WebSocketsSansIOProtocol.handle_connect)
    assert "self.scope: WebSocketScope = {" in connected
    assert "self.transport.close()" in inspect.getsource(WebSocketsSansIOProtocol.run_asgi)


def test_uvicorn_has_what_the_bounds_on_http_lean_on() -> None:
    upgrade = inspect.getsource(HttpToolsProtocol.handle_websocket_upgrade)
    order = ["protocol.connection_made(", "protocol.data_received(", "self.transport.set_protocol(protocol)"]
    assert sorted(order, key=upgrade.index) == order
    for name in ("on_message_begin", "on_headers_complete", "on_message_complete", "send_400_response"):
        assert callable(getattr(HttpToolsProtocol, name))


async def test_our_settings_of_uvicorn_hold(edge: Edge) -> None:
    config = edge.server.config
    assert config.http_protocol_class is Http
    assert config.ws_protocol_class is Handshake
    assert config.ws_max_size == FRAME_BYTES
    assert (config.ws_per_message_deflate, config.ws_ping_interval, config.server_header) == (False, None, False)


# -- a session takes over ----------------------------------------------------------------------------------------------


async def test_nothing_of_uvicorn_s_stays_behind(edge: Edge, clara: Peer) -> None:
    state = edge.server.server_state
    assert (state.connections, state.tasks, len(edge.sockets)) == (set(), set(), 1)


async def test_what_made_the_connection_is_freed_without_the_garbage_collector(edge: Edge) -> None:
    gc.collect()
    gc.disable()
    try:
        async with edge.peer() as clara:
            await clara.joins(edge.visitor_token)
            await asyncio.sleep(0)
            left = [thing for thing in gc.get_objects() if isinstance(thing, Http | Handshake | ServerProtocol)]
            assert left == []
    finally:
        gc.enable()


@pytest.fixture
def accepting(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Routes wait for it."""
    event = asyncio.Event()
    run = Handshake.run_asgi

    async def run_later(self: Handshake) -> None:
        await event.wait()
        await run(self)

    monkeypatch.setattr(Handshake, "run_asgi", run_later)
    return event


async def shaking_hands(edge: Edge, peer: Peer) -> Handshake:
    """The peer has asked; the route has not answered."""
    peer.writes(request())
    await eventually(lambda: bool(edge.server.server_state.tasks))
    (found,) = edge.server.server_state.connections
    assert isinstance(found, Handshake)
    return found


@pytest.mark.parametrize("cut", [1, 5, 10, len(HELLO)])
async def test_frames_that_come_before_our_answer_are_not_lost(
    edge: Edge, peer: Peer, accepting: asyncio.Event, cut: int
) -> None:
    early = await shaking_hands(edge, peer)
    peer.writes(HELLO[:cut])
    await eventually(lambda: early._early == HELLO[:cut])
    accepting.set()
    assert await peer.status() == 101
    peer.writes(HELLO[cut:])
    assert await peer.is_closed() == 4500


async def test_a_peer_that_is_gone_before_our_answer_leaves_nothing(edge: Edge, accepting: asyncio.Event) -> None:
    async with edge.peer() as peer:
        await shaking_hands(edge, peer)
    await eventually(lambda: not edge.server.server_state.connections)
    accepting.set()
    await eventually(lambda: not edge.server.server_state.tasks)
    assert len(edge.sockets) == 0
    assert not edge.sockets._before_hello


async def test_a_client_that_does_not_wait_for_our_answer_is_not_read_on(
    edge: Edge, peer: Peer, accepting: asyncio.Event
) -> None:
    """[P7]"""
    early = await shaking_hands(edge, peer)
    peer.writes(b"." * 4_000_000)
    await eventually(lambda: bool(early._early))
    await asyncio.sleep(0.05)  # the time in which a server that reads would have read
    assert len(early._early) <= 256 * 1024
    accepting.set()


async def test_a_connection_that_is_lost_is_not_handed_over(edge: Edge, accepting: asyncio.Event) -> None:
    made: list[asyncio.Protocol] = []

    def make() -> asyncio.Protocol:
        made.append(asyncio.Protocol())
        return made[0]

    async with edge.peer() as peer:
        early = await shaking_hands(edge, peer)
        early.hand_over(make)  # nobody accepted
    await eventually(lambda: early.disconnected)
    early.hand_over(make)
    assert not made
    accepting.set()


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
    assert '"error":"subprotocol"' in body


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://127.0.0.1.evil.example", "http://evil.example/127.0.0.1", ""]
)
async def test_pages_of_other_origins_are_refused(edge: Edge, peer: Peer, origin: str) -> None:
    peer.writes(request(X=".").replace(b"X: .", f"Origin: {origin}".encode()))
    assert await peer.status() == 403
    assert b'"error":"origin"' in await peer.rest()
    assert edge.metrics.denials["origin"] == 1


async def test_our_own_pages_may_connect(edge: Edge, peer: Peer) -> None:
    host = f"127.0.0.1:{edge.port}"
    assert await peer.upgrades(Host=host, Origin=f"http://{host}") == 101


async def test_a_page_that_makes_its_own_name_mean_this_machine_is_refused(edge: Edge, peer: Peer) -> None:
    status, _ = await denied(edge, peer, Host="evil.example:8000", Origin="http://evil.example:8000")
    assert status == 403


async def test_listed_origins_replace_our_own() -> None:
    async with Edge(development=False, origins=("https://shop.example",)) as edge:
        for origin, status in (
            ("https://shop.example", 101),
            ("http://shop.example", 403),
            ("https://shop.example.evil.example", 403),
            (f"http://127.0.0.1:{edge.port}", 403),
        ):
            async with edge.peer() as peer:
                assert await peer.upgrades(Host=f"127.0.0.1:{edge.port}", Origin=origin) == status


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
        assert b'"error":"too_many"' in await peers[-1].rest()
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
        assert await one.upgrades() == 101
        status, body = await denied(edge, two)
        assert (status, '"error":"full"' in body) == (503, True)
        assert "retry-after" in two.head.lower()


async def test_a_server_that_drains_lets_nobody_in(edge: Edge, peer: Peer) -> None:
    edge.sockets.is_draining = True
    status, body = await denied(edge, peer)
    assert (status, '"error":"draining"' in body) == (503, True)


async def test_a_denial_is_no_fault_of_ours(edge: Edge, peer: Peer, caplog: pytest.LogCaptureFixture) -> None:
    assert await peer.upgrades(Origin="https://evil.example") == 403
    await peer.rest()
    await eventually(lambda: not edge.server.server_state.tasks)
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


async def test_urls_are_not_logged(edge: Edge, peer: Peer, caplog: pytest.LogCaptureFixture) -> None:
    """Somebody will put a token there."""
    caplog.set_level("DEBUG", "uvicorn.error")
    assert await peer.upgrades("/socket?token=secret") == 101
    async with edge.peer() as other:
        assert await other.upgrades("/elsewhere?token=secret") == 403
    await edge.ask("GET", "/healthz?token=secret")
    assert "secret" not in caplog.text


async def test_only_one_path_has_sockets(edge: Edge, peer: Peer) -> None:
    assert await peer.upgrades("/elsewhere") == 403


# -- odd requests ------------------------------------------------------------------------------------------------------

ODD = {
    "without a key": (request(Sec_WebSocket_Key=""), 400),
    "with a bad key": (request(Sec_WebSocket_Key="short"), 400),
    "with two keys": (request(X="1").replace(b"X: 1", b"Sec-WebSocket-Key: " + KEY.encode()), 400),
    "with an old version": (request(Sec_WebSocket_Version="8"), 400),
    "as a POST": (request().replace(b"GET", b"POST").replace(b"Host", b"Content-Length: 0\r\nHost"), 405),
    "of HTTP/1.0": (request().replace(b"HTTP/1.1", b"HTTP/1.0"), 101),  # uvicorn makes it 1.1, which harms nobody
    "with 200 headers": (request(**{f"X{n}": "x" for n in range(200)}), 431),
    "with a header of 9,000 bytes": (request(X="x" * 9_000), 431),
    "with a path of 9,000 bytes": (request("/" + "x" * 9_000), 414),
    "with a path that is no ASCII": (request().replace(b"/socket", b"/s\xc3\xb6cket"), 400),
    "with a path that is no UTF-8": (request().replace(b"/socket", b"/\xff"), 400),
    "with an escaped path that is no UTF-8": (request("/%ff"), 403),
    "with a header that is no UTF-8": (request(X="?").replace(b"X: ?", b"X: \xff"), 101),
    "with a bare new line in a header": (request(X="a\nb: c"), 400),
}


@pytest.mark.parametrize("what", ODD)
async def test_an_odd_upgrade_is_answered_and_leaves_nothing(edge: Edge, what: str) -> None:
    said, status = ODD[what]
    async with edge.peer() as peer:
        peer.writes(said)
        assert await peer.status() == status
    await eventually(lambda: not edge.server.server_state.connections and not len(edge.sockets))


async def test_garbage_is_answered_and_leaves_nothing(edge: Edge, peer: Peer) -> None:
    peer.writes(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 this is TLS\r\n\r\n")
    assert await peer.status() == 400
    await peer.rest()
    await eventually(lambda: not edge.server.server_state.connections)


# -- bounds of a request -----------------------------------------------------------------------------------------------


UNFINISHED = {
    "nothing": b"",
    "half a head": b"GET / HTTP/1.1\r\nHost: x\r\n",
    "half an upgrade": request()[:-2],
    "half a body": b"POST /tokens/visitor HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{",
}


@pytest.mark.parametrize("what", UNFINISHED)
async def test_a_request_that_does_not_end_is_cut_off(edge: Edge, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    """[P7]"""
    monkeypatch.setattr(handshake, "REQUEST_SECONDS", 0.05)
    async with edge.peer() as peer:
        peer.writes(UNFINISHED[what])
        assert await peer.rest() == b""
    await eventually(lambda: not edge.server.server_state.connections)


async def test_the_next_request_of_a_connection_is_bounded_too(edge: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
    """[P7]"""
    async with edge.peer() as peer:
        peer.writes(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert await peer.status() == 200
        monkeypatch.setattr(handshake, "REQUEST_SECONDS", 0.05)
        monkeypatch.setattr(edge.server.config, "timeout_keep_alive", 1000)
        peer.writes(UNFINISHED["half a head"])
        assert await peer.rest() == b'{"status":"ok"}'


async def test_a_request_that_drips_is_cut_off(edge: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
    """[P7] Each byte comes in time; the whole does not."""
    monkeypatch.setattr(handshake, "REQUEST_SECONDS", 0.1)

    async def drip(peer: Peer) -> None:
        for byte in request() * 1000:
            peer.writes(bytes([byte]))
            await asyncio.sleep(0.01)

    async with edge.peer() as peer:
        dripping = asyncio.create_task(drip(peer))
        try:
            assert await peer.rest() == b""
        except ConnectionError:
            pass  # cut off in the middle of a write
        dripping.cancel()


async def test_a_head_without_end_is_refused(edge: Edge, peer: Peer) -> None:
    """[P7]"""
    peer.writes(b"GET / HTTP/1.1\r\n" + b"x: y\r\n" * (HEAD_BYTES // 6 + 100))
    assert await peer.status() == 400
    await eventually(lambda: not edge.server.server_state.connections)


async def test_a_slow_answer_is_not_a_slow_request(edge: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handshake, "REQUEST_SECONDS", 0.05)
    recent = edge.log.recent

    async def slow(*given: Any) -> Any:
        await asyncio.sleep(0.2)
        return await recent(*given)

    monkeypatch.setattr(edge.log, "recent", slow)
    reply = await edge.ask("GET", "/conversations", authorization=f"Bearer {edge.agent_token}")
    assert reply.status == 200


async def test_a_connection_is_kept_for_the_next_request(edge: Edge, peer: Peer) -> None:
    for _ in range(3):
        peer.writes(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert await peer.status() == 200
        await peer._reader.readexactly(len(b'{"status":"ok"}'))

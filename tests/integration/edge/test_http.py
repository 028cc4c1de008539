"""HTTP on a connection: what a peer may send and how long, how much of it is kept, and what is left when it goes."""

import asyncio
import inspect
from collections.abc import AsyncIterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from intervene.core import limits
from intervene.edge.head import Incoming
from intervene.edge.http.protocol import Http
from intervene.edge.socket.upgrade import CHECKS
from tests.integration.edge.conftest import Edge
from tests.kit import raw
from tests.kit.limits import eventually
from tests.kit.peer import Peer, request

HEALTH = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
OK = b'{"status":"ok"}'
LARGE = 1 << 23  # more than the kernel keeps for a peer that reads nothing
POST = b"POST /v1/webchat/webchat/visitors HTTP/1.1\r\nHost: localhost\r\n"


# -- uvicorn's part ----------------------------------------------------------------------------------------------------


def test_uvicorn_is_the_one_we_know() -> None:
    """Raise the pin in pyproject.toml together with this file."""
    assert uvicorn.__version__.startswith("0.54.")


def test_uvicorn_has_what_our_http_leans_on() -> None:
    parameters = list(inspect.signature(RequestResponseCycle.__init__).parameters)[1:]
    assert parameters == [
        "scope", "transport", "flow", "logger", "access_logger", "access_log", "default_headers", "message_event",
        "expect_100_continue", "keep_alive", "on_response",
    ]  # fmt: skip
    made = inspect.getsource(RequestResponseCycle.__init__)
    for name in ("body", "more_body", "disconnected", "keep_alive", "response_complete"):
        assert f"self.{name} = " in made, name
    assert "connection.shutdown()" in inspect.getsource(uvicorn.Server.shutdown)


# -- what comes in -----------------------------------------------------------------------------------------------------


@pytest.fixture(params=["development", "production"])
async def either(request: pytest.FixtureRequest) -> AsyncIterator[Edge]:
    async with Edge(development=request.param == "development") as edge:
        yield edge


async def test_every_case_of_the_table_has_its_answer_and_leaves_nothing(
    either: Edge, caplog: pytest.LogCaptureFixture
) -> None:
    """[P7] No input of a peer is a fault of ours, and none is logged."""
    cases = raw.HANDSHAKES + raw.REQUESTS
    answers = {case.name: await raw.answered(either.port, case.said) for case in cases}
    assert answers == {case.name: case.answer for case in cases}
    await eventually(lambda: not either.front.open and not len(either.sockets))
    assert not caplog.records
    assert either.metrics.denials["websocket_version"] == 4
    assert either.metrics.denials["head_too_large"] == 2


def test_every_check_of_the_handshake_has_a_case() -> None:
    for check in CHECKS:
        answer = f"{check.otherwise.status} {check.otherwise.code}"
        assert answer in {case.answer for case in raw.HANDSHAKES}, check.quote


async def test_a_version_that_is_not_ours_is_told_which_is(edge: Edge, peer: Peer) -> None:
    assert await peer.upgrades(Sec_WebSocket_Version="8") == 426
    assert "sec-websocket-version: 13\r\n" in peer.head.lower()
    assert "upgrade: websocket\r\n" in peer.head.lower()


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
def test_a_chunked_body_in_any_parts_is_the_same_body(size: int) -> None:
    said = POST + b"Transfer-Encoding: chunked\r\n\r\n"
    said += b"5;x=y\r\nhello\r\n00003\r\n wo\r\n3\r\nrld\r\n0\r\nTrailer: a\r\n\r\n"
    incoming = Incoming()
    for start in range(0, len(said), size):
        assert incoming.feed(said[start : start + size]) is None
    assert incoming.feed(b"GET") is None
    assert (incoming.body, incoming.rest, incoming.is_whole) == (b"hello world", b"GET", True)


async def test_a_client_that_waits_for_leave_to_send_gets_it(edge: Edge, peer: Peer) -> None:
    peer.writes(POST + b"Content-Length: 2\r\nExpect: 100-continue\r\n\r\n")
    assert await peer.status() == 100
    peer.writes(b"{}")
    assert await peer.status() == 200


async def test_a_client_that_writes_no_more_is_answered(edge: Edge, peer: Peer) -> None:
    peer.writes(HEALTH + HEALTH)
    peer.stops_writing()
    assert (await peer.rest()).count(OK) == 2


@pytest.mark.parametrize(
    "request_line",
    [
        b"HEAD /socket HTTP/1.1\r\nHost: localhost\r\n", b"HEAD / HTTP/1.1\r\nHost: elsewhere.example\r\n",
        b"HEAD / HTTP/1.1\r\n", b"HEAD / HTTP/9.9\r\nHost: localhost\r\n", b"HEAD * HTTP/1.1\r\nHost: localhost\r\n",
        b"HEAD / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999\r\n",
    ],
)  # fmt: skip
async def test_a_head_that_is_refused_gets_no_body(edge: Edge, peer: Peer, request_line: bytes) -> None:
    """[R101] RFC 9110, 9.3.2: "the server MUST NOT send content in the response". A proxy that keeps its connections
    would take it for the next answer."""
    peer.writes(request_line + b"\r\n")
    answer = await peer.rest()
    assert b"\r\nContent-Type: application/problem+json\r\n" in answer
    assert answer.endswith(b"\r\n\r\n")


# -- bounds of a request -----------------------------------------------------------------------------------------------

UNFINISHED = {
    "nothing": b"",
    "half a head": HEALTH[:-2],
    "half an upgrade": request()[:-2],
    "half a body": POST + b"Content-Length: 10\r\n\r\n{",
    "half a chunk": POST + b"Transfer-Encoding: chunked\r\n\r\n5\r\n{",
}


@pytest.mark.parametrize("what", UNFINISHED)
async def test_a_request_that_does_not_end_is_cut_off(edge: Edge, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    """[P7]"""
    monkeypatch.setattr(limits, "REQUEST_SECONDS", 0.05)
    async with edge.peer() as peer:
        peer.writes(UNFINISHED[what])
        answer = await peer.rest()
        assert answer.startswith(b"HTTP/1.1 408 ") if UNFINISHED[what] else answer == b""
    await eventually(lambda: not edge.server.server_state.connections)


async def test_the_next_request_of_a_connection_is_bounded_too(edge: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
    """[P7]"""
    async with edge.peer() as peer:
        peer.writes(HEALTH)
        assert await peer.status() == 200
        monkeypatch.setattr(limits, "REQUEST_SECONDS", 0.05)
        peer.writes(UNFINISHED["half a head"])
        assert (await peer.rest()).startswith(OK + b"HTTP/1.1 408 ")


async def test_a_request_that_drips_is_cut_off(edge: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
    """[P7] Each byte comes in time; the whole does not."""
    monkeypatch.setattr(limits, "REQUEST_SECONDS", 0.1)

    async def drip(peer: Peer) -> None:
        for byte in request() * 1000:
            peer.writes(bytes([byte]))
            await asyncio.sleep(0.01)

    async with edge.peer() as peer:
        dripping = asyncio.create_task(drip(peer))
        try:
            assert (await peer.rest()).startswith(b"HTTP/1.1 408 ")
        except ConnectionError:
            pass  # cut off in the middle of a write
        dripping.cancel()


async def test_a_head_without_end_is_refused(edge: Edge, peer: Peer) -> None:
    """[P7]"""
    peer.writes(b"GET / HTTP/1.1\r\n" + b"x: y\r\n" * 100_000)
    assert await peer.status() == 431
    await peer.rest()
    await eventually(lambda: not edge.server.server_state.connections)


async def test_a_slow_answer_is_not_a_slow_request(edge: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "REQUEST_SECONDS", 0.05)
    page = edge.log.page

    async def slow(*given: Any) -> Any:
        await asyncio.sleep(0.2)
        return await page(*given)

    monkeypatch.setattr(edge.log, "page", slow)
    reply = await edge.ask("GET", "/v1/conversations", authorization=f"Bearer {edge.agent_token}")
    assert reply.status == 200


# -- many requests -----------------------------------------------------------------------------------------------------


async def test_a_connection_is_kept_for_the_next_request(edge: Edge, peer: Peer) -> None:
    for _ in range(3):
        peer.writes(HEALTH)
        assert await peer.status() == 200
        await peer._reader.readexactly(len(OK))


async def test_a_connection_without_a_next_request_is_closed(edge: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
    """[P7]"""
    monkeypatch.setattr(limits, "IDLE_SECONDS", 0.05)
    async with edge.peer() as peer:
        peer.writes(HEALTH)
        assert (await peer.rest()).endswith(OK)


async def test_requests_in_one_packet_are_answered_one_after_another(edge: Edge, peer: Peer) -> None:
    body = POST + b"Content-Length: 2\r\n\r\n{}"
    peer.writes((HEALTH + body) * 20)
    for _ in range(20):
        assert await peer.status() == 200
        await peer._reader.readexactly(len(OK))
        assert await peer.status() == 200
        [size] = [line for line in peer.head.lower().split("\r\n") if line.startswith("content-length:")]
        await peer._reader.readexactly(int(size.split()[1]))


async def test_one_request_of_a_connection_is_under_way_and_the_rest_is_not_parsed(
    edge: Edge, peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """[P7]"""
    started: list[int] = []
    go_on = asyncio.Event()

    async def page(*_: Any) -> Any:
        started.append(1)
        await go_on.wait()
        return []

    monkeypatch.setattr(edge.log, "page", page)
    asked = b"GET /v1/conversations HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n\r\n"
    asked = asked % edge.agent_token.encode()
    peer.writes(asked)
    await eventually(lambda: bool(started))
    peer.writes(asked * 49)
    await asyncio.sleep(0.05)  # the time in which a server that goes on would have gone on
    assert (len(started), len(edge.server.server_state.tasks)) == (1, 1)
    go_on.set()
    await eventually(lambda: len(started) >= 50)  # a list may be read in parts


async def test_a_connection_serves_so_many_requests_and_is_closed(edge: Edge, peer: Peer) -> None:
    """[P7]"""
    peer.writes(HEALTH * (limits.HTTP_REQUESTS + 1))
    answers = await peer.rest()
    assert answers.count(OK) == limits.HTTP_REQUESTS
    assert answers.count(b"connection: close") == 1


async def test_requests_begin_a_few_in_a_round_of_the_loop(edge: Edge) -> None:
    """[P7] Sessions have their turn in between."""
    begun: list[int] = []
    for number in range(3 * limits.HTTP_REQUESTS_A_ROUND):
        edge.front.soon(partial(begun.append, number))
    before, most = 0, 0
    for _ in range(20):
        await asyncio.sleep(0)
        most, before = max(most, len(begun) - before), len(begun)
    assert most == limits.HTTP_REQUESTS_A_ROUND
    assert begun == list(range(3 * limits.HTTP_REQUESTS_A_ROUND))


async def test_a_peer_that_goes_when_it_has_asked_is_no_fault_of_ours(
    edge: Edge, caplog: pytest.LogCaptureFixture
) -> None:
    """[P7]"""
    for number in range(60):
        async with edge.peer() as peer:
            peer.writes(POST + b"Content-Length: 2\r\n\r\n{}")
            for _ in range(number % 6):
                await asyncio.sleep(0)
    await eventually(lambda: not edge.front.open and not edge.server.server_state.tasks)
    assert not caplog.records
    assert not edge.front._under_way


async def test_an_answer_that_is_not_read_ends_the_connection(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """[P7] By itself, whatever else the peer has sent."""
    monkeypatch.setattr(limits, "WRITE_SECONDS", 0.2)
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "large.js").write_bytes(b"/" * LARGE)
    async with Edge(pages=tmp_path) as edge, edge.peer() as peer:
        peer._writer.transport.pause_reading()  # type: ignore[attr-defined]
        peer.writes(b"GET /assets/large.js HTTP/1.1\r\nHost: localhost\r\n\r\n" * 10)
        connections = edge.server.server_state.connections
        await eventually(lambda: any(isinstance(one, Http) and one.flow.write_paused for one in connections))
        await eventually(lambda: not edge.front.open)
        assert not connections


# -- many connections --------------------------------------------------------------------------------------------------


async def test_an_address_has_few_connections(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """[P7]"""
    monkeypatch.setattr(limits, "HTTP_PER_ADDRESS", 3)
    async with Edge(proxies=[]) as edge:
        held = [edge.peer() for _ in range(3)]
        for peer in held:
            await peer.__aenter__()
        await eventually(lambda: edge.front.open == 3)
        async with edge.peer() as peer:
            assert await peer.status() == 429
        await held[0].__aexit__()
        await eventually(lambda: edge.front.open == 2)
        assert (await edge.ask("GET", "/healthz")).status == 200
        for peer in held[1:]:
            await peer.__aexit__()
        await eventually(lambda: not edge.front.open)
        assert not edge.front._by_address


async def test_an_address_opens_so_many_connections_in_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    """[P7] Also one after the other, and upgrades too; the proxies that are named open as many as they need."""
    monkeypatch.setattr(limits, "HTTP_BURST", 3)
    monkeypatch.setattr(limits, "HTTP_PER_SECOND", 0.01)
    async with Edge(proxies=[]) as edge:
        answers = [(await edge.ask("GET", "/healthz")).status for _ in range(4)]
        assert answers == [200, 200, 200, 429]
        async with edge.peer() as peer:
            assert await peer.upgrades() == 429
        assert edge.metrics.denials["too_fast"] == 2
    async with Edge(proxies=["127.0.0.1"]) as edge:
        assert {(await edge.ask("GET", "/healthz")).status for _ in range(9)} == {200}


HALVES = {"nothing": b"", "half a head": HEALTH[:10], "half a body": UNFINISHED["half a body"], "nonsense": b"\0\r\n"}


@pytest.mark.parametrize("what", HALVES)
async def test_beyond_the_bound_on_connections_the_one_that_waits_longest_goes(
    what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """[P7] So that a probe or an agent always finds room, whatever strangers leave unfinished."""
    monkeypatch.setattr(limits, "HTTP_CONNECTIONS", 3)
    monkeypatch.setattr(limits, "HTTP_RESERVED", 0)
    async with Edge() as edge, edge.peer() as first, edge.peer() as second, edge.peer() as third:
        for peer in (first, second, third):
            peer.writes(HALVES[what])
        await eventually(lambda: edge.front.open == 3)
        for _ in range(2):
            assert (await edge.ask("GET", "/healthz")).status == 200
        with suppress(ConnectionError):
            assert b"200 OK" not in await first.rest()


async def test_a_server_whose_connections_are_all_busy_says_so_and_keeps_a_reserve(
    edge: Edge, monkeypatch: pytest.MonkeyPatch
) -> None:
    """[P7] For proxies and this machine, where health probes come from."""
    monkeypatch.setattr(limits, "HTTP_CONNECTIONS", 3)
    monkeypatch.setattr(limits, "HTTP_RESERVED", 2)
    go_on = asyncio.Event()

    async def page(*_: Any) -> Any:
        await go_on.wait()
        return []

    monkeypatch.setattr(edge.log, "page", page)
    asking = asyncio.create_task(edge.ask("GET", "/v1/conversations", authorization=f"Bearer {edge.agent_token}"))
    await eventually(lambda: bool(edge.server.server_state.tasks))
    assert edge.front.enter("192.0.2.7") is not None
    edge.front.leave("192.0.2.7")
    assert edge.front.enter("127.0.0.1") is None
    edge.front.leave("127.0.0.1")
    go_on.set()
    assert (await asking).status == 200


async def test_a_client_behind_a_proxy_has_few_requests_under_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """[P7]"""
    monkeypatch.setattr(limits, "HTTP_PER_ADDRESS", 1)
    async with Edge(development=False) as edge, edge.peer() as slow:
        slow.writes(POST + b"X-Forwarded-For: 192.0.2.7\r\nContent-Length: 2\r\n\r\n{")
        await eventually(lambda: bool(edge.front._under_way))
        reply = await edge.ask("POST", "/v1/webchat/webchat/visitors", b"{}", **{"x-forwarded-for": "192.0.2.7"})
        assert (reply.status, reply.json["code"]) == (429, "too_many")
        other = await edge.ask("POST", "/v1/webchat/webchat/visitors", b"{}", **{"x-forwarded-for": "192.0.2.8"})
        assert other.status == 200
        slow.writes(b"}")
        assert await slow.status() == 200
        await eventually(lambda: not edge.front._under_way)

"""The line that goes wrong on demand: what a hold lets through, and what neither side gets to hear."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import anyio
import pytest

from tests.kit.limits import WAIT, eventually
from tests.kit.proxy import Proxy, Upgrades


class Peer:
    """A server of one connection, and its client behind a proxy."""

    def __init__(self) -> None:
        self.at_server = bytearray()
        self.at_client = bytearray()
        self.server_heard_the_end = False
        self.client_heard_the_end = False
        self._writers: list[asyncio.StreamWriter] = []
        self._tasks: list[asyncio.Task[None]] = []

    async def begins(
        self, proxy: Proxy, accepted: "asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]]"
    ) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        from_client, to_client = await accepted.get()
        self._writers = [writer, to_client]
        self._tasks = [
            asyncio.create_task(self._server_reads(from_client)),
            asyncio.create_task(self._client_reads(reader)),
        ]

    def client_says(self, data: bytes) -> None:
        self._writers[0].write(data)

    def server_says(self, data: bytes) -> None:
        self._writers[1].write(data)

    def client_goes(self) -> None:
        self._writers[0].transport.abort()

    async def ends(self) -> None:
        for writer in self._writers:
            writer.transport.abort()
        await asyncio.gather(*self._tasks)

    async def _server_reads(self, reader: asyncio.StreamReader) -> None:
        with suppress(OSError):
            while data := await reader.read(1000):
                self.at_server += data
        self.server_heard_the_end = True

    async def _client_reads(self, reader: asyncio.StreamReader) -> None:
        with suppress(OSError):
            while data := await reader.read(1000):
                self.at_client += data
        self.client_heard_the_end = True


class Place:
    def __init__(
        self, proxy: Proxy, accepted: "asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]]"
    ) -> None:
        self.proxy = proxy
        self.peers: list[Peer] = []
        self._accepted = accepted

    async def pair(self) -> Peer:
        peer = Peer()
        await peer.begins(self.proxy, self._accepted)
        self.peers.append(peer)
        return peer


@pytest.fixture
async def place() -> AsyncIterator[Place]:
    accepted: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()
    server = await asyncio.start_server(lambda *pair: accepted.put_nowait(pair), "127.0.0.1", 0)
    async with server, Proxy(server.sockets[0].getsockname()[1]) as proxy:
        place = Place(proxy, accepted)
        yield place
        for peer in place.peers:
            await peer.ends()


async def _nothing_more_comes(peer: Peer, place: Place) -> None:
    """Another connection has been there and back: whatever was on its way has come."""
    other = await place.pair()
    for round in range(20):
        other.client_says(b"x")
        await eventually(lambda: len(other.at_server) == round + 1)  # noqa: B023


async def test_after_a_marker_from_the_client_nothing_goes_on_either_way_and_nobody_is_told(place: Place) -> None:
    peer = await place.pair()
    hold = place.proxy.hold_after(b"FOR UPDATE")
    peer.client_says(b"SELECT 1;")
    await eventually(lambda: peer.at_server == b"SELECT 1;")
    assert not hold.has_happened
    peer.client_says(b"SELECT 2 FOR UPDATE;")
    await hold.happens()
    await eventually(lambda: peer.at_server == b"SELECT 1;SELECT 2 FOR UPDATE;")

    peer.server_says(b"locked")
    peer.client_says(b"UPDATE")
    await _nothing_more_comes(peer, place)
    peer.client_goes()
    await _nothing_more_comes(peer, place)

    assert peer.at_server == b"SELECT 1;SELECT 2 FOR UPDATE;"
    assert peer.at_client == b""
    assert not peer.server_heard_the_end
    hold.heals()
    await eventually(lambda: peer.server_heard_the_end)


async def test_before_a_marker_from_the_server_the_client_hears_nothing_of_it(place: Place) -> None:
    peer = await place.pair()
    hold = place.proxy.hold_before(b"COMMIT", from_server=True)
    peer.client_says(b"COMMIT")
    await eventually(lambda: peer.at_server == b"COMMIT")
    assert not hold.has_happened, "that was the client's"
    peer.server_says(b"COMMIT")
    await hold.happens()
    peer.server_says(b"ready")
    await _nothing_more_comes(peer, place)
    assert peer.at_client == b""
    assert not peer.client_heard_the_end


async def test_a_marker_that_comes_in_two_parts_is_found_and_one_that_went_by_before_is_not(place: Place) -> None:
    peer = await place.pair()
    peer.client_says(b"FOR UPDATE")
    await eventually(lambda: peer.at_server == b"FOR UPDATE")
    hold = place.proxy.hold_after(b"FOR UPDATE")
    peer.client_says(b"; FOR UP")
    await eventually(lambda: peer.at_server == b"FOR UPDATE; FOR UP")
    assert not hold.has_happened
    peer.client_says(b"DATE")
    await hold.happens()


async def test_a_hold_takes_one_connection_and_leaves_the_others_alone(place: Place) -> None:
    first, second = await place.pair(), await place.pair()
    hold = place.proxy.hold_after(b"mine")
    first.client_says(b"mine")
    await hold.happens()
    second.client_says(b"mine too")
    second.server_says(b"yours")
    await eventually(lambda: second.at_server == b"mine too" and second.at_client == b"yours")


async def test_a_line_that_is_held_ends_with_the_proxy(place: Place) -> None:
    peer = await place.pair()
    hold = place.proxy.hold_after(b"x")
    peer.client_says(b"x")
    await hold.happens()
    with anyio.fail_after(WAIT):
        place.proxy.reset()
        await eventually(lambda: peer.client_heard_the_end and place.proxy.open == 0)


async def test_who_sends_what_is_refused_is_reset_and_nobody_else(place: Place) -> None:
    speaker, listener = await place.pair(), await place.pair()
    place.proxy.refused = b"PUBLISH"
    listener.client_says(b"SUBSCRIBE")
    speaker.client_says(b"PING")
    await eventually(lambda: speaker.at_server == b"PING" and listener.at_server == b"SUBSCRIBE")
    speaker.client_says(b"PUBLISH")
    await eventually(lambda: speaker.client_heard_the_end and speaker.server_heard_the_end)
    assert speaker.at_server == b"PING"
    listener.server_says(b"message")
    await eventually(lambda: listener.at_client == b"message")


ASKS = b"GET /socket HTTP/1.1\r\nUpgrade: websocket\r\n\r\n"
SWITCHES = b"HTTP/1.1 101 Switching Protocols\r\n\r\n"


async def test_a_proxy_that_closes_upgrades_lets_other_requests_through(place: Place) -> None:
    place.proxy.upgrades = Upgrades.CLOSED
    asks, reads = await place.pair(), await place.pair()
    asks.client_says(ASKS)
    await eventually(lambda: asks.client_heard_the_end and asks.server_heard_the_end)
    assert asks.at_server == b""
    reads.client_says(b"GET / HTTP/1.1\r\n\r\n")
    await eventually(lambda: reads.at_server == b"GET / HTTP/1.1\r\n\r\n")


async def test_a_proxy_that_swallows_upgrades_answers_nothing(place: Place) -> None:
    place.proxy.upgrades = Upgrades.SWALLOWED
    peer = await place.pair()
    peer.client_says(ASKS)
    peer.server_says(SWITCHES)
    await _nothing_more_comes(peer, place)
    assert peer.at_server == peer.at_client == b""
    assert not peer.client_heard_the_end


async def test_a_proxy_that_buffers_answers_an_upgrade_and_shows_no_frame(place: Place) -> None:
    place.proxy.upgrades = Upgrades.BUFFERED
    peer = await place.pair()
    peer.client_says(ASKS)
    peer.server_says(SWITCHES + b"frame")
    await eventually(lambda: peer.at_client == SWITCHES)
    peer.client_says(b"hello")
    peer.server_says(b"welcome")
    await _nothing_more_comes(peer, place)
    assert peer.at_server == ASKS + b"hello"
    assert peer.at_client == SWITCHES

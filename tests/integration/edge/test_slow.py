"""[P7] A socket that reads slowly or not at all: it is set aside, bounded, and sent away to resume."""

import asyncio
from collections.abc import Callable

from intervene.core.codes import CloseCode
from intervene.core.limits import BACKLOG_BYTES, BACKLOG_FRAMES, MOST_FRAME_BYTES
from intervene.edge.socket.socket import Socket
from intervene.edge.socket.timers import CLOSE_SECONDS, SLOTS
from tests.integration.edge.conftest import Edge
from tests.kit.limits import eventually
from tests.kit.peer import PING, PONG, TEXT, Frame, Peer, frame

BIG = 200_000


def numbered(n: int, size: int = BIG) -> bytes:
    return frame(TEXT, str(n).encode().ljust(size), masked=False)


def number(got: Frame) -> int:
    return int(got.data)


def held(socket: Socket) -> int:
    """What the server keeps for a peer: what waits, and what the transport has not got rid of."""
    return socket._bytes + socket._transport.get_write_buffer_size()


async def stuff(socket: Socket, until: Callable[[], bool], size: int = BIG) -> int:
    """Send numbered frames, one a tick, until it holds. How many were sent."""
    for n in range(100_000):
        if until():
            return n
        socket.send(numbered(n, size), 1)
        await asyncio.sleep(0)
        assert held(socket) <= BACKLOG_BYTES or not socket._is_open
    raise AssertionError("it never held")


async def test_a_socket_that_does_not_read_is_sent_away_to_resume(edge: Edge, clara: Peer) -> None:
    """What it was shown by then is whole and in order, so that it can resume after it."""
    socket = await edge.watches(clara)
    sent = await stuff(socket, lambda: not socket._is_open)
    assert edge.metrics.closes["4000"] == 1
    assert socket._bytes == 0
    shown = 0
    while (got := await clara.reads()).opcode == TEXT:
        assert number(got) == shown
        shown += 1
    assert 0 < shown < sent
    assert got.code == 4000
    assert not edge.feeds.watchers[edge.feeds.leaves[0]]


async def test_a_socket_that_never_reads_again_is_cut_off(edge: Edge, clara: Peer) -> None:
    socket = await edge.watches(clara)
    await stuff(socket, lambda: not socket._is_open)
    edge.sockets.wheel.turn(edge.clock.monotonic() + CLOSE_SECONDS - 1)
    await asyncio.sleep(0.01)
    assert len(edge.sockets) == 1
    edge.sockets.wheel.turn(edge.clock.monotonic() + CLOSE_SECONDS)
    await eventually(lambda: not len(edge.sockets))


async def test_who_speaks_and_never_reads_is_sent_away(edge: Edge, clara: Peer) -> None:
    """[P7] What waits for it would stay as long as it sends pongs."""
    socket = await edge.watches(clara)
    await stuff(socket, lambda: socket._is_aside)
    socket.ping()
    clara.writes(frame(PONG, b""))
    await eventually(lambda: socket._is_heard)
    assert socket._is_open
    socket.ping()
    assert not socket._is_open
    assert edge.metrics.closes["4000"] == 1


async def test_who_hangs_up_without_reading_is_cut_off_too(edge: Edge, clara: Peer) -> None:
    """The transport would wait for ever until what it has is read."""
    socket = await edge.watches(clara)
    await stuff(socket, lambda: socket._is_aside)
    clara.stops_writing()
    await eventually(lambda: not socket._is_open)
    edge.sockets.wheel.turn(edge.clock.monotonic() + CLOSE_SECONDS)
    await eventually(lambda: not len(edge.sockets))


async def test_a_feed_that_tells_its_watchers_can_go_on_when_one_is_sent_away(edge: Edge, clara: Peer) -> None:
    """Nobody leaves while it does so."""
    socket = await edge.watches(clara)
    await stuff(socket, lambda: socket._is_aside)
    while socket._is_open:
        socket.send(numbered(0), 1)
    assert [len(watchers) for watchers in edge.feeds.watchers.values()] == [1]
    await eventually(lambda: not any(edge.feeds.watchers.values()))


async def test_others_are_not_held_up(edge: Edge, clara: Peer, anna: Peer) -> None:
    slow, fast = await edge.watches(clara), await edge.watches(anna)
    await stuff(slow, lambda: slow._is_aside)
    for n in range(BACKLOG_FRAMES + 10):
        for socket in (slow, fast):
            socket.send(numbered(n, 100), 1)
        assert number(await anna.reads()) == n
    assert (slow._is_open, fast._is_open) == (False, True)


async def test_small_frames_are_counted(edge: Edge, clara: Peer) -> None:
    socket = await edge.watches(clara)
    await stuff(socket, lambda: socket._is_aside)
    before = socket._frames
    for n in range(BACKLOG_FRAMES - before):
        socket.send(numbered(n, 1), 1)
    assert socket._is_open
    assert socket._frames == BACKLOG_FRAMES
    socket.send(numbered(0, 1), 1)
    assert not socket._is_open


async def test_who_reads_in_time_gets_everything_in_order(edge: Edge, clara: Peer) -> None:
    socket = await edge.watches(clara)
    sent = await stuff(socket, lambda: socket._is_aside)
    for n in range(sent, sent + 50):
        socket.send(numbered(n, 1000), 1)
        await asyncio.sleep(0)
    assert socket._is_aside
    assert [number(await clara.reads()) for _ in range(sent + 50)] == list(range(sent + 50))
    assert not socket._is_aside
    clara.says(type="ping")
    await clara.sees("pong")


async def test_the_largest_frame_is_no_reason_to_close(edge: Edge, clara: Peer) -> None:
    """Also when the peer has just fallen behind."""
    socket = await edge.watches(clara)
    sent = await stuff(socket, lambda: socket._is_aside, size=10_000)
    socket.send(numbered(sent, MOST_FRAME_BYTES), 1)
    socket.send(numbered(sent + 1, 10), 1)
    assert [number(await clara.reads()) for _ in range(sent + 2)] == list(range(sent + 2))


async def test_a_frame_that_the_backlog_has_no_room_for_is_not_added(edge: Edge, clara: Peer) -> None:
    """Looked at before it is added, with what the transport still has."""
    socket = await edge.watches(clara)
    sent = await stuff(socket, lambda: socket._is_aside)
    room = BACKLOG_BYTES - held(socket) - 10  # a frame's head
    assert 0 < room < BACKLOG_BYTES - socket._transport.get_write_buffer_size() < BACKLOG_BYTES
    socket.send(numbered(sent, room), 1)
    assert (socket._is_open, held(socket)) == (True, BACKLOG_BYTES)
    socket.send(numbered(sent + 1, 0), 1)
    assert not socket._is_open
    assert edge.metrics.closes["4000"] == 1


async def test_a_tick_that_sends_more_than_a_backlog_to_a_fast_reader_writes_in_between(
    edge: Edge, clara: Peer
) -> None:
    """A tick with much to say is no fault of the reader's."""
    socket = await edge.watches(clara)
    count = 15
    assert count * BIG > 2 * BACKLOG_BYTES
    read = 0
    for n in range(count):
        socket.send(numbered(n), 1)
        assert held(socket) <= BACKLOG_BYTES
        while socket._is_aside:
            assert number(await clara.reads()) == read
            read += 1
    assert socket._is_open
    assert [number(await clara.reads()) for _ in range(read, count)] == list(range(read, count))


async def test_a_tick_that_sends_more_than_a_backlog_to_a_deaf_one_closes_it(edge: Edge, clara: Peer) -> None:
    socket = await edge.watches(clara)
    await stuff(socket, lambda: socket._is_aside)
    while socket._is_open:
        socket.send(numbered(0), 1)
        assert held(socket) <= BACKLOG_BYTES + 100, "and a goodbye"
    assert edge.metrics.closes["4000"] == 1


async def test_who_neither_reads_nor_speaks_for_a_round_of_pings_is_sent_away(edge: Edge, clara: Peer) -> None:
    socket = await edge.watches(clara)
    await stuff(socket, lambda: socket._is_aside)
    for _ in range(2 * SLOTS):
        edge.sockets.wheel.turn(edge.clock.monotonic())
    assert edge.metrics.closes == {"4000": 1}


async def test_who_reads_slowly_but_speaks_is_kept(edge: Edge, clara: Peer) -> None:
    socket = await edge.watches(clara)
    await stuff(socket, lambda: socket._is_aside)
    for _ in range(4):
        for _ in range(SLOTS):
            edge.sockets.wheel.turn(edge.clock.monotonic())
        before, received = held(socket), edge.metrics.frames_in
        while held(socket) == before:
            await clara.reads()
        clara.writes(frame(PING))
        await eventually(lambda received=received: edge.metrics.frames_in > received)  # type: ignore[misc]
    assert not edge.metrics.closes


async def test_a_slow_socket_that_is_closed_for_another_reason_loses_its_backlog(edge: Edge, clara: Peer) -> None:
    socket = await edge.watches(clara)
    sent = await stuff(socket, lambda: socket._is_aside)
    socket.send(numbered(sent), 1)
    socket.close(CloseCode.RESTART, "going")
    assert socket._bytes == 0
    while (got := await clara.reads()).opcode == TEXT:
        assert number(got) < sent
    assert got.code == 1012


async def test_what_floods_in_behind_our_goodbye_is_not_read(edge: Edge, clara: Peer) -> None:
    """It would cost more than all that led to the goodbye."""
    socket = await edge.watches(clara)
    socket.close(CloseCode.TOO_FAST, "too fast")
    before = edge.metrics.bytes_in
    for _ in range(200):
        clara.writes(frame(TEXT, b" " * 65_000))
    await eventually(lambda: not socket._is_reading)
    assert edge.metrics.bytes_in - before < 2 * 1024 * 1024
    socket.abort()

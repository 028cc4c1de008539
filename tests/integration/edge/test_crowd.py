"""[P5] What goes to many sockets at once reaches each of them in order, between what goes to it alone, in one write a
tick. Whether Python writes, or the part in C."""

import asyncio
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Self

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs

from intervene.core.codes import CloseCode
from intervene.core.limits import BACKLOG_BYTES
from intervene.edge.metrics import Metrics
from intervene.edge.socket.connection import Connection
from intervene.edge.socket.timers import Wheel
from intervene.edge.socket.write_batch import GATHERED_BYTES, Outbox, SendEach
from intervene.ports.versions import PersonVersion
from tests.kit import native
from tests.kit.limits import eventually

PEERS = 4


WRITERS: list[Callable[[], SendEach | None]] = [lambda: None, native.send_each]
both = pytest.mark.parametrize("writer", WRITERS, ids=["in Python", "in C"])


class Recording(asyncio.Transport):
    """Over no socket, so that only it can be written to."""

    def __init__(self) -> None:
        super().__init__()
        self._writes: list[bytes] = []
        self.fails = self.is_aborted = False

    @property
    def writes(self) -> list[bytes]:
        return self._writes

    @property
    def written(self) -> bytes:
        return b"".join(self.writes)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if self.fails:
            raise OSError("gone")
        self._writes.append(bytes(data))

    def get_write_buffer_size(self) -> int:
        return 0

    def is_closing(self) -> bool:
        return False

    def can_write_eof(self) -> bool:
        return False

    def close(self) -> None: ...

    def end(self) -> None: ...

    def abort(self) -> None:
        self.is_aborted = True


class Wired(Recording):
    """Over a socket that keeps each write apart."""

    def __init__(self) -> None:
        super().__init__()
        self.near, self._far = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._far.setblocking(False)

    def end(self) -> None:
        self.near.close()
        self._far.close()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self.near if name == "socket" else default

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.near.send(data)

    @property
    def writes(self) -> list[bytes]:
        with suppress(BlockingIOError):
            while data := self._far.recv(1 << 20):
                self._writes.append(data)
        return self._writes


class Clogged(Recording):
    """Keeps what it is given."""

    def __init__(self, near: socket.socket) -> None:
        super().__init__()
        self.kept = b""
        self._near = near
        near.setblocking(False)

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self._near if name == "socket" else default

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.kept += data

    def get_write_buffer_size(self) -> int:
        return len(self.kept)


class Patient(Outbox):
    """Flushes when the test does."""

    def _schedule(self) -> None: ...


class Peer(Connection):
    channel_id = agent_id = None

    def __init__(self, outbox: Outbox, metrics: Metrics, transport: Recording) -> None:
        super().__init__(outbox, Wheel(lambda: 0.0), metrics)
        self.transport = transport
        self.connection_made(self.transport)

    def receive(self, data: bytes, now: float) -> None: ...

    def is_too_much(self, size: int, now: float) -> bool:
        return False

    def changed(self, found: PersonVersion) -> None: ...

    def left(self) -> None: ...

    def greet_no_longer(self) -> None: ...


class Served(Peer):
    """Over a transport of the loop."""

    def __init__(self, outbox: Outbox, metrics: Metrics, served: list[Peer]) -> None:
        Connection.__init__(self, outbox, Wheel(lambda: 0.0), metrics)
        self._served = served

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._served.append(self)


class Node:
    def __init__(self, send_each: SendEach | None = None) -> None:
        self.metrics = Metrics(CollectorRegistry())
        self.outbox = Patient(self.metrics, send_each)
        transport = Wired if send_each else Recording
        self.peers: Sequence[Peer] = tuple(Peer(self.outbox, self.metrics, transport()) for _ in range(PEERS))
        for peer in self.peers:
            peer.look()

    def written(self) -> list[bytes]:
        return [peer.transport.written for peer in self.peers]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for peer in self.peers:
            peer.transport.end()


ONE = st.tuples(st.just("one"), st.integers(0, PEERS - 1))
CROWD = st.tuples(st.just("crowd"), st.integers(0, 1))
SLOW = st.tuples(st.just("slow"), st.integers(0, PEERS - 1))
FAST = st.tuples(st.just("fast"), st.integers(0, PEERS - 1))
TICK = st.tuples(st.just("tick"), st.just(0))


@both
@given(steps=st.lists(ONE | CROWD | SLOW | FAST | TICK, max_size=30))
def test_each_socket_is_sent_what_is_its_own_and_its_crowd_s_in_order(
    writer: Callable[[], SendEach | None], steps: list[tuple[str, int]]
) -> None:
    with Node(writer()) as node:
        crowds = node.peers[:3], node.peers[1:]
        sent: list[bytes] = [b"" for _ in node.peers]
        for n, (step, at) in enumerate(steps):
            data = b"%d;" % n
            match step:
                case "one":
                    node.peers[at].send(data, 1)
                    sent[at] += data
                case "crowd":
                    node.outbox.send_all(crowds[at], data, 1)
                    for peer in range(at, at + 3):
                        sent[peer] += data
                case "slow":
                    node.peers[at].pause_writing()
                case "fast":
                    node.peers[at].resume_writing()
                case _:
                    node.outbox.flush()
        for one in node.peers:
            one.resume_writing()
        node.outbox.flush()
        node.outbox.flush()  # of those that were slow: what they were sent in the tick before
        assert node.written() == sent
        assert node.metrics.bytes_out == sum(map(len, sent))
        assert node.metrics.frames_out == sum(data.count(b";") for data in sent)


@both
def test_a_tick_s_frames_of_a_crowd_and_an_answer_behind_them_are_one_write(
    writer: Callable[[], SendEach | None],
) -> None:
    with Node(writer()) as node:
        node.outbox.send_all(node.peers, b"one;", 1)
        node.outbox.send_all(node.peers, b"two;", 1)
        node.peers[1].send(b"ack;", 1)
        node.outbox.send_all(node.peers, b"three;", 1)
        node.outbox.flush()
        assert [peer.transport.writes for peer in node.peers] == [
            [b"one;two;three;"], [b"one;two;ack;three;"], [b"one;two;three;"], [b"one;two;three;"]
        ]  # fmt: skip


@both
def test_what_few_are_sent_leaves_before_what_a_crowd_of_the_same_tick_is(
    writer: Callable[[], SendEach | None],
) -> None:
    """[P5] As when one more comes to watch between two events."""
    with Node(writer()) as node:
        node.outbox.send_all(node.peers, b"one;", 1)
        node.outbox.flush()
        node.outbox.send_each(node.peers[:2], b"two;", 1)
        node.outbox.send_all(node.peers, b"three;", 1)
        node.outbox.flush()
        assert [peer.transport.written for peer in node.peers] == [
            b"one;two;three;", b"one;two;three;", b"one;three;", b"one;three;"
        ]  # fmt: skip


@both
async def test_a_close_frame_leaves_behind_what_the_crowd_was_sent_and_nothing_behind_it(
    writer: Callable[[], SendEach | None],
) -> None:
    with Node(writer()) as node:
        node.outbox.send_all(node.peers, b"before;", 1)
        node.peers[0].close(CloseCode.RESTART, "bye")
        node.outbox.send_all(node.peers, b"after;", 1)
        node.outbox.flush()
        assert node.peers[0].transport.written.startswith(b"before;\x88")
        assert b"after;" not in node.peers[0].transport.written
        assert node.peers[1].transport.writes == [b"before;after;"]


def test_nothing_passes_what_a_transport_has_still_to_write() -> None:
    """[P7]"""
    near, far = socket.socketpair()
    with near, far:
        transport = Clogged(near)
        metrics = Metrics(CollectorRegistry())
        outbox = Patient(metrics, native.send_each())
        peer = Peer(outbox, metrics, transport)
        peer.look()
        sent: list[bytes] = []

        def send(data: bytes) -> None:
            sent.append(data)
            outbox.send_all((peer,), data, 1)
            outbox.flush()

        while not transport.kept:
            send(b"%d;" % len(sent) * 20_000)
        send(b"behind;")
        direct = len(b"".join(sent)) - len(transport.kept)
        assert far.recv(direct, socket.MSG_WAITALL) + transport.kept == b"".join(sent)
        transport.kept = b""
        send(b"through the transport;")
        transport.kept = b""
        peer.look()
        send(b"past it;")
        assert (transport.kept, far.recv(100)) == (b"", b"past it;")
        peer.send(b"its own;", 1)
        outbox.flush()
        send(b"behind that;")
        assert transport.kept == b"its own;behind that;"


async def test_a_member_that_does_not_read_is_bounded_as_any_socket() -> None:
    """[P7]"""
    node = Node()
    node.peers[0].pause_writing()
    frame = bytes(GATHERED_BYTES // 2)
    for n in range(6):
        node.outbox.send_all(node.peers, frame, 1)
        node.outbox.flush()
        assert node.peers[0]._bytes <= BACKLOG_BYTES
        assert node.peers[0]._is_open == (n < 4)
    assert len(node.peers[1].transport.writes) == 6


def test_no_tick_gathers_more_than_a_backlog_holds() -> None:
    """[P7]"""
    node = Node()
    for _ in range(4):
        node.outbox.send_all(node.peers, bytes(GATHERED_BYTES // 2), 1)
    assert len(node.peers[0].transport.writes) == 1
    node.outbox.flush()
    assert [len(data) for data in node.peers[0].transport.writes] == [GATHERED_BYTES, GATHERED_BYTES]


def test_a_member_that_cannot_be_written_to_is_cut_off_and_the_others_are_served() -> None:
    node = Node()
    node.peers[1].transport.fails = True
    node.outbox.send_all(node.peers, b"one;", 1)
    with capture_logs() as logs:
        node.outbox.flush()
    assert node.written() == [b"one;", b"", b"one;", b"one;"]
    assert [peer.transport.is_aborted for peer in node.peers] == [False, True, False, False]
    assert [entry["log_level"] for entry in logs] == ["error"]


@both
async def test_over_real_sockets_a_crowd_loses_neither_bytes_nor_members_to_those_that_go(
    writer: Callable[[], SendEach | None],
) -> None:
    """[P4] One has gone without a word, one does not read; the others are shown all in order."""
    metrics = Metrics(CollectorRegistry())
    outbox = Outbox(metrics, writer())
    served: list[Peer] = []

    def serve() -> asyncio.BaseProtocol:
        return Served(outbox, metrics, served)

    server = await asyncio.get_running_loop().create_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    clients = [await asyncio.open_connection("127.0.0.1", port) for _ in range(20)]
    await eventually(lambda: len(served) == len(clients))
    crowd = tuple(served)
    (_, gone), (_, deaf), *readers = clients
    gone.transport.abort()
    frames = [b"%06d" % n * 5_000 for n in range(200)]
    reads = [asyncio.create_task(reader.readexactly(len(b"".join(frames)))) for reader, _ in readers]
    for frame in frames:
        outbox.send_all(crowd, frame, 1)
        await asyncio.sleep(0)
    assert {await read == b"".join(frames) for read in reads} == {True}
    slow = [peer for peer in crowd if not peer._is_open or peer._is_aside]
    assert 1 <= len(slow) <= 2, "and whoever has gone"
    assert all(peer._bytes <= BACKLOG_BYTES for peer in slow)
    for _, writer_of_it in (*readers, (None, deaf)):
        writer_of_it.transport.abort()
    server.close()
    await eventually(lambda: metrics.sockets == 0)

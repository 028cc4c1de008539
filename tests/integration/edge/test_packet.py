"""The shortcut around the websocket library sees what the library would see, however the bytes are cut into packets."""

import asyncio
import struct
from itertools import pairwise
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry

from intervene.edge.metrics import Metrics
from intervene.edge.socket.connection import Connection
from intervene.edge.socket.fast_frame import is_whole_pong, whole_text
from intervene.edge.socket.timers import Wheel
from intervene.edge.socket.write_batch import Flushed, Outbox
from intervene.ports.versions import PersonVersion
from tests.kit.peer import BINARY, CONT, PING, PONG, TEXT, frame

TEXTS = st.text(max_size=200).map(str.encode) | st.integers(120, 130).map(lambda size: b"a" * size)


class Sent(NamedTuple):
    """Bytes of a peer, and what they are to the other side: `texts` heard and `pongs` sent."""

    data: bytes
    texts: tuple[bytes, ...] = ()
    pongs: tuple[bytes, ...] = ()


def in_fragments(parts: list[bytes]) -> Sent:
    """With a ping and a pong between any two."""
    *others, last = parts
    first = frame(TEXT, others[0], fin=False)
    middle = b"".join(frame(PING, b"p") + frame(PONG) + frame(CONT, part, fin=False) for part in others[1:])
    return Sent(first + middle + frame(CONT, last), (b"".join(parts),), (b"p",) * (len(others) - 1))


MESSAGES = st.one_of(
    TEXTS.map(lambda text: Sent(frame(TEXT, text), (text,))),
    TEXTS.map(lambda text: Sent(frame(TEXT, text, length=b"\x7e" + struct.pack("!H", len(text))), (text,))),
    st.lists(st.text(max_size=20).map(str.encode), min_size=2, max_size=5).map(in_fragments),
    st.binary(max_size=125).map(lambda data: Sent(frame(PING, data), pongs=(data,))),
    st.binary(max_size=125).map(lambda data: Sent(frame(PONG, data))),
)


class Collecting(asyncio.Transport):
    def __init__(self) -> None:
        super().__init__()
        self.written = b""

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += data


class Patient(Outbox):
    """Flushes when the test does."""

    def add(self, connection: Flushed) -> None:
        pass


class Listening(Connection):
    def __init__(self) -> None:
        metrics = Metrics(CollectorRegistry())
        super().__init__(Patient(metrics), Wheel(lambda: 0.0), metrics)
        self.heard: list[bytes] = []

    def receive(self, data: bytes, now: float) -> None:
        self.heard.append(data)

    def left(self) -> None:
        raise AssertionError("the peer kept the rules")

    @property
    def channel_id(self) -> None:
        return None

    @property
    def agent_id(self) -> None:
        return None

    def changed(self, found: PersonVersion) -> None:
        raise AssertionError("nobody changes")

    def is_too_much(self, size: int, now: float) -> bool:
        return False

    def greet_no_longer(self) -> None:
        raise AssertionError("no time passes")


@given(st.lists(MESSAGES, max_size=12), st.data())
def test_cuts_change_nothing(sent: list[Sent], data: st.DataObject) -> None:
    stream = b"".join(one.data for one in sent)
    borders = [0, len(stream)]
    if stream:
        # Between frames too: there the shortcut takes over from the library, and the library from the shortcut.
        ends = [sum(len(one.data) for one in sent[:n]) for n in range(len(sent) + 1)]
        borders += data.draw(st.lists(st.integers(0, len(stream)) | st.sampled_from(ends), max_size=20))
    transport, listening = Collecting(), Listening()
    listening.connection_made(transport)
    for start, end in pairwise(sorted(borders)):
        listening.data_received(stream[start:end])
    listening.flush()
    assert listening.heard == [text for one in sent for text in one.texts]
    pongs = [bytes([0x8A, len(pong)]) + pong for one in sent for pong in one.pongs]
    assert transport.written == b"".join(pongs)


def test_a_part_of_a_frame_that_looks_like_a_frame_is_none() -> None:
    inner = frame(TEXT, b"hello")
    outer = frame(PING, frame(PING, inner)[6:])  # masked twice is not masked
    transport, listening = Collecting(), Listening()
    listening.connection_made(transport)
    assert outer[6:] == inner
    for packet in (outer[:6], inner):
        listening.data_received(packet)
    listening.flush()
    assert not listening.heard
    assert transport.written == b"\x8a" + bytes([len(inner)]) + frame(PING, inner)[6:]
    assert listening._unparsed == 0


def test_what_was_decided_meanwhile_goes_before_a_frame() -> None:
    listening, heard = Listening(), list[list[bytes]]()
    listening.connection_made(Collecting())
    listening._outbox.settle = lambda: heard.append([*listening.heard])
    listening.data_received(frame(TEXT, b"hello"))
    assert heard == [[]]
    assert listening.heard == [b"hello"]


def test_what_is_one_whole_text_or_pong_is_taken() -> None:
    for data in (b"", b"hello", b"a" * 126, b"a" * 65_535):
        assert whole_text(frame(TEXT, data)) == data
    for data in (b"", b"a" * 125):
        assert is_whole_pong(frame(PONG, data))


NOT_PLAIN = {
    "nothing": b"",
    "half a frame": frame(TEXT, b"hello")[:-1],
    "a frame and a byte": frame(TEXT, b"hello") + b"\x81",
    "two frames": frame(TEXT, b"hello") * 2,
    "unmasked": frame(TEXT, b"hello", masked=False),
    "a reserved bit": frame(TEXT, b"hello", rsv=1),
    "a fragment": frame(TEXT, b"hello", fin=False),
    "a continuation": frame(CONT, b"hello"),
    "binary": frame(BINARY, b"hello"),
    "a ping": frame(PING, b"hello"),
    "a pong that is too long": frame(PONG, b"a" * 126),
    "a long length of a pong": frame(PONG, b"a", length=b"\x7e\x00\x01"),
    "eight bytes of length": frame(TEXT, b"a" * 65_536),
    "eight bytes of length, of which there are none": frame(TEXT, b"a" * 127, length=b"\x7f"),
}


@pytest.mark.parametrize("what", NOT_PLAIN)
def test_everything_else_is_the_library_s(what: str) -> None:
    assert whole_text(NOT_PLAIN[what]) is None
    assert not is_whole_pong(NOT_PLAIN[what])

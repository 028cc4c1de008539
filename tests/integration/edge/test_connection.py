"""Bytes on a socket, as RFC 6455 has them and as it forbids them."""

import struct

import pytest

from intervene.core.limits import CONTACT_KIB_BURST, FRAME_BYTES, FRAME_FRAGMENTS, FRAMES_BURST
from intervene.edge.socket.timers import CLOSE_SECONDS
from tests.integration.edge.conftest import Edge
from tests.kit.limits import eventually
from tests.kit.peer import BINARY, CLOSE, CONT, PING, PONG, TEXT, Frame, Peer, frame

ASK = b'{"type":"ping"}'
ANSWER = Frame(TEXT, b'{"type":"pong"}')


def padded(size: int) -> bytes:
    """A `ping` of the protocol with so many bytes."""
    return b'{"type":' + b" " * (size - len(ASK)) + b'"ping"}'


# -- rules kept --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [15, 125, 126, 127, 65_535, FRAME_BYTES])
async def test_a_message_of_any_allowed_length_is_read(clara: Peer, size: int) -> None:
    clara.writes(frame(TEXT, padded(size)))
    await clara.sees("pong")


async def test_a_length_may_be_written_longer_than_it_needs_to_be(clara: Peer) -> None:
    """RFC 6455, 5.2 wants the shortest; `websockets` is lenient, which harms nobody."""
    clara.writes(frame(TEXT, ASK, length=b"\x7e" + struct.pack("!H", len(ASK))))
    await clara.sees("pong")


async def test_a_message_is_put_together_from_its_fragments(clara: Peer) -> None:
    clara.writes(frame(TEXT, ASK[:4], fin=False) + frame(CONT, b"", fin=False) + frame(CONT, ASK[4:]))
    await clara.sees("pong")
    clara.writes(frame(TEXT, ASK))
    await clara.sees("pong")


async def test_control_frames_come_between_fragments(clara: Peer) -> None:
    clara.writes(frame(TEXT, ASK[:4], fin=False) + frame(PING, b"now") + frame(PONG) + frame(CONT, ASK[4:]))
    assert {await clara.reads(), await clara.reads()} == {Frame(PONG, b"now"), ANSWER}


async def test_a_character_may_be_cut_by_a_fragment(clara: Peer) -> None:
    said = '{"type":"say","id":"1","conversation":"c1","text":"größer"}'.encode()
    cut = said.index("ö".encode()) + 1
    clara.writes(frame(TEXT, said[:cut], fin=False) + frame(CONT, said[cut:]) + frame(TEXT, ASK))
    await clara.sees("pong")


async def test_bytes_may_come_one_at_a_time(edge: Edge, clara: Peer) -> None:
    for byte in frame(PING, b"slow") + frame(TEXT, ASK):
        expected = edge.metrics.bytes_in + 1
        clara.writes(bytes([byte]))
        await eventually(lambda expected=expected: edge.metrics.bytes_in == expected)  # type: ignore[misc]
    assert await clara.reads() == Frame(PONG, b"slow")
    await clara.sees("pong")


async def test_many_frames_may_come_in_one_packet(clara: Peer) -> None:
    clara.writes(b"".join(frame(PING, str(n).encode()) + frame(TEXT, ASK) for n in range(100)))
    got = [await clara.reads() for _ in range(200)]
    assert [pong.data for pong in got if pong.opcode == PONG] == [str(n).encode() for n in range(100)]
    assert got.count(ANSWER) == 100


async def test_the_close_code_of_the_peer_is_sent_back(clara: Peer) -> None:
    clara.closes(4321)
    assert await clara.is_closed() == 4321


async def test_an_empty_close_frame_gets_an_empty_one_back(clara: Peer) -> None:
    clara.writes(frame(CLOSE))
    assert await clara.reads() == Frame(CLOSE, b"")
    assert await clara.rest() == b""


async def test_what_follows_a_close_frame_is_not_read(edge: Edge, clara: Peer) -> None:
    clara.writes(frame(CLOSE, b"\x03\xe8") + frame(TEXT, b'{"type":"open"}') + b"anything")
    assert await clara.is_closed() == 1000
    await eventually(lambda: not len(edge.sockets))


# -- rules broken ------------------------------------------------------------------------------------------------------

BROKEN = {
    "unmasked": (frame(TEXT, ASK, masked=False), 1002),
    "an unmasked empty frame": (frame(TEXT, b"", masked=False), 1002),
    "reserved bit 1": (frame(TEXT, ASK, rsv=4), 1002),
    "reserved bit 2": (frame(TEXT, ASK, rsv=2), 1002),
    "reserved bit 3 on a ping": (frame(PING, rsv=1), 1002),
    "opcode 3": (frame(3, ASK), 1002),
    "opcode 7": (frame(7), 1002),
    "opcode 11": (frame(11), 1002),
    "opcode 15": (frame(15), 1002),
    "a continuation of nothing": (frame(CONT, ASK), 1002),
    "a text inside a fragmented text": (frame(TEXT, b"{", fin=False) + frame(TEXT, ASK), 1002),
    "a close inside a fragmented text": (frame(TEXT, b"{", fin=False) + frame(CLOSE, b"\x03\xe8"), 1002),
    "a fragmented ping": (frame(PING, b"a", fin=False), 1002),
    "a ping of 126 bytes": (frame(PING, b"a" * 126), 1002),
    "a close code of one byte": (frame(CLOSE, b"\x03"), 1002),
    "close code 0": (frame(CLOSE, b"\0\0"), 1002),
    "close code 999": (frame(CLOSE, struct.pack("!H", 999)), 1002),
    "close code 1005": (frame(CLOSE, struct.pack("!H", 1005)), 1002),
    "close code 1006": (frame(CLOSE, struct.pack("!H", 1006)), 1002),
    "close code 1015": (frame(CLOSE, struct.pack("!H", 1015)), 1002),
    "close code 2999": (frame(CLOSE, struct.pack("!H", 2999)), 1002),
    "close code 5000": (frame(CLOSE, struct.pack("!H", 5000)), 1002),
    "a close reason that is not UTF-8": (frame(CLOSE, b"\x03\xe8\xff"), 1007),
    "binary": (frame(BINARY, ASK), 1007),
    "fragmented binary": (frame(BINARY, b"{", fin=False), 1007),
    "a byte that is no UTF-8": (frame(TEXT, b'{"type":"\xff"}'), 1007),
    "a surrogate as UTF-8": (frame(TEXT, b'{"type":"\xed\xa0\x80"}'), 1007),
    "an overlong slash": (frame(TEXT, b"\xc0\xaf"), 1007),
    "above the last character": (frame(TEXT, b"\xf4\x90\x80\x80"), 1007),
    "half a character": (frame(TEXT, b"\xc3"), 1007),
    "half a character in fragments": (frame(TEXT, b"\xe2", fin=False) + frame(CONT, b"\x82"), 1007),
    "one byte too many": (frame(TEXT, padded(FRAME_BYTES + 1)), 1009),
    "a mebibyte": (frame(TEXT, b"a" * 2**20), 1009),
    "a promise of 2**63 bytes": (frame(TEXT, b"", length=b"\x7f" + struct.pack("!Q", 2**63)), 1009),
    "fragments that are too much together": (
        frame(TEXT, b"a" * 40_000, fin=False) + frame(CONT, b"a" * 40_000),
        1009,
    ),
    "too many fragments": (frame(TEXT, b"{", fin=False) + frame(CONT, b" ", fin=False) * FRAME_FRAGMENTS, 1009),
    "a flood of empty fragments": (frame(TEXT, b"", fin=False) + frame(CONT, b"", fin=False) * 100_000, 1009),
    "a flood of pings": (frame(PING) * 100_000, 4003),
    "a flood of pongs": (frame(PONG) * (FRAMES_BURST + 50), 4003),
}


@pytest.mark.parametrize("what", BROKEN)
async def test_a_peer_that_breaks_the_rules_is_told_the_code(edge: Edge, clara: Peer, what: str) -> None:
    data, code = BROKEN[what]
    clara.writes(data)
    while (got := await clara.reads()).opcode == PONG:
        pass
    assert got.code == code
    if len(data) > FRAME_BYTES:
        closes_late(edge)
    assert await clara.rest() == b""
    assert not edge.engine.submitted
    await eventually(lambda: not len(edge.sockets))


def closes_late(edge: Edge) -> None:
    """A peer whose flood is still on its way does not take part in closing: its time is over."""
    edge.sockets.wheel.turn(edge.clock.monotonic() + CLOSE_SECONDS)


async def test_a_flood_of_large_frames_is_closed_although_each_of_them_is_right(edge: Edge, clara: Peer) -> None:
    """[P7]"""
    clara.writes(frame(TEXT, padded(FRAME_BYTES)) * 60)
    answers = 0
    while (got := await clara.reads()).opcode != CLOSE:
        answers += 1
    assert got.code == 4003
    assert answers == CONTACT_KIB_BURST * 1024 // FRAME_BYTES
    closes_late(edge)


@pytest.mark.parametrize("what", ["unmasked", "a byte that is no UTF-8", "one byte too many", "reserved bit 1"])
async def test_the_rules_hold_before_hello_too(peer: Peer, what: str) -> None:
    data, code = BROKEN[what]
    assert await peer.upgrades() == 101
    peer.writes(data)
    assert await peer.is_closed() == code


async def test_a_frame_that_is_too_long_is_refused_by_its_header(clara: Peer) -> None:
    """None of it has to arrive, and none of it is kept."""
    clara.writes(frame(TEXT, b"", length=b"\x7f" + struct.pack("!Q", FRAME_BYTES + 1)))
    assert await clara.is_closed() == 1009


async def test_a_flood_costs_little_after_the_bound(edge: Edge, clara: Peer) -> None:
    clara.writes(frame(PING) * 40_000)
    await eventually(lambda: not len(edge.sockets) or edge.metrics.closes["4003"] == 1)
    assert edge.metrics.frames_in < FRAMES_BURST + 1000
    closes_late(edge)


async def test_a_text_inside_a_fragmented_text_is_refused_in_a_packet_of_its_own_too(edge: Edge, clara: Peer) -> None:
    received = edge.metrics.frames_in
    clara.writes(frame(TEXT, b"{", fin=False))
    await eventually(lambda: edge.metrics.frames_in > received)
    clara.writes(frame(TEXT, ASK))
    assert await clara.is_closed() == 1002


# -- hanging up --------------------------------------------------------------------------------------------------------


async def test_a_peer_that_hangs_up_without_a_word_is_forgotten(edge: Edge) -> None:
    async with edge.peer() as clara:
        await clara.joins(edge.visitor_token)
        assert (len(edge.sockets), edge.metrics.contacts) == (1, 1)
    await eventually(lambda: not len(edge.sockets))
    assert (edge.metrics.contacts, edge.metrics.sockets) == (0, 0)
    assert edge.metrics.closes["1006"] == 1


async def test_a_peer_that_does_not_answer_a_close_frame_is_cut_off(edge: Edge, clara: Peer) -> None:
    clara.says(type="hello", token="x")
    for _ in range(25):
        clara.says(type="nonsense")
    while (await clara.reads()).opcode != CLOSE:
        pass
    assert len(edge.sockets) == 1
    edge.sockets.wheel.turn(edge.clock.monotonic() + 10)
    assert await clara.rest() == b""
    await eventually(lambda: not len(edge.sockets))

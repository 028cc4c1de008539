"""Frames as bytes, as a server takes and makes them."""

from pathlib import Path

import msgspec
import pytest

from intervene.core.wire import framing
from intervene.load.frames import CUSTOMER, STAFF, Decoder, Shown
from intervene.load.wire import BadBytes, Say, cut, encode, framed

FRAMES = Path(__file__).parents[2] / "frames"


def payload(frame: bytes) -> bytes:
    """Of a client's frame whose mask is zeros."""
    size, start = frame[1] & 0x7F, 6
    if size == 126:
        size, start = int.from_bytes(frame[2:4], "big"), 8
    assert frame[1] & 0x80
    assert len(frame) == start + size
    return frame[start:]


@pytest.mark.parametrize("size", [24, 100, 5000])
def test_a_message_is_one_that_the_server_takes_and_has_the_size_that_was_asked_for(size: int) -> None:
    theirs = framing.decode_contact(payload(Say("c-1", size, is_staff=False).frame(7, 0, 0)))
    ours = framing.decode_staff(payload(Say("c-1", size, is_staff=True).frame(12345, 4, 17)))
    assert (theirs.id, ours.epoch, ours.seen, ours.confirmed) == ("load-7", 4, 17, True)  # type: ignore[union-attr]
    assert len(theirs.text) == len(ours.text) == size  # type: ignore[union-attr]


@pytest.mark.parametrize("size", [0, 125, 126, 70_000])
def test_frames_are_cut_wherever_the_network_cuts_them(size: int) -> None:
    stream = framing.framed(b"a" * size) + b"\x89\x00" + framing.framed(b"b") + b"\x88\x02" + (4003).to_bytes(2, "big")
    for step in (1, 7, len(stream)):
        payloads, pings, closed, rest = [], 0, 0, b""
        for at in range(0, len(stream), step):
            found = cut(rest + stream[at : at + step])
            payloads += found.payloads
            pings, closed, rest = pings + found.pings, closed or found.closed, found.rest
            if len(stream) > 10_000 and step == 1:
                break
        else:
            assert ([len(one) for one in payloads], pings, closed, rest) == ([size, 1], 1, 4003, b"")


@pytest.mark.parametrize("data", [framed(b"masked"), b"\x82\x01a", b"\x01\x01a"])
def test_what_no_server_of_ours_sends_is_refused(data: bytes) -> None:
    with pytest.raises(BadBytes):
        cut(data)


@pytest.mark.parametrize("side", [STAFF, CUSTOMER])
def test_all_frames_of_a_server_can_be_read(side: str) -> None:
    name = "staff" if side == STAFF else "contact"
    for file in FRAMES.glob(f"{name}-out.*.json"):
        for frame in msgspec.json.decode(file.read_bytes()):
            Decoder(side).decode(msgspec.json.encode(frame))


def test_an_event_is_alike_to_staff_and_to_customers() -> None:
    staff, customers = (
        {
            shown.fact.pub: shown.fact.likeness
            for frame in msgspec.json.decode((FRAMES / f"{name}-out.event.json").read_bytes())
            if isinstance(shown := Decoder(side).decode(msgspec.json.encode(frame)), Shown)
        }
        for name, side in (("staff", STAFF), ("contact", CUSTOMER))
    )
    assert len(customers) > 10
    assert customers == {pub: staff[pub] for pub in customers}


def test_a_frame_is_read_whatever_the_order_of_its_members() -> None:
    frame = b'{"conversation":"c-1","id":"load-1","seq":3,"epoch":2,"type":"ack"}'
    assert Decoder(STAFF).decode(frame) == Decoder(STAFF).decode(
        b'{"type":"ack","id":"load-1","conversation":"c-1","seq":3,"epoch":2}'
    )
    assert Decoder(STAFF).decode(b'{"type":"of tomorrow"}') is None


def test_what_is_sent_is_masked_text() -> None:
    assert msgspec.json.decode(payload(encode("watch", conversation="c"))) == {"type": "watch", "conversation": "c"}

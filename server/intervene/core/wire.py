"""Frames as bytes. What many sockets get is encoded once for each audience, as whole websocket frames."""

import re
from collections.abc import Callable, Iterable
from typing import TypeVar

import msgspec
from msgspec import Struct

from intervene.core import frames
from intervene.core.errors import BadFrame
from intervene.core.events import Event, Piece
from intervene.core.frames import ContactIn, ContactOut, Hello, PieceAdded, StaffIn, StaffOut
from intervene.core.ids import ConversationId
from intervene.core.limits import FRAME_BYTES, NESTING

_T = TypeVar("_T")
_encode = msgspec.json.Encoder().encode


def encode(frame: StaffOut | ContactOut) -> bytes:
    return framed(_encode(frame))


def framed(payload: bytes) -> bytes:
    """A websocket text frame, final and unmasked (RFC 6455, 5.2), ready to be written to any number of sockets."""
    size = len(payload)
    if size < 126:
        return b"\x81" + size.to_bytes(1, "big") + payload
    if size < 65536:
        return b"\x81\x7e" + size.to_bytes(2, "big") + payload
    return b"\x81\x7f" + size.to_bytes(8, "big") + payload


class Frames(Struct, frozen=True, gc=False):
    """What one commit shows, for each audience: whole websocket frames, joined, and how many they are."""

    staff: bytes = b""
    staff_count: int = 0
    contacts: bytes = b""
    contacts_count: int = 0


def encode_event(event: Event) -> bytes:
    """The event as the log keeps it and as staff are shown it."""
    return _encode(event)


def encode_facts(conversation: ConversationId, facts: Iterable[Event | Piece]) -> tuple[Frames, list[bytes]]:
    """The frames of a commit, and its events as `encode_event` has them: each is encoded once for both uses."""
    opening = b'{"type":"event","conversation":' + _encode(conversation) + b',"event":'
    staff: list[bytes] = []
    contacts: list[bytes] = []
    kept: list[bytes] = []
    for fact in facts:
        if isinstance(fact, Piece):
            piece = encode(PieceAdded(conversation=conversation, message=fact.message, n=fact.n, text=fact.text))
            staff.append(piece)
            contacts.append(piece)
            continue
        data = _encode(fact)
        kept.append(data)
        staff.append(framed(opening + data + b"}"))
        if fact.pub and (shown := frames.for_contact(conversation, fact)):
            contacts.append(encode(shown))
    return Frames(b"".join(staff), len(staff), b"".join(contacts), len(contacts)), kept


_hello: msgspec.json.Decoder[Hello] = msgspec.json.Decoder(Hello)
_staff: msgspec.json.Decoder[StaffIn] = msgspec.json.Decoder(StaffIn)
_contact: msgspec.json.Decoder[ContactIn] = msgspec.json.Decoder(ContactIn)


def decode_hello(data: bytes) -> Hello:
    return _decode(_hello.decode, data)


def decode_staff(data: bytes) -> StaffIn:
    return _decode(_staff.decode, data)


def decode_contact(data: bytes) -> ContactIn:
    return _decode(_contact.decode, data)


def _decode(decode: Callable[[bytes], _T], data: bytes) -> _T:
    if len(data) > FRAME_BYTES:
        raise BadFrame(f"A frame has at most {FRAME_BYTES} bytes.")
    check_depth(data)
    try:
        return decode(data)
    except msgspec.ValidationError as problem:
        raise BadFrame(f"The frame does not fit the protocol: {problem}.") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise BadFrame("The frame is not JSON.") from None


def check_depth(data: bytes) -> None:
    """Raise `BadFrame` for JSON that is nested too deep to be decoded."""
    if data.count(b"{") + data.count(b"[") <= NESTING:
        return
    depth = 0
    for bracket in _BRACKET.findall(_STRING.sub(b"", data)):
        depth += 1 if bracket in b"[{" else -1
        if depth > NESTING:
            raise BadFrame(f"The frame is nested deeper than {NESTING} levels.")


# One that is never closed ends with the data: a match that could fail would be tried again from every quote.
_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)', re.DOTALL)
_BRACKET = re.compile(rb"[\[\]{}]")

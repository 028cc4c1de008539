"""Frames as bytes. What many sockets get is encoded once for each audience, as whole websocket frames."""

import re
import struct
from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

import msgspec
from msgspec import Struct

from intervene.core.errors import BadFrame, BadText, PeerError
from intervene.core.events import Event, Piece
from intervene.core.ids import ConversationId
from intervene.core.limits import FRAME_BYTES
from intervene.core.wire import common, views
from intervene.core.wire.common import Hello, PieceAdded
from intervene.core.wire.contact import ContactIn, ContactOut
from intervene.core.wire.staff import StaffIn, StaffOut

_T = TypeVar("_T")
_encode = msgspec.json.Encoder().encode
_head_in_2, _head_in_4, _head_in_10 = struct.Struct("!BB").pack, struct.Struct("!HH").pack, struct.Struct("!HQ").pack


def encode(frame: StaffOut | ContactOut) -> bytes:
    return framed(_encode(frame))


def framed(payload: bytes) -> bytes:
    """A websocket text frame, final and unmasked (RFC 6455, 5.2), ready to be written to any number of sockets."""
    size = len(payload)
    if size < 126:
        return _head_in_2(0x81, size) + payload
    if size < 65536:
        return _head_in_4(0x817E, size) + payload
    return _head_in_10(0x817F, size) + payload


def size_of(text: str) -> int:
    """Bytes that the text has in a frame, where one character may be six."""
    return len(_encode(text))


class Frames(Struct, frozen=True, gc=False):
    """What one commit shows, for each audience: whole websocket frames, joined, and how many they are."""

    staff: bytes = b""
    staff_count: int = 0
    contacts: bytes = b""
    contacts_count: int = 0


def encode_event(event: Event) -> bytes:
    """The event as the log keeps it and as staff are shown it."""
    return _encode(event)


def encode_facts(
    conversation: ConversationId, facts: Sequence[Event | Piece]
) -> tuple[Frames, list[tuple[Event, bytes]]]:
    """The frames of a commit, and its events, each with what `encode_event` makes of it: it is encoded once for both
    uses."""
    staff: list[bytes] = []
    contacts: list[bytes] = []
    kept: list[tuple[Event, bytes]] = []
    for fact in facts:
        if isinstance(fact, Event):
            data = _encode(fact)
            kept.append((fact, data))
            staff.append(framed(b'{"type":"event","conversation":%b,"event":%b}' % (_encode(conversation), data)))
            if fact.pub and (shown := views.for_contact(conversation, fact)):
                contacts.append(encode(shown))
        else:
            piece = encode(PieceAdded(conversation=conversation, message=fact.message, n=fact.n, text=fact.text))
            staff.append(piece)
            contacts.append(piece)
    return Frames(b"".join(staff), len(staff), b"".join(contacts), len(contacts)), kept


def _decode(decode: Callable[[bytes], _T], data: bytes) -> _T:
    """What is refused is refused with the command's id and the conversation, where they can be read.

    Nothing looks at the bytes before the decoder does: any guard would cost more. The decoder stops at the first part
    that no frame has, and bounds its own recursion.
    """
    if len(data) > FRAME_BYTES:
        raise BadFrame(f"A frame has at most {FRAME_BYTES} bytes.")
    try:
        return decode(data)
    except msgspec.ValidationError as problem:
        raise _misfit(problem, data) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise _undecodable(decode, data) from None


def _misfit(problem: msgspec.ValidationError, data: bytes) -> BadFrame:
    return BadFrame(f"The frame does not fit the protocol: {str(problem)[:QUOTED_CHARS]}.", **_named(data))


def _undecodable(decode: Callable[[bytes], object], data: bytes) -> PeerError:
    """It is no JSON, or has an escaped half of a surrogate pair, which the decoder takes for the same."""
    whole, halves = _HALF.subn(rb"\\ufffd", data, HALVES)
    if halves == HALVES:  # there may be thousands: any other characters will do, and take no longer than to decode
        whole = data.replace(rb"\ud", rb"\u0").replace(rb"\uD", rb"\u0")
    if halves:
        try:
            frame = decode(whole)
        except msgspec.ValidationError as problem:
            return _misfit(problem, whole)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            pass
        else:
            kind = BadText if hasattr(frame, "text") else BadFrame
            about = {name: getattr(frame, name, "") for name in ("id", "conversation")}
            return kind("The frame contains half of a surrogate pair. Send whole characters.", **about)
    return BadFrame("The frame is not JSON.")


# What such a frame is about is all that this is good for: behind an escaped backslash, "ud800" is no half.
_HALF = re.compile(
    rb"\\u[dD](?:[89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])|(?<!\\u[dD][89abAB]..\\u[dD])[c-fC-F][0-9a-fA-F]{2})"
)
_hello: msgspec.json.Decoder[Hello] = msgspec.json.Decoder(Hello)
_staff: msgspec.json.Decoder[StaffIn] = msgspec.json.Decoder(StaffIn)
_contact: msgspec.json.Decoder[ContactIn] = msgspec.json.Decoder(ContactIn)
decode_hello = partial(_decode, _hello.decode)
decode_staff = partial(_decode, _staff.decode)
decode_contact = partial(_decode, _contact.decode)

QUOTED_CHARS = 150  # of what the decoder says, which quotes the peer
HALVES = 64  # looked for in one frame


class _Named(Struct):
    id: msgspec.Raw = msgspec.Raw()
    conversation: msgspec.Raw = msgspec.Raw()


_decode_named = msgspec.json.Decoder(_Named).decode
_decode_id = msgspec.json.Decoder(common.Id).decode


def _named(data: bytes) -> dict[str, str]:
    """The ids in a JSON object that is no frame."""
    try:
        found = _decode_named(data)
    except (msgspec.DecodeError, RecursionError):
        return {}
    return {"id": _readable(found.id), "conversation": _readable(found.conversation)}


def _readable(data: msgspec.Raw) -> str:
    try:
        return _decode_id(data)
    except msgspec.DecodeError:  # absent, or no id
        return ""

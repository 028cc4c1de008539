"""Websockets as bytes, cheap in both directions: what is sent is put together from parts that were encoded once, and
what comes is cut into payloads. No I/O.
"""

from typing import NamedTuple

import msgspec

_MASK = bytes(4)  # any is allowed (RFC 6455, 5.3); what is sent is no attacker's choice, so this one costs nothing
PONG = b"\x8a\x80" + _MASK
TAG = "load "  # a message of ours begins with it, its number and a blank


def framed(payload: bytes) -> bytes:
    """A text frame from a client."""
    size = len(payload)
    if size < 126:
        return bytes((0x81, 0x80 | size)) + _MASK + payload
    if size < 65536:
        return b"\x81\xfe" + size.to_bytes(2, "big") + _MASK + payload
    return b"\x81\xff" + size.to_bytes(8, "big") + _MASK + payload


def encode(type: str, **fields: object) -> bytes:
    return framed(msgspec.json.encode({"type": type, **fields}))


class Say:
    """The message of one author in one conversation, of which only number, epoch and `seen` change. `size` is of the
    text, in bytes; `is_staff` has the last two."""

    __slots__ = ("_after", "_before", "_filler", "_is_staff")

    def __init__(self, conversation: str, size: int, *, is_staff: bool) -> None:
        self._before = b'{"type":"say","id":"load-'
        self._after = b'","conversation":%b,"text":"%b' % (msgspec.json.encode(conversation), TAG.encode())
        words = b"I have read the letter, and I would like to know whether I could pay the rest in three parts. "
        self._filler = (words * (size // len(words) + 1))[: size - len(TAG) - 1]
        self._is_staff = is_staff

    def frame(self, number: int, epoch: int, seen: int) -> bytes:
        digits = b"%d" % number
        text = b"%b %b" % (digits, self._filler[: -len(digits)])
        end = b'","epoch":%d,"seen":%d,"confirmed":true}' % (epoch, seen) if self._is_staff else b'"}'
        return framed(b"".join((self._before, digits, self._after, text, end)))


class Cut(NamedTuple):
    """`payloads` of whole text frames; `pings`: how many want an answer; `closed`: the close code, 0 for none, and
    `reason`; `rest`: the beginning of a frame that is not whole."""

    payloads: list[bytes]
    pings: int
    closed: int
    reason: str
    rest: bytes


class BadBytes(Exception):
    """What came is no websocket frame of a server."""


def cut(data: bytes) -> Cut:
    """Raises `BadBytes`."""
    payloads: list[bytes] = []
    at, end, pings, closed, reason = 0, len(data), 0, 0, ""
    while at + 2 <= end:
        size, start = data[at + 1], at + 2
        if size > 125:
            start = at + (4 if size == 126 else 10)
            if start > end or size > 127:
                break
            size = int.from_bytes(data[at + 2 : start], "big")
        if start + size > end:
            break
        kind = data[at]
        if kind == 0x81:
            payloads.append(data[start : start + size])
        elif kind == 0x89:
            pings += 1
        elif kind == 0x88:
            closed = int.from_bytes(data[start : start + 2], "big") or 1005
            reason = data[start + 2 : start + size].decode("utf-8", "replace")
        elif kind != 0x8A:
            raise BadBytes(f"a websocket frame of kind {kind:#x}")
        at = start + size
    if at + 2 <= end and data[at + 1] > 127:
        raise BadBytes("a masked frame from a server")
    return Cut(payloads, pings, closed, reason, data[at:])

"""How an input is bent: bytes, JSON values, websocket frames. All of it follows from the `Random` that is given."""

import json
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

MOST_BYTES = 70_000  # a little more than one frame or head may have

NUMBERS = (b"0", b"-1", b"1", b"2147483648", b"9007199254740992", b"9007199254740993", b"1e400", b"-0.0", b"9" * 400)
STRINGS = (
    '""', '"x"', r'"\ud800"', r'"\ud83d\ude15"', r'"\u0000"', r'"\u200b"', r'"\u001b[31m"', '"' + "x" * 300 + '"',
    '"' + "y" * 20_000 + '"', r'"\"\\\/"', '"\xff"',
)  # fmt: skip
VALUES = (
    "null", "true", "[]", "{}", "[" * 40 + "]" * 40, '{"type":"ping"}', "1.5", *map(bytes.decode, NUMBERS), *STRINGS
)  # fmt: skip

ODD = b'\x00\x01\n\r ",\\{\x7f\x80\xff'

Mutate = Callable[[bytes, Random], bytes]


def in_bytes(words: Sequence[bytes]) -> Mutate:
    """`words` mean something to the decoder."""

    def mutate(data: bytes, random: Random) -> bytes:
        at = random.randrange(len(data) + 1)
        end = min(len(data), at + random.choice((1, 1, 2, 4, 16, 256)))
        match random.randrange(10):
            case 0:
                return data[:at] + random.randbytes(random.choice((1, 1, 2, 8))) + data[at:]
            case 1:
                return data[:at] + data[end:]
            case 2:
                return (
                    data[:at] + bytes([random.choice(b"\x00\x01\x0a\x0d\x20\x22\x2c\x5c\x7b\x7f\x80\xff")]) + data[end:]
                )
            case 3:
                return data[:at] + bytes(byte ^ 1 << random.randrange(8) for byte in data[at : at + 1]) + data[at + 1 :]
            case 4:
                return data[:at] + data[at:end] * random.choice((2, 3, 100, 5000)) + data[end:]
            case 5:
                return data[:at] + data[random.randrange(len(data) + 1) :]
            case 6:
                return data[:at]
            case 7:
                return data[:at] + random.choice(NUMBERS) + data[end:]
            case _ if words:
                return data[:at] + random.choice(words) + data[random.choice((at, end)) :]
            case _:
                return data + data[at:]

    return mutate


def in_json(data: bytes, random: Random) -> bytes:
    """One value of a JSON text is replaced, taken away, doubled, or moved a level down. Other texts stay."""
    try:
        whole = json.loads(data)
    except (ValueError, RecursionError):
        return data
    places = list(_places(whole))
    if not places or not random.randrange(8):
        return data.replace(b":", b" :\t\n", random.randrange(3)) + random.choice((b"", b" ", b"\n{}", b"\x00"))
    within, key = random.choice(places)
    marker = f"@{random.getrandbits(32)}@"
    match random.randrange(6):
        case 0:
            del within[key]
        case 1 if isinstance(within, dict):
            within[marker[:3]] = within[key]
        case 2:
            within[key] = random.choice(places)[0]
            return _encode(whole, data)
        case 3 if isinstance(within[key], str):
            text = within[key]
            at = random.randrange(len(text) + 1)
            within[key] = text[:at] + random.choice(("\u202e", "\x85", "é", "😕", "\ud800", " ", "\t")) + text[at:]
        case _:
            within[key] = marker
    return _encode(whole, data).replace(f'"{marker}"'.encode(), random.choice(VALUES).encode("latin-1"))


def _encode(whole: object, otherwise: bytes) -> bytes:
    try:
        return json.dumps(whole, separators=(",", ":"), ensure_ascii=True).encode()
    except (ValueError, RecursionError):  # it holds itself
        return otherwise


def _places(value: Any, depth: int = 0) -> Any:
    if depth > 30:
        return
    keys = value.keys() if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        yield value, key
        yield from _places(value[key], depth + 1)


# -- websocket frames --------------------------------------------------------------------------------------------------

MASK = bytes(4)  # any is allowed (RFC 6455, 5.3), and with this one masked is as unmasked


def frame(payload: bytes, first: int = 0x81) -> bytes:
    """As a client writes it. `first`: FIN, reserved bits and opcode."""
    size = len(payload)
    if size < 126:
        return bytes((first, 0x80 | size)) + MASK + payload
    if size < 65536:
        return bytes((first, 0xFE)) + size.to_bytes(2, "big") + MASK + payload
    return bytes((first, 0xFF)) + size.to_bytes(8, "big") + MASK + payload


def cut(data: bytes) -> list[tuple[int, bytes]]:
    """First bytes and payloads of frames as `frame` writes them; what is no such frame is a payload at the end."""
    found, at = [], 0
    while at + 6 <= len(data):
        wide = {0xFE: 2, 0xFF: 8}.get(data[at + 1], 0)
        start = at + 2 + wide + 4
        size = int.from_bytes(data[at + 2 : at + 2 + wide], "big") if wide else data[at + 1] & 0x7F
        if not data[at + 1] & 0x80 or len(data) < start + size:
            break
        found.append((data[at], data[start : start + size]))
        at = start + size
    return [*found, (0x81, data[at:])] if at < len(data) else found


def in_frames(payload: Mutate, raw: Mutate) -> Mutate:
    """One frame of several: its payload, its first byte, its place; or the bytes as they are."""

    def mutate(data: bytes, random: Random) -> bytes:
        frames = cut(data)
        if not frames or not random.randrange(4):
            return raw(data, random)
        at = random.randrange(len(frames))
        first, text = frames[at]
        match random.randrange(8):
            case 0:
                frames[at] = first ^ 1 << random.randrange(8), text
            case 1:
                del frames[at]
            case 2:
                frames.insert(at, random.choice(frames))
            case 3:
                half = random.randrange(len(text) + 1)
                frames[at : at + 1] = [(first & 0x7F, text[:half]), (0x80, text[half:])]
            case 4:
                frames.insert(at, (random.choice((0x89, 0x8A, 0x88, 0x00, 0x82)), text[: random.randrange(126)]))
            case _:
                frames[at] = first, payload(text, random)
        return b"".join(frame(text, first) for first, text in frames)

    return mutate


def either(*mutates: Mutate) -> Mutate:
    def mutate(data: bytes, random: Random) -> bytes:
        return random.choice(mutates)(data, random)

    return mutate

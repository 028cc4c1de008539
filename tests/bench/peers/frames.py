"""Frames of a client, as bytes, and the handshake before them."""

import msgspec

from tests.bench.peers.load import NUMBER
from tests.bench.wire import framed

_UPGRADE = (
    "GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n{more}\r\n"
)


def upgrade(path: str, protocol: str = "") -> bytes:
    """A request for a websocket."""
    return _UPGRADE.format(path=path, more=f"Sec-WebSocket-Protocol: {protocol}\r\n" if protocol else "").encode()


def encode(type: str, **fields: object) -> bytes:
    """A frame of our protocol."""
    return framed(msgspec.json.encode({"type": type, **fields}))


def relayed(room: int, text: bytes, size: int = 0) -> bytes:
    """What relays pass on: JSON with the text, its author and where it belongs; padded to `size` bytes."""
    author = f"agent-{room:06d}"
    message = {
        "conversation": f"{room:024x}", "id": NUMBER.decode(), "at": 1800000000000,
        "author": {"type": "agent", "id": author}, "text": text.decode(),
    }  # fmt: skip
    bare = msgspec.json.encode(message)
    if size <= len(bare):
        return bare
    return msgspec.json.encode({**message, "pad": "." * (size - len(bare) - len(',"pad":""'))})


__all__ = ["encode", "framed", "relayed", "upgrade"]

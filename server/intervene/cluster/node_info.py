"""What a node says of itself to people and to `doctor`, beside its count in the database."""

from hashlib import sha256

import msgspec
from msgspec import Struct

from intervene.core.ids import NodeId


class About(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """`format` as `conversation.FORMAT`; `keys` are fingerprints, the first is the one that signs; `hub`: whether what
    the node publishes arrives, None without one; `unheard`: living nodes whose heartbeats do not arrive at it;
    `clock_ms`: its wall clock less the database's; `timing_factor`: how its timing is scaled, the same on all nodes."""

    release: str
    format: int
    host: str
    address: str
    keys: list[str]
    hub: bool | None = None
    unheard: list[NodeId] = []
    clock_ms: int = 0
    sessions: int = 0
    turns: int = 0
    timing_factor: float = 1.0


def fingerprint(key: str) -> str:
    """Distinguishes keys and reveals nothing of them."""
    return sha256(b"intervene fingerprint " + key.encode()).hexdigest()[:12]


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(About).decode


def encode_about(about: About) -> str:
    return _encode(about).decode()


def decode_about(text: str) -> About | None:
    """None for a node of a release that says nothing of itself, or says it otherwise."""
    try:
        return _decode(text)
    except msgspec.DecodeError:
        return None

"""What nodes say to each other, as bytes, sealed: Redis need not be trusted with what screens show.

    sender (8 bytes)      | seal (16) | format (1) | message (msgpack)

The seal is a keyed BLAKE2b over the channel and all the rest, so a message cannot be made, changed or moved to another
conversation without a key. It can be held back or repeated: versions, epochs and counts make that harmless.
"""

import hmac
from collections.abc import Sequence
from hashlib import blake2b
from typing import assert_never

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from intervene.core.actors import Actor, Agent
from intervene.core.conversation.packing import FORMAT
from intervene.core.conversation.state import Conversation
from intervene.core.events import Piece
from intervene.core.ids import ChannelId, Key, NodeId
from intervene.core.wire.framing import Frames
from intervene.ports.hub import Envelope, Presence, ReadTo, Report, Whisper

SENDER_BYTES, SEAL_BYTES = 8, 16
LEAST_KEY_BYTES = 16
_HEAD = SENDER_BYTES + SEAL_BYTES
NEVER = -1  # no conversation was ever in this epoch


class Beat(Struct, frozen=True, array_like=True, tag="beat", gc=False):
    """The node's `n`th: it is alive, and arrives on the hub. `can_write`: the database takes what it writes."""

    node: NodeId
    n: int
    can_write: bool = True


class Check(Struct, frozen=True, array_like=True, tag="check", gc=False):
    """Something that the node published was lost: compare versions with the log."""

    node: NodeId


class _Commit(Struct, frozen=True, array_like=True, tag="commit", gc=False):
    """An `Envelope`; its key is in the state."""

    node: NodeId
    state: Conversation
    pieces: tuple[Piece, ...]
    frames: Frames


class _Whisper(Struct, frozen=True, array_like=True, tag="whisper", gc=False):
    """Also a `ReadTo`: then the epoch is `NEVER`, and a release that does not know of it drops it as late typing."""

    key: Key
    epoch: int
    who: Actor
    on: bool
    read: int = 0
    shown: int = 0


class _Presence(Struct, frozen=True, array_like=True, tag="presence", gc=False):
    key: Key
    node: NodeId
    agents: tuple[Agent, ...]
    contact: bool
    asks: bool
    count: int = 0  # at the end: nodes that do not know it pass over it


class _Report(Struct, frozen=True, array_like=True, tag="report", gc=False):
    key: Key
    node: NodeId
    epoch: int
    written: int
    seen: int
    has_stopped: bool


class Spent(Struct, frozen=True, array_like=True, tag="spent", gc=False):
    """A channel id was given up."""

    channel_id: ChannelId


Message = Envelope | Whisper | ReadTo | Presence | Report | Beat | Check | Spent

_encode = msgspec.msgpack.Encoder().encode
_Said = _Commit | _Whisper | _Presence | _Report | Beat | Check | Spent
_decoder: msgspec.msgpack.Decoder[_Said] = msgspec.msgpack.Decoder(_Said)


class Forged(Exception):
    """No key of ours has sealed it."""


class Unreadable(Exception):
    """Sealed by one of us, in a format that this node does not know."""


class Codec:
    """The first key seals; all of them open, so that keys can be replaced while nodes run."""

    def __init__(self, node: NodeId, keys: Sequence[bytes]) -> None:
        if not keys or any(len(key) < LEAST_KEY_BYTES for key in keys):
            raise ValueError(f"the hub needs a key of at least {LEAST_KEY_BYTES} bytes")
        self._sender = blake2b(node.encode(), digest_size=SENDER_BYTES).digest()
        # One key may be longer than BLAKE2b takes. A copy of a keyed state is cheaper than a new one.
        self._keyed = [
            blake2b(key=blake2b(key).digest(), digest_size=SEAL_BYTES, person=b"intervene hub") for key in keys
        ]

    def encode(self, channel: bytes, message: Message) -> bytes:
        match message:
            case Envelope(node=node, state=state, pieces=pieces, frames=frames):
                body = _encode(_Commit(node, replace(state, written="") if state.written else state, pieces, frames))
            case Whisper(key=key, epoch=epoch, who=who, on=on):
                body = _encode(_Whisper(key, epoch, who, on))
            case ReadTo(key=key, who=who, n=n, pub=pub):
                body = _encode(_Whisper(key, NEVER, who, False, n, pub))
            case Presence():
                body = _encode(_Presence(*msgspec.structs.astuple(message)))
            case Report():
                body = _encode(_Report(*msgspec.structs.astuple(message)))
            case Beat() | Check() | Spent():
                body = _encode(message)
            case _:
                assert_never(message)
        rest = FORMAT.to_bytes(1, "big") + body
        return self._sender + self._seal(0, channel, self._sender, rest) + rest

    def is_own(self, data: bytes) -> bool:
        """Whether it names this node as its sender. A false name here only holds a message back."""
        return data.startswith(self._sender)

    def decode(self, channel: bytes, data: bytes) -> Message:
        """Raises `Forged` and `Unreadable`."""
        sender, seal, rest = data[:SENDER_BYTES], data[SENDER_BYTES:_HEAD], data[_HEAD:]
        for which in range(len(self._keyed)):
            if hmac.compare_digest(seal, self._seal(which, channel, sender, rest)):
                break
        else:
            raise Forged
        if not rest or rest[0] > FORMAT:
            raise Unreadable(f"format {rest[:1].hex()}")
        try:
            message = _decoder.decode(memoryview(rest)[1:])
        except (msgspec.DecodeError, ValueError, RecursionError) as problem:  # UTF-8 is a ValueError of its own
            raise Unreadable(str(problem)) from problem
        match message:
            case _Commit(node=node, state=state, pieces=pieces, frames=frames):
                return Envelope(state.key, node, state, pieces, frames)
            case _Whisper(key=key, epoch=epoch, who=who, read=read, shown=shown) if epoch == NEVER:
                if not isinstance(who, Agent):
                    raise Unreadable("only an agent's position is published")
                return ReadTo(key, who, read, shown)
            case _Whisper(key=key, epoch=epoch, who=who, on=on):
                return Whisper(key, epoch, who, on)
            case _Presence():
                return Presence(*msgspec.structs.astuple(message))
            case _Report():
                return Report(*msgspec.structs.astuple(message))
            case _:
                return message

    def _seal(self, which: int, channel: bytes, sender: bytes, rest: bytes) -> bytes:
        digest = self._keyed[which].copy()
        digest.update(b"%d:%b%b%b" % (len(channel), channel, sender, rest))
        return digest.digest()

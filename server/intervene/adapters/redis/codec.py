"""The messages of `ports/messages.py` as bytes, sealed: Redis need not be trusted with what screens show.

    sender (8 bytes)      | seal (16) | format (1) | message (msgpack)

The seal is a keyed BLAKE2b over the channel and all the rest, so a message cannot be made, changed or moved to another
conversation without a key. It can be held back or repeated: versions, epochs and counts make that harmless.
"""

import hmac
from collections.abc import Sequence
from hashlib import blake2b

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from intervene.core.actors import Actor, Agent
from intervene.core.conversation.card import NO_CARD
from intervene.core.conversation.packing import FIRST_FORMAT, FORMAT, Flat
from intervene.core.conversation.state import Conversation
from intervene.core.events import Piece
from intervene.core.ids import AgentId, Key, NodeId
from intervene.core.wire.framing import Frames
from intervene.ports.log import Commit
from intervene.ports.messages import (
    Compare,
    Heartbeat,
    Mentioned,
    Message,
    Moved,
    PersonChanged,
    Pieces,
    Presence,
    Read,
    Rows,
    SettingsChanged,
    Spent,
    TakeoverReport,
    TreeChanged,
    Typing,
)

SENDER_BYTES, SEAL_BYTES = 8, 16
LEAST_KEY_BYTES = 16
_HEAD = SENDER_BYTES + SEAL_BYTES
NEVER = -1  # no conversation was ever in this epoch


class _FirstCommit(Struct, frozen=True, array_like=True, tag="commit", gc=False):
    """A `Commit` as it travels in format 1; its key is in the state."""

    node: NodeId
    state: Flat
    pieces: tuple[Piece, ...]
    frames: Frames


class _Commit(Struct, frozen=True, array_like=True, tag="commit", gc=False):
    """A `Commit` as it travels in formats 2 and 3, unless it is sent as `Pieces`. `keeps_card`: the state has none,
    because it is the card of the version before."""

    node: NodeId
    state: Conversation
    pieces: tuple[Piece, ...]
    frames: Frames
    keeps_card: bool = False


class _Typing(Struct, frozen=True, array_like=True, tag="whisper", gc=False):
    """A `Typing` or a `Read`: then the epoch is `NEVER`, and a release that does not know of it drops it as late
    typing."""

    key: Key
    epoch: int
    author: Actor
    on: bool
    read: int = 0
    shown: int = 0


NO_AGENT = Agent(id=AgentId(""), name="")
"""In its name the customer's position travels, as `read`: older nodes have no session of that agent."""

_encode = msgspec.msgpack.Encoder().encode
_First = (
    _FirstCommit | _Typing | Presence | TakeoverReport | Spent | Moved | SettingsChanged | PersonChanged | TreeChanged
    | Mentioned | Rows | Compare | Heartbeat
)  # fmt: skip
_Wire = _Commit | Pieces | _First
_decode_first = msgspec.msgpack.Decoder[_First](_First).decode
_decode_second = msgspec.msgpack.Decoder[_Commit | Pieces](_Commit | Pieces).decode


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
        format, body = _to_wire(message)
        rest = format.to_bytes(1, "big") + _encode(body)
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
            decode = _decode_first if rest[0] == FIRST_FORMAT else _decode_second
            message = decode(memoryview(rest)[1:])
        except (msgspec.DecodeError, ValueError, RecursionError) as problem:  # UTF-8 is a ValueError of its own
            raise Unreadable(str(problem)) from problem
        return _from_wire(message)

    def _seal(self, which: int, channel: bytes, sender: bytes, rest: bytes) -> bytes:
        digest = self._keyed[which].copy()
        digest.update(b"%d:%b%b%b" % (len(channel), channel, sender, rest))
        return digest.digest()


def _to_wire(message: Message) -> tuple[int, _Wire]:
    """With its format: a commit has that of its row, all else can be read by every node."""
    match message:
        case Commit():
            return _commit(message)
        case Typing(key=key, epoch=epoch, author=author, on=on):
            return FIRST_FORMAT, _Typing(key, epoch, author, on)
        case Read(key=key, agent=None, contact=contact):
            return FIRST_FORMAT, _Typing(key, NEVER, NO_AGENT, False, contact)
        case Read(key=key, agent=agent, n=n, pub=pub):
            return FIRST_FORMAT, _Typing(key, NEVER, agent or NO_AGENT, False, n, pub)
        case _:
            return FIRST_FORMAT, message


def _commit(commit: Commit) -> tuple[int, _Wire]:
    format = commit.state.format
    if format == FIRST_FORMAT:
        return format, _FirstCommit(commit.node, Flat.of(commit.state), commit.pieces, commit.frames)
    if commit.is_streamed:
        return format, Pieces.of(commit)
    state, keeps_card = commit.state, commit.keeps_card and commit.state.card is not NO_CARD
    if keeps_card:
        state = replace(state, card=NO_CARD)
    return format, _Commit(commit.node, state, commit.pieces, commit.frames, keeps_card)


def _from_wire(message: _Wire) -> Message:
    match message:
        case _Commit(node=node, state=state, pieces=pieces, frames=frames, keeps_card=keeps_card):
            return Commit(
                key=state.key, node=node, state=state, pieces=pieces, frames=frames, keeps_card=keeps_card
            )  # fmt: skip
        case _FirstCommit(node=node, state=flat, pieces=pieces, frames=frames):
            state = flat.state()
            return Commit(key=state.key, node=node, state=state, pieces=pieces, frames=frames)
        case _Typing(key=key, epoch=epoch, author=author, read=read, shown=shown) if epoch == NEVER:
            if not isinstance(author, Agent):
                raise Unreadable("a position is published in the name of an agent")
            return Read(key, author, read, shown) if author.id else Read(key, None, contact=read)
        case _Typing(key=key, epoch=epoch, author=author, on=on):
            return Typing(key, epoch, author, on)
        case _:
            return message

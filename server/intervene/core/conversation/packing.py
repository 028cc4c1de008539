"""How a conversation's state is stored in its row, and in which format."""

import msgspec
from msgspec.structs import replace

from intervene.core.conversation.state import Conversation

FORMAT = 1
"""Of the packed state. A node never writes over a newer one than its own."""

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Conversation)


def pack(state: Conversation) -> bytes:
    """The row's state: without the stream's text, which is rows of its own."""
    return _encoder.encode(replace(state, written="") if state.written else state)


def unpack(data: bytes, written: str = "") -> Conversation:
    state = _decoder.decode(data)
    return replace(state, written=written) if written else state

"""The shortcut around the websocket library: a packet that is one whole text or pong, as nearly all of them are."""

from websockets.frames import Frame, Opcode

try:
    from websockets.speedups import apply_mask
except ImportError:  # where the library comes without its C part
    from websockets.utils import apply_mask

_PLAIN = {0x81: Opcode.TEXT, 0x8A: Opcode.PONG}  # final, no reserved bits (RFC 6455, 5.2)


def whole_frame(data: bytes) -> Frame | None:
    """The frame that these bytes are, masked and nothing else around it. None: ask the library."""
    if len(data) < 6 or data[0] not in _PLAIN or not data[1] & 0x80:
        return None
    size, start = data[1] & 0x7F, 6
    if size > 125:
        if size == 127 or data[0] == 0x8A:
            return None
        size, start = int.from_bytes(data[2:4], "big"), 8
    if len(data) != start + size:
        return None
    return Frame(_PLAIN[data[0]], apply_mask(data[start:], data[start - 4 : start]))


def least_size(frame: Frame) -> int:
    """The fewest bytes in which it can have come; its length may have been written longer than it needs to be."""
    size = len(frame.data)
    return size + (6 if size < 126 else 8 if size < 65536 else 14)

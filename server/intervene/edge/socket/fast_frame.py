"""The shortcut around the websocket library: a packet that is one whole text or pong, as nearly all of them are."""

from websockets.frames import Frame

try:
    from websockets.speedups import apply_mask
except ImportError:  # where the library comes without its C part
    from websockets.utils import apply_mask

_TEXT, _PONG = 0x81, 0x8A  # final, no reserved bits (RFC 6455, 5.2)
_MASKED = 0x80


def whole_text(data: bytes) -> bytes | None:
    """The text that these bytes are, masked and nothing else around it. None: ask the library."""
    if len(data) < 6 or data[0] != _TEXT:
        return None
    size, start = data[1] - _MASKED, 6
    if size > 125:
        if size == 127:
            return None
        size, start = int.from_bytes(data[2:4], "big"), 8
    if len(data) - start != size:  # as of all that is not masked
        return None
    return apply_mask(data[start:], data[start - 4 : start])


def is_whole_pong(data: bytes) -> bool:
    """Whether these bytes are a pong and nothing else. If not, ask the library."""
    return len(data) >= 6 and data[0] == _PONG and len(data) - 6 == data[1] - _MASKED <= 125


def least_size(frame: Frame) -> int:
    """The fewest bytes in which it can have come; its length may have been written longer than it needs to be."""
    size = len(frame.data)
    return size + (6 if size < 126 else 8 if size < 65536 else 14)

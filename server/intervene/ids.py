"""The one source of identifiers that others see: messages, events, conversations, visitors.

They come from the operating system's generator, so that any number of them reveals nothing about the next or about
those between. `random` is for jitter only.
"""

import os

ID_BYTES = 12  # 96 bits, written as 24 hexadecimal digits
BLOCK_BYTES = 341 * ID_BYTES  # read at once, just under 4 KiB: one system call for many ids


class Ids:
    """One for each process, made in it: a forked copy would repeat what is left of the block."""

    __slots__ = ("_left",)

    def __init__(self) -> None:
        self._left: list[str] = []

    def make(self) -> str:
        """From any thread: `pop` takes each id once, and threads that find nothing read a block each."""
        try:
            return self._left.pop()
        except IndexError:
            block = os.urandom(BLOCK_BYTES).hex()
            first, *rest = (block[at : at + 2 * ID_BYTES] for at in range(0, len(block), 2 * ID_BYTES))
            self._left += rest
            return first

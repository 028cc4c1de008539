"""The one source of identifiers that others see: messages, events, conversations, visitors.

They come from the operating system's generator, so that any number of them reveals nothing about the next or about
those between. `random` is for jitter only.
"""

import os
import re
from typing import cast

ID_BYTES = 12  # 96 bits, written as 24 hexadecimal digits
BLOCK_BYTES = 341 * ID_BYTES  # read at once, just under 4 KiB: one system call for many ids
_each = re.compile(f".{{{2 * ID_BYTES}}}").findall


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
            first, *rest = cast("list[str]", _each(block))
            self._left += rest
            return first

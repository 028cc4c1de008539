"""The one way to a terminal: what others wrote does not act on it, and its encoding ends nothing."""

import os
import shutil
import sys
from typing import TextIO

from intervene.core.text import printable


def say(text: object = "", *, is_error: bool = False, lines: bool = False) -> None:
    """One line, or with `lines` several: then parts that others wrote are made `printable` before they are put in."""
    stream = sys.stderr if is_error else sys.stdout
    print(_encodable(printable(str(text), lines=lines), stream), file=stream, flush=True)


def shows_progress() -> bool:
    """Whether standard error is a terminal on which a line can be written again and again in its place."""
    return sys.stderr.isatty() and os.environ.get("TERM", "dumb") != "dumb"


def show_progress(line: str) -> None:
    """In the place of the last one, cut to the width of the terminal; an empty one leaves the line free."""
    width = shutil.get_terminal_size().columns - 1
    shown = _encodable(printable(line)[:width], sys.stderr)
    print(f"\r\x1b[K{shown}", end="", file=sys.stderr, flush=True)


def _encodable(text: str, stream: TextIO) -> str:
    encoding = getattr(stream, "encoding", None) or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)

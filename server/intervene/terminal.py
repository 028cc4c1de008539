"""The one way to a terminal: what others wrote does not act on it, and its encoding ends nothing."""

import sys

from intervene.core.text import printable


def say(text: object = "", *, is_error: bool = False, lines: bool = False) -> None:
    """One line, or with `lines` several: then parts that others wrote are made `printable` before they are put in."""
    stream = sys.stderr if is_error else sys.stdout
    encoding = getattr(stream, "encoding", None) or "utf-8"
    shown = printable(str(text), lines=lines).encode(encoding, "backslashreplace").decode(encoding)
    print(shown, file=stream, flush=True)

"""Paths of Unix sockets, which the system bounds at about a hundred bytes."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MOST_BYTES = 100  # macOS takes 104, Linux 108, with the end


@contextmanager
def short(path: Path) -> Iterator[str]:
    """A name of the same file that fits, while the context lasts. Raises `OSError`."""
    if len(os.fsencode(path)) <= MOST_BYTES:
        yield str(path)
        return
    directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{directory}/{path.name}"
    finally:
        os.close(directory)

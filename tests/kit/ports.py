"""Free ports on 127.0.0.1, dealt so that test processes beside each other never meet.

They lie below those that the kernel deals out: a client that redials never gets the port of a server that is away.
Each process takes a block of them for itself: the block's first port is bound, and stays bound until the process ends.
"""

import errno
import itertools
import random
import socket
from collections.abc import Iterator
from functools import cache

FIRST, LAST = 20_000, 30_000
BLOCK = 250


def free_port(*beside: int) -> int:
    """One of this process's block. The same port comes again as late as possible. `beside`: how far from it are others
    that must be free too."""
    ports, _ = _block()
    for port in itertools.islice(ports, BLOCK):
        if all(_is_free(port + far) for far in (0, *beside)):
            return port
    raise OSError(errno.EADDRINUSE, "no port of this process is free")


@cache
def _block() -> tuple[Iterator[int], socket.socket]:
    """Its ports in turn, and the socket that keeps others out of it."""
    firsts = list(range(FIRST, LAST, BLOCK))
    random.shuffle(firsts)
    for first in firsts:
        guard = socket.socket()
        try:
            guard.bind(("127.0.0.1", first))
        except OSError:
            guard.close()
        else:
            return itertools.cycle(range(first + 1, first + BLOCK)), guard
    raise OSError(errno.EADDRINUSE, "no block of ports is free")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True

"""What a window of work costs a server, and what else ran on its core meanwhile."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.bench.process import Server, servers_cpu

_FIRST = -20  # the highest priority
_TICK = os.sysconf("SC_CLK_TCK")


@contextmanager
def first_of_all() -> Iterator[None]:
    """Servers and load run before whatever else does, as far as we may: a busy machine would measure itself."""
    try:
        _rank(_FIRST)
    except PermissionError:
        print("without root, servers and load have no priority over what else runs here", file=sys.stderr)
    try:
        yield
    finally:
        with suppress(PermissionError):
            _rank(0)


def _rank(nice: int) -> None:
    os.setpriority(os.PRIO_PROCESS, 0, nice)
    group = Path("/proc/self/autogroup")  # where the kernel has them, priorities count within a session only
    if group.exists():
        group.write_text(str(nice))


class Meter:
    """Seconds of a window, filled in when it ends."""

    seconds = 0.0
    cpu = 0.0
    """Of the server."""
    others = 0.0
    """Share of the servers' core that others had: the higher, the less a rate says."""


@contextmanager
def metered(server: Server) -> Iterator[Meter]:
    meter = Meter()
    begun, cpu, busy = time.perf_counter(), server.cpu(), _busy()
    yield meter
    meter.seconds = time.perf_counter() - begun
    meter.cpu = server.cpu() - cpu
    meter.others = max(0.0, (_busy() - busy - meter.cpu) / meter.seconds)


def _busy() -> float:
    """Seconds that the servers' core was not idle."""
    for line in Path("/proc/stat").read_text().splitlines():
        name, *ticks = line.split()
        if name == f"cpu{servers_cpu()}":
            user, nice, system, _idle, _wait, *rest = map(int, ticks)
            return (user + nice + system + sum(rest[:3])) / _TICK
    return 0.0

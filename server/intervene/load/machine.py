"""What a server on this machine takes, and what is left of the machine: read from /proc by the port that it listens on.
Of another machine, another system, or somebody else's process there is nothing to read, and nothing is said.
"""

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from intervene.client.addresses import is_loopback

PROC = Path("/proc")
_LISTENING = "0A"


class Taken(NamedTuple):
    """By the server's processes: `cpu` in seconds so far, `memory` in bytes."""

    cpu: float
    memory: int


class Servers:
    """Those at `urls` that are processes of this machine. `pids` are found anew with each look: a server may be killed
    and started again. What an ended process has used stays counted."""

    def __init__(self, urls: Iterable[str]) -> None:
        parts = [urlsplit(url) for url in urls if is_loopback(url)]
        self._ports = {part.port or (443 if part.scheme in ("https", "wss") else 80) for part in parts}
        self._used: dict[int, float] = {}

    def look(self) -> Taken | None:
        pids = set(_listeners(self._ports)) if self._ports else set()
        memory = 0
        for pid in pids:
            with suppress(OSError, ValueError, IndexError):
                fields = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
                self._used[pid] = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
                memory += int((PROC / str(pid) / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        return Taken(sum(self._used.values()), memory) if self._used else None


class Machine:
    """How busy all processors of this machine are."""

    def __init__(self) -> None:
        self._last = _ticks()

    def busy(self) -> float | None:
        """The share of all processors since the last look, from 0 to 1."""
        last, self._last = self._last, _ticks()
        if last is None or self._last is None:
            return None
        idle, whole = (now - before for now, before in zip(self._last, last, strict=True))
        return 1.0 - idle / whole if whole > 0 else None


def _ticks() -> tuple[int, int] | None:
    with suppress(OSError, ValueError, IndexError):
        fields = [int(field) for field in (PROC / "stat").read_text().split("\n", 1)[0].split()[1:9]]
        return fields[3] + fields[4], sum(fields)
    return None


def _listeners(ports: set[int]) -> Iterator[int]:
    sockets = {f"socket:[{inode}]" for inode in _inodes(ports)}
    for folder in PROC.iterdir() if sockets else ():
        if folder.name.isdecimal():
            with suppress(OSError):
                if any(os.readlink(file) in sockets for file in _links(folder / "fd")):
                    yield int(folder.name)


def _links(folder: Path) -> Iterator[Path]:
    with suppress(OSError):
        yield from folder.iterdir()


def _inodes(ports: set[int]) -> Iterator[str]:
    for table in ("tcp", "tcp6"):
        with suppress(OSError):
            for line in (PROC / "net" / table).read_text().splitlines()[1:]:
                fields = re.split(r"\s+", line.strip())
                if fields[3] == _LISTENING and int(fields[1].rpartition(":")[2], 16) in ports:
                    yield fields[9]

"""Which nodes of this machine have ended, by locks of the operating system on files in the data directory.

A node keeps its lock as long as its process lives, frozen or not, and whatever ends the process releases it. A node
that gets the lock of another one has proof that the other will not come back, sooner than by missing heartbeats. Of a
node on another machine, or with another data directory, nothing is known here.
"""

import fcntl
import os
import socket
import time
from contextlib import suppress
from pathlib import Path
from typing import Protocol

import structlog

from intervene.core.ids import NodeId

log_ = structlog.get_logger(__name__)

KEPT_SECONDS = 3600.0  # since it began
BOOT = Path("/proc/sys/kernel/random/boot_id")


class ExitLocks(Protocol):
    def has_ended(self, node: NodeId) -> bool:
        """For certain. False says nothing."""

    def close(self) -> None:
        """At the node's own end."""


class NoLocks:
    """Of a node whose database no other can open."""

    def has_ended(self, node: NodeId) -> bool:
        return False

    def close(self) -> None: ...


class FileLocks:
    """Made by a node that lives, which from then on holds its own. `folder` is made when it is missing."""

    def __init__(self, folder: Path, node: NodeId) -> None:
        self._folder = folder
        self._machine = _machine()
        self._ended: set[NodeId] = set()
        self._own: int | None = None
        self._path = self._file(node)
        try:
            folder.mkdir(exist_ok=True)
            self._hold()
            self._sweep()
        except OSError as problem:
            log_.warning("others cannot know at once when this node ends", problem=problem.strerror)

    def has_ended(self, node: NodeId) -> bool:
        """For certain. False says nothing."""
        if node not in self._ended and self._is_free(self._file(node)):
            self._ended.add(node)  # the file stays for others to find
        return node in self._ended

    def close(self) -> None:
        """At the node's own end."""
        if self._own is not None:
            self._path.unlink(missing_ok=True)
            os.close(self._own)
            self._own = None

    def _hold(self) -> None:
        """Under its name there is never a file that is not locked yet."""
        new = self._path.with_suffix(".new")
        own = os.open(new, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            fcntl.flock(own, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.write(own, self._machine)
            new.replace(self._path)
        except OSError:
            os.close(own)
            new.unlink(missing_ok=True)
            raise
        self._own = own

    def _sweep(self) -> None:
        """What others that live have not found by now, they know by its beats."""
        for file in self._folder.glob("*.lock"):
            if self.has_ended(NodeId(file.stem)) and time.time() - file.stat().st_mtime > KEPT_SECONDS:
                file.unlink(missing_ok=True)

    def _is_free(self, file: Path) -> bool:
        """Others may look at the same moment: their locks and this one are shared."""
        with suppress(OSError), file.open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            return lock.read() == self._machine
        return False

    def _file(self, node: NodeId) -> Path:
        return self._folder / f"{node}.lock"


def _machine() -> bytes:
    """A folder may be shared with other machines, whose locks need not be seen here."""
    with suppress(OSError):
        return BOOT.read_bytes()
    return socket.gethostname().encode()

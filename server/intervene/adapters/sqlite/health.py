"""Whether a SQLite database takes writes and answers reads: from what became of the last of each.

A full disk, one that has become read-only, an I/O error, a file that was replaced: each fails every transaction for as
long as it lasts. It is logged as one outage, and this node is not ready meanwhile.
"""

import sqlite3

import structlog

from intervene.core.timing import Timing
from intervene.outage import Outage

log_ = structlog.get_logger(__name__)


class Health:
    """To be called from any thread."""

    def __init__(self, timing: Timing) -> None:
        self._outage = Outage(timing=timing)
        self._can_write = self._can_read = True

    @property
    def is_up(self) -> bool:
        return self._can_write and self._can_read

    def wrote(self) -> None:
        self._can_write = True
        self.calm()

    def calm(self) -> None:
        """An outage is over a while after its last failure, also when nothing is written."""
        if self.is_up:
            self._outage.answered()

    def read(self) -> None:
        self._can_read = True

    def failed(self, sentence: str, problem: Exception, *, is_write: bool = False, is_read: bool = False) -> None:
        """What is neither a read nor a write, as a checkpoint, blocks nothing yet."""
        self._can_write = self._can_write and not is_write
        self._can_read = self._can_read and not is_read
        known = isinstance(problem, sqlite3.Error | OSError | MemoryError)
        said = f"{type(problem).__name__}: {problem}"
        self._outage.failed(sentence, problem=said, exc_info=None if known else problem)

"""Moves what is in the write-ahead log into the database file, so that no COMMIT has to, and keeps the log bounded.

Left to itself SQLite checkpoints inside a COMMIT: pauses of 20 ms and more. Here a thread does it from a connection of
its own, five times a second while much is written, once while it is little: the first COMMIT after a checkpoint that
was complete waits for the disk twice, because it begins the log anew.

That alone never ends: under constant writing the log has grown again when a checkpoint is done, so SQLite cannot begin
it anew and it grew to 500 MB in seconds. Past a bound the writer therefore does the rest itself, between two
transactions: then the checkpoint is complete and the next transaction begins the log at its start. Neither waits for a
reader; a long one delays only the beginning anew.
"""

from collections.abc import Callable
from sqlite3 import Connection, Error
from threading import Event, Thread

from intervene.adapters.sqlite.health import Health

OFTEN_SECONDS = 0.2
SELDOM_SECONDS = 1.0  # in which a server that becomes busy writes less than `MOST_BYTES`
LITTLE = 1 / 16  # of the bound
MOST_BYTES = 64 * 1024 * 1024


class Checkpoints:
    def __init__(self, connect: Callable[[], Connection], health: Health, most_bytes: int = MOST_BYTES) -> None:
        self._health = health
        self.connection = connect()
        page: int = self.connection.execute("PRAGMA page_size").fetchone()[0]
        self._most_pages = most_bytes // page
        self._is_little = self._is_over = False
        self._written = Event()
        self._closing = Event()
        self._thread = Thread(target=self._run, name="sqlite-checkpoints", daemon=True)
        self._thread.start()

    def between(self) -> None:
        """The writer calls this between transactions."""
        if self._is_over:
            self._checkpoint()
        if not self._written.is_set():
            self._written.set()

    def close(self) -> None:
        self._closing.set()
        self._written.set()
        self._thread.join()
        self.connection.close()

    def _run(self) -> None:
        while self._written.wait() and not self._closing.wait(SELDOM_SECONDS if self._is_little else OFTEN_SECONDS):
            self._written.clear()
            if not self._is_over:  # else it is the writer's turn, and it has written
                self._checkpoint()

    def _checkpoint(self) -> None:
        try:
            _, pages, _ = self.connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        except Error as problem:
            self._health.failed("a checkpoint failed", problem)
            return
        self._is_little = pages < self._most_pages * LITTLE
        self._is_over = pages > self._most_pages

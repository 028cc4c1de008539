"""The floor of every commit: bare `sqlite3` under FULL, on the disk that is measured, a row for each append.

Its write-ahead log has its size already and is written over, as that of a server is that has run for a while.
"""

import sqlite3
from collections.abc import Sequence
from pathlib import Path

WARM_BYTES = 8 * 1024 * 1024


class Bare:
    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode = wal")
        self._connection.execute("PRAGMA synchronous = full")
        self._connection.execute("CREATE TABLE kept (id INTEGER PRIMARY KEY, data BLOB)")
        self.commit([bytes(1024)] * (WARM_BYTES // 1024))
        self._connection.execute("PRAGMA wal_checkpoint(RESTART)")

    def commit(self, rows: Sequence[bytes]) -> None:
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.executemany("INSERT INTO kept (data) VALUES (?)", [(row,) for row in rows])
        self._connection.execute("COMMIT")

"""Copies the database to one file, also while a server writes to it. The copy is of one moment."""

import os
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from sqlite3 import Connection
from typing import Protocol
from urllib.parse import quote

DATABASE = "intervene.db"
PAGES = 1024  # copied in one step


class HasData(Protocol):
    @property
    def data(self) -> Path: ...


def run(config: HasData, target: Path) -> int:
    """0: `target` is a whole copy; 1: it is not there, and a sentence says why. It never replaces a file."""
    source = config.data / DATABASE
    unfinished = target.with_name(f"{target.name}.unfinished")
    try:
        if not source.exists():
            return _fail(f"There is no database at {source}.")
        with closing(sqlite3.connect(f"file:{quote(str(source))}?mode=ro", uri=True, isolation_level=None)) as original:
            os.close(os.open(unfinished, os.O_CREAT | os.O_EXCL, 0o600))
            try:
                _copy(original, unfinished)
                os.link(unfinished, target)  # unlike a rename, it fails when there is something already
            finally:
                unfinished.unlink()
        _sync(target.parent)
    except FileExistsError as problem:
        return _fail(f"{problem.filename2 or problem.filename} exists already: name another file, or remove it.")
    except (sqlite3.Error, OSError) as problem:
        return _fail(f"{source} could not be copied to {target}: {problem}.")
    size = target.stat().st_size
    print(f"{target} is a copy of {source}, {size} bytes. `intervene verify {target}` checks it.")
    return 0


def _copy(original: Connection, to: Path) -> None:
    with closing(sqlite3.connect(to, isolation_level=None)) as copy:
        # One read transaction around all steps: otherwise each commit of the server would make the copy begin again.
        original.execute("BEGIN")
        original.execute("SELECT count(*) FROM sqlite_master").fetchone()
        original.backup(copy, pages=PAGES)
        copy.execute("PRAGMA journal_mode = delete")  # one file, which can be read where nothing can be written
    with to.open("rb") as file:
        os.fsync(file.fileno())


def _sync(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _fail(sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return 1

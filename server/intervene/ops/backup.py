"""Copies a SQLite database to one file, also while a server writes to it. The copy is of one moment."""

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from intervene.config import Config
from intervene.terminal import say

PAGES = 1024  # copied in one step


def run(config: Config, target: Path) -> int:
    """0: `target` is a whole copy; 1: it is not, and a sentence says why; 2: the database is none that this copies. It
    never replaces a file."""
    if config.database_url:
        _fail(
            "database_url is set: back that PostgreSQL database up with its own pg_dump, which copies one moment while "
            "all nodes run. `intervene verify` checks what was restored from it."
        )
        return 2
    source = config.database
    if not source.exists():
        return _fail(f"There is no database at {source}.")
    try:
        os.close(os.open(target, os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        return _fail(f"{target} exists already: name another file, or remove it.")
    except OSError as problem:
        return _fail(f"{target} cannot be written: {problem.strerror}.")
    try:
        copy(source, target, how_to_read(source))
        sync(target)
        sync(target.parent)
    except BaseException as problem:
        target.unlink()
        if isinstance(problem, sqlite3.Error | OSError):
            return _fail(f"{source} could not be copied to {target}: {problem}.")
        raise
    say(f"{target} is a copy of {source}, {target.stat().st_size} bytes. `intervene verify {target}` checks it.")
    return 0


def how_to_read(path: Path) -> str:
    """SQLite makes files beside a database even to read it, and cannot where the file system is mounted read-only, as
    a snapshot is. Without a write-ahead log no server has it open, and none are needed."""
    try:
        is_at_rest = os.statvfs(path).f_flag & os.ST_RDONLY and not Path(f"{path}-wal").exists()
    except OSError:
        is_at_rest = False  # SQLite will say so
    return "mode=ro&immutable=1" if is_at_rest else "mode=ro"


def copy(source: Path, target: Path, how: str) -> None:
    """Into a file that is there and empty. Killed on the way, it leaves an empty database: SQLite writes the copy in
    one transaction."""
    original = sqlite3.connect(f"file:{quote(os.fsencode(source))}?{how}", uri=True, isolation_level=None)
    copy = sqlite3.connect(target, isolation_level=None)
    with closing(original), closing(copy):
        # One read transaction around all steps: otherwise each commit of the server would make the copy begin again.
        original.execute("BEGIN")
        original.execute("SELECT count(*) FROM sqlite_master").fetchone()
        original.backup(copy, pages=PAGES)
        copy.execute("PRAGMA journal_mode = delete")  # one file, which can be read where nothing can be written


def copy_bytes(source: Path, target: Path) -> None:
    shutil.copy2(source, target)
    sync(target)


def sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _fail(sentence: str) -> int:
    say(sentence, is_error=True)
    return 1

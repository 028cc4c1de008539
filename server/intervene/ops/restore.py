"""Puts a backup in the place of a SQLite database. What was there is kept under another name.

The copy is checked before anything is touched, and takes the database's place by one rename. Before it, a database that
is whole has its write-ahead log moved into it, so at each moment the files are those of one database. Of one that is
broken the log is removed after the rename: until then `serve` refuses the pair, and `restore` may be run again.
"""

import os
import sqlite3
import time
from contextlib import closing
from pathlib import Path

from intervene import files, migrations
from intervene.adapters.sqlite import file as sqlite_file
from intervene.adapters.sqlite.file import BESIDE, AlreadyRunning, Lock
from intervene.config import Config
from intervene.core.text import printable
from intervene.ops import backup, verify
from intervene.terminal import say

SHOWN = 10  # problems


class CannotRestore(Exception):
    """The database was left as it is."""


def run(config: Config, source: Path, *, force: bool = False) -> int:
    """0: done; 1: not, a sentence says why, and the database is as it was; 2: the database is none that this restores.
    `force`: also a file of which `verify` says that it breaks promises; never one that cannot be read."""
    if config.database_url:
        _fail(
            "database_url is set: stop the nodes, restore that PostgreSQL database with its own pg_restore or psql, "
            "run `intervene migrate` and `intervene verify`, then start the nodes, with new `keys`."
        )
        return 2
    database = files.resolved(config.database)
    try:
        config.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = Lock(database)
        try:
            report, kept = _restore(source, database, lock, force=force)
        finally:
            lock.close()
    except AlreadyRunning as problem:
        return _fail(problem.sentence)
    except CannotRestore as problem:
        return _fail(str(problem))
    except (OSError, sqlite3.Error) as problem:
        return _fail(f"{source} was not restored: {problem}. The database is as it was.")
    say(f"{source} is restored: {report.conversations} conversations, {report.events} events.")
    if kept:
        say(f"The database that was there is kept as {kept}. Remove it when it is of no more use.")
    say("Start the server. Clients that have seen more than this are reset; tokens stay valid.")
    return 0


def _restore(source: Path, database: Path, lock: Lock, *, force: bool) -> tuple[verify.Report, Path | None]:
    new = database.with_name(f"{database.name}.restoring")
    _remove(new)
    try:
        report = _copy_checked(source, database, new, force=force)
        _take_over_owner(new, database if database.exists() else database.parent)
        backup.sync(new)
        kept = _keep(database, lock)
        _remove_beside(database, "-journal")
        new.replace(database)
    except BaseException:
        _remove(new)
        raise
    _remove_beside(database, *BESIDE)
    backup.sync(database.parent)
    lock.write(set())
    return report, kept


def _copy_checked(source: Path, database: Path, new: Path, *, force: bool) -> verify.Report:
    """A whole copy. What is checked is the copy, so `source` may be on a medium where nothing can be written."""
    if not source.exists():
        raise CannotRestore(f"There is no file {source}.")
    if database.exists() and source.samefile(database):
        raise CannotRestore(f"{source} is the database itself: name a backup.")
    if wrong := sqlite_file.find(source, set()):
        raise CannotRestore(f"{source} cannot be restored: {wrong}. The database is as it was.")
    os.close(os.open(new, os.O_CREAT | os.O_EXCL, 0o600))
    backup.copy(source, new, sqlite_file.how_to_read(source))
    with closing(sqlite_file.open_to_read(new)) as connection:
        ((version,),) = connection.execute("SELECT version_num FROM alembic_version")
        lost = sqlite_file.find_lost(connection)
    try:
        planned = migrations.plan(version)
        report = verify.check(new)
    except (migrations.WrittenByNewer, verify.Unreadable) as problem:
        said = str(problem).replace(str(new), str(source)).rstrip(".")
        raise CannotRestore(f"{source} cannot be restored: {said}. The database is as it was.") from problem
    if lost and planned.before == planned.after:
        listed = ", ".join(sorted(lost))
        raise CannotRestore(f"{source} cannot be restored: its schema lacks {listed}. The database is as it was.")
    if report.problems and not force:
        listed = "\n".join(printable(str(problem)) for problem in report.problems[:SHOWN])
        raise CannotRestore(
            f"{listed}\n{source} has {len(report.problems)} problems. The database is as it was. Take an older backup, "
            "or this one all the same with --force."
        )
    return report


def _keep(database: Path, lock: Lock) -> Path | None:
    """A second name for what is there. None: nothing is."""
    there = [suffix for suffix in ("", *BESIDE) if Path(f"{database}{suffix}").exists()]
    if not there:
        return None
    if "" in there and not sqlite_file.find(database, lock.lives):
        _move_log_into(database)
    kept = database.with_name(f"{database.name}.before-restore-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}")
    for suffix in ("", "-wal", "-journal"):
        if Path(f"{database}{suffix}").exists():
            _link(Path(f"{database}{suffix}"), Path(f"{kept}{suffix}"))
    backup.sync(database.parent)
    return kept


def _move_log_into(database: Path) -> None:
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = full")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _link(path: Path, name: Path) -> None:
    try:
        name.hardlink_to(path)
    except OSError:  # not every file system has second names
        backup.copy_bytes(path, name)


def _take_over_owner(new: Path, like: Path) -> None:
    """Who restores may be another than the user of the server."""
    if os.geteuid() == 0:
        owner = like.stat()
        os.chown(new, owner.st_uid, owner.st_gid)


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)
    _remove_beside(path, *BESIDE)


def _remove_beside(path: Path, *suffixes: str) -> None:
    for suffix in suffixes:
        Path(f"{path}{suffix}").unlink(missing_ok=True)


def _fail(sentence: str) -> int:
    say(sentence, is_error=True, lines=True)
    return 1

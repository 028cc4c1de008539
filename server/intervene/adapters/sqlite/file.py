"""The files of a SQLite database before anything opens them: its lock, its write-ahead log, whether it is whole.

SQLite applies whatever write-ahead log lies beside a database, even that of another one, and the mixture often opens.
So each life of a database has a number: it is in the file's header (`user_version`), and in the lock file beside it.
A copy from another life, put beside the log of this one, is found by it. What SQLite itself can find is left to its
`quick_check`, for a bounded time.
"""

import fcntl
import os
import secrets
import sqlite3
import struct
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Timer
from typing import BinaryIO, NamedTuple
from urllib.parse import quote

import structlog

from intervene.adapters.sql.schema import metadata
from intervene.core.errors import Unavailable

log_ = structlog.get_logger(__name__)

CHECK_SECONDS = 10.0  # a start waits no longer for it; `intervene verify` checks all
BESIDE = ("-wal", "-shm", "-journal")
TABLES = {"alembic_version", "conversation", "event"}
WALLS = {"event_after_takeover", "piece_without_stream", "event_is_kept", "audit_update", "audit_delete"}  # triggers

_MAGIC = b"SQLite format 3\0"
_HEADER_BYTES = 100
_WAL = struct.Struct(">IIII8s8s")  # magic, format, page size, number of the checkpoint, salts, sums
_WAL_MAGICS = (0x377F0682, 0x377F0683)
_FRAME = struct.Struct(">II8s8s")  # page, pages of the database after a commit, salts, sums
_KEEPS_WAL = 2


class AlreadyRunning(Unavailable):
    """Another process has the database."""


class Broken(Unavailable):
    """The files are none that may be served from. They were left as they are."""


class Header(NamedTuple):
    """What the first page of a database says."""

    page_bytes: int
    keeps_wal: bool
    pages: int
    """0: it does not say."""
    life: int


class Lock:
    """The OS lock on a database, held until `close`; the kernel lets go of it when the process ends, however that
    happens. The file stays: were it removed, two processes could each hold a lock on a file of this name. It also has
    the lives that the database may be in."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as problem:
            holder, _ = self._read()
            self.close()
            raise AlreadyRunning(
                f"The database {path} is in use by another server, process {holder or 'unknown'}. A SQLite database "
                "belongs to one process: stop that one first, or name another directory."
            ) from problem
        _, self.lives = self._read()
        """Empty: it is not known."""
        self.write(self.lives)

    def _read(self) -> tuple[str, set[int]]:
        process, _, lives = os.pread(self._descriptor, 400, 0).decode("ascii", "replace").partition("\n")
        return process.strip(), {int(life) for life in lives.split() if life.isdecimal()}

    def write(self, lives: set[int]) -> None:
        self.lives = lives
        content = f"{os.getpid()}\n{' '.join(map(str, sorted(lives)))}\n".encode()
        os.pwrite(self._descriptor, content, 0)
        os.ftruncate(self._descriptor, len(content))
        os.fsync(self._descriptor)

    def close(self) -> None:
        os.close(self._descriptor)


class Identity:
    """Of the files that were opened. When others have their names, what is written is invisible to the next process
    that opens them; when they are put back, all is well again."""

    def __init__(self, path: Path) -> None:
        self._names = (str(path), f"{path}-wal")
        self._opened = self._present()

    def check(self) -> None:
        """Raises `OSError`."""
        if self._present() != self._opened:
            raise OSError(f"{self._names[0]} or its write-ahead log was replaced while in use: restart the server")

    def _present(self) -> list[tuple[int, int]]:
        return [(found.st_dev, found.st_ino) for found in map(os.stat, self._names)]


def create(path: Path, migrate: Callable[[Path], object]) -> None:
    """A new database, whole from the first moment that there is a file of its name."""
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)
    os.close(os.open(new, os.O_CREAT | os.O_EXCL, 0o600))  # before SQLite, which would make it readable for all users
    migrate(new)
    new.replace(path)
    sync(path.parent)


def begin_life(connection: sqlite3.Connection, lock: Lock) -> None:
    """Number the life that begins. At each moment the header has one of the numbers that the lock file has."""
    life = secrets.randbelow(2**31 - 1) + 1
    lock.write({*lock.lives, life, connection.execute("PRAGMA user_version").fetchone()[0]})
    connection.execute(f"PRAGMA user_version = {life}")
    busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if not busy:  # by a reader that does not end; then the header still has a former number
        lock.write({life})


def check(path: Path, lives: set[int], seconds: float = CHECK_SECONDS) -> None:
    """Whether a server may go on from these files. Reads only. Raises `Broken`, which names them."""
    if problem := find(path, lives, seconds):
        raise Broken(
            f"The database {path} cannot be served from: {problem}. Nothing was changed. Put back what belongs there, "
            f"or take a backup with `intervene restore FILE`, which keeps {path} and what lies beside it."
        )


def check_schema(path: Path) -> None:
    """Whether a database of the newest version has all that keeps the promises: what a dump or a repair that was cut
    off has made lacks its indexes and walls, or whole tables. Raises `Broken`."""
    with closing(open_to_read(path)) as connection:
        if lost := find_lost(connection):
            raise Broken(
                f"The database {path} cannot be served from: its schema lacks {', '.join(sorted(lost))}. What was "
                "said was not changed. Take a backup with `intervene restore FILE`."
            )


def find_lost(connection: sqlite3.Connection) -> set[str]:
    """Names of tables, indexes and walls of the newest version that a database of that version has not."""
    tables = metadata.tables.values()
    needed = WALLS | {table.name for table in tables} | {str(index.name) for table in tables for index in table.indexes}
    return needed - {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}


def find(path: Path, lives: set[int], seconds: float = CHECK_SECONDS) -> str:
    """As `check`: what is wrong, or nothing."""
    wal = Path(f"{path}-wal")
    if not path.exists():
        return f"it is missing, and its write-ahead log {wal} is there" if _has_content(wal) else ""
    if not path.is_file():
        return "it is not a file"
    with path.open("rb") as file:
        header = read_header(file)
    if header is None:
        return "it is empty" if path.stat().st_size == 0 else "it does not begin as a SQLite database does"
    has_wal = _has_content(wal)
    if not has_wal and path.stat().st_size < header.pages * header.page_bytes:
        return f"it should have {header.pages} pages of {header.page_bytes} bytes, and has fewer: it was cut off"
    if has_wal and (problem := _find_foreign(wal, header, lives)):
        return f"its write-ahead log {wal} is not its own: {problem}"
    if _has_content(Path(f"{path}-journal")):
        return ""  # a transaction that was cut off: SQLite undoes it when it may write
    return _find_in_content(path, has_wal, seconds)


def _find_foreign(wal: Path, header: Header, lives: set[int]) -> str:
    """Why a write-ahead log cannot be that of the database with this header."""
    if not header.keeps_wal:
        return "the database is a copy that never had one"
    with wal.open("rb") as file:
        found = _WAL.unpack(file.read(_WAL.size))
        if found[0] not in _WAL_MAGICS:
            return ""  # SQLite passes over it, as after a power cut
        if found[2] != header.page_bytes:
            return "its pages are of another size"
        committed, its_lives = _content(file, found[2], found[4])
    if header.life in its_lives:
        return ""
    if lives and not its_lives <= lives:
        return "it was written for another database"
    if lives and header.life not in lives:
        return "the database has been replaced since it was written"
    if 0 < committed < header.pages:  # only VACUUM makes one smaller, and writes the first page
        return f"it ends with a database of {committed} pages, and this one has {header.pages}"
    return ""


def _content(file: BinaryIO, page_bytes: int, salts: bytes) -> tuple[int, set[int]]:
    """Of a write-ahead log: how many pages the database has after its last commit, and the lives in its first pages."""
    committed, lives = 0, set()
    for page, pages, at in _frames(file, page_bytes, salts):
        committed = pages or committed
        if page == 1:
            file.seek(at)
            first = read_header(file)
            lives |= {first.life} if first else set()
    return committed, lives


def _frames(file: BinaryIO, page_bytes: int, salts: bytes) -> Iterator[tuple[int, int, int]]:
    """Of each page in a write-ahead log: its number, the pages of the database if it ends a commit, where it is."""
    at = _WAL.size
    while True:
        file.seek(at)
        frame = file.read(_FRAME.size)
        if len(frame) < _FRAME.size:
            return
        page, pages, its_salts, _ = _FRAME.unpack(frame)
        if its_salts != salts:  # of a former round
            return
        yield page, pages, at + _FRAME.size
        at += _FRAME.size + page_bytes


def read_header(file: BinaryIO) -> Header | None:
    """Of the page that begins here. None: this is no SQLite database."""
    head = file.read(_HEADER_BYTES)
    if len(head) < _HEADER_BYTES or not head.startswith(_MAGIC):
        return None
    page_bytes = int.from_bytes(head[16:18], "big")
    is_said = head[24:28] == head[92:96]  # else an old version of SQLite has written it
    return Header(
        page_bytes=65536 if page_bytes == 1 else page_bytes,
        keeps_wal=head[18] == _KEEPS_WAL,
        pages=int.from_bytes(head[28:32], "big") if is_said else 0,
        life=int.from_bytes(head[60:64], "big"),
    )


def _find_in_content(path: Path, has_wal: bool, seconds: float) -> str:
    had_shm = Path(f"{path}-shm").exists()
    try:
        with closing(open_to_read(path)) as connection:
            found = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            if not found >= TABLES:
                return "it is a SQLite database of another program" if found else "it is a database without tables"
            versions = connection.execute("SELECT version_num FROM alembic_version").fetchall()
            if [type(version) for (version,) in versions] != [str]:
                return "it does not say of which version it is (table alembic_version)"
            return _quick_check(connection, seconds)
    except sqlite3.DatabaseError as problem:
        return f"SQLite says: {problem}"
    finally:
        if has_wal and not had_shm:
            Path(f"{path}-shm").unlink(missing_ok=True)  # which only reading has made


def _quick_check(connection: sqlite3.Connection, seconds: float) -> str:
    with _interrupted_after(connection, seconds):
        try:
            ((found,), *_) = connection.execute("PRAGMA quick_check(1)").fetchall()
        except sqlite3.OperationalError as problem:
            if "interrupt" not in str(problem):
                raise
            log_.info("the database is large and was checked in part; `intervene verify` checks all", seconds=seconds)
            return ""
    return "" if found == "ok" else f"SQLite says: {' '.join(found.split())}"


@contextmanager
def _interrupted_after(connection: sqlite3.Connection, seconds: float) -> Iterator[None]:
    timer = Timer(seconds, connection.interrupt)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()


def how_to_read(path: Path) -> str:
    """For a process that has it alone: it changes neither the database nor its log; without a log it makes no file
    either, so that it can be on a medium where nothing can be written."""
    return "mode=ro" if _has_content(Path(f"{path}-wal")) else "mode=ro&immutable=1"


def open_to_read(path: Path) -> sqlite3.Connection:
    how = how_to_read(path)
    return sqlite3.connect(
        f"file:{quote(os.fsencode(path))}?{how}", uri=True, isolation_level=None, check_same_thread=False
    )


def _has_content(file: Path) -> bool:
    return file.is_file() and file.stat().st_size >= _WAL.size


def sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

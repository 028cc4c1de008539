"""A server starts from a database that is whole and from no other, and looking at it changes nothing."""

import shutil
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from intervene.adapters.sqlite import file as sqlite_file
from intervene.adapters.sqlite.database import SqliteDatabase
from intervene.adapters.sqlite.file import Broken, Lock
from intervene.adapters.sqlite.log import SqliteLog
from intervene.config import Config
from intervene.core.errors import Unavailable
from intervene.migrations import upgrade
from intervene.ops import backup
from intervene.ports.log import Range
from tests.contract.build import Talk, win
from tests.integration.adapters.test_sqlite import Appender

PAGE = 4096


async def killed(path: Path, says: int = 60) -> None:
    """A database that was written to by a server that was killed: its write-ahead log lies beside it."""
    child = Appender(path)
    await child.says(says)
    child.kill()
    assert Path(f"{path}-wal").stat().st_size > 0


async def at_rest(path: Path, words: int = 20) -> Talk:
    """A database that was closed, of some pages."""
    database = await SqliteDatabase.start(path, upgrade)
    log = SqliteLog(database)
    talk = await Talk("at-rest").opens_in(log)
    for _ in range(words):
        await win(log, talk.customer_says("x" * 5000))
    await database.close()
    return talk


def files(folder: Path) -> dict[str, bytes]:
    """But for the lock, which has whoever looked last."""
    return {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file() and file.suffix != ".lock"}


async def refuses(path: Path, *says: str) -> None:
    before = files(path.parent)
    with pytest.raises(Broken) as raised:
        await SqliteDatabase.start(path, upgrade)
    for part in (str(path), "intervene restore", *says):
        assert part in raised.value.sentence
    assert files(path.parent) == before, "a refusal changes nothing"


async def a_backup_is_copied_over_it(path: Path) -> None:
    """A backup, more talk, `kill -9`, and the backup over the database, beside the log."""
    await at_rest(path)
    assert backup.run(Config(data=path.parent), path.parent / "copy") == 0
    await killed(path)
    shutil.copyfile(path.parent / "copy", path)


async def an_older_state_is_copied_over_it(path: Path) -> None:
    """By `cp`, of a server that was stopped: it is as good as a backup, and the log is not its own."""
    await at_rest(path)
    shutil.copyfile(path, path.parent / "copy")
    await killed(path)
    shutil.copyfile(path.parent / "copy", path)


async def a_log_of_another_database_lies_beside_it(path: Path) -> None:
    await killed(path)
    other = path.parent / "other"
    await killed(other / "intervene.db", 300)
    shutil.copyfile(other / "intervene.db-wal", f"{path}-wal")
    shutil.rmtree(other)


async def its_last_pages_are_cut_off(path: Path) -> None:
    await at_rest(path)
    path.write_bytes(path.read_bytes()[: -3 * PAGE])


async def it_is_cut_off_in_its_header(path: Path) -> None:
    await at_rest(path)
    path.write_bytes(path.read_bytes()[:50])


async def it_is_cut_to_nothing(path: Path) -> None:
    await at_rest(path)
    path.write_bytes(b"")


async def it_is_all_zeros(path: Path) -> None:
    await at_rest(path)
    path.write_bytes(bytes(path.stat().st_size))


async def pages_in_the_middle_are_zeros(path: Path) -> None:
    """As after a power cut on a disk that lies."""
    await at_rest(path)
    content = bytearray(path.read_bytes())
    content[4 * PAGE : 20 * PAGE] = bytes(16 * PAGE)
    path.write_bytes(content)


async def a_page_in_the_middle_is_flipped(path: Path) -> None:
    await at_rest(path)
    with closing(sqlite3.connect(path)) as connection:
        ((page,),) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'event'")
    content = bytearray(path.read_bytes())
    content[(page - 1) * PAGE : page * PAGE] = reversed(content[(page - 1) * PAGE : page * PAGE])
    path.write_bytes(content)


async def it_is_of_another_program(path: Path) -> None:
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE bookmark (url TEXT)")


async def it_has_no_tables(path: Path) -> None:
    """As a backup has that was cut off."""
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("VACUUM")


async def it_does_not_say_its_version(path: Path) -> None:
    await at_rest(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("DELETE FROM alembic_version")


async def a_table_is_missing(path: Path) -> None:
    """As a repair has it that could not save all."""
    await at_rest(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("DROP TABLE piece")


async def an_index_is_missing(path: Path) -> None:
    """A dump has its indexes and triggers at its end: this one was cut off before."""
    await at_rest(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("DROP INDEX event_command")


async def a_wall_is_missing(path: Path) -> None:
    await at_rest(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("DROP TRIGGER event_after_takeover")


async def it_is_missing_and_its_log_is_there(path: Path) -> None:
    await killed(path)
    path.unlink()


async def it_is_a_directory(path: Path) -> None:
    path.mkdir(parents=True)


BROKEN: dict[Callable[..., object], str] = {
    a_backup_is_copied_over_it: "is not its own",
    an_older_state_is_copied_over_it: "has been replaced",
    a_log_of_another_database_lies_beside_it: "was written for another database",
    its_last_pages_are_cut_off: "it was cut off",
    it_is_cut_off_in_its_header: "does not begin as a SQLite database does",
    it_is_cut_to_nothing: "it is empty",
    it_is_all_zeros: "does not begin as a SQLite database does",
    pages_in_the_middle_are_zeros: "SQLite says",
    a_page_in_the_middle_is_flipped: "SQLite says",
    it_is_of_another_program: "of another program",
    it_has_no_tables: "without tables",
    it_does_not_say_its_version: "alembic_version",
    a_table_is_missing: "lacks piece",
    an_index_is_missing: "lacks event_command",
    a_wall_is_missing: "lacks event_after_takeover",
    it_is_missing_and_its_log_is_there: "is missing",
    it_is_a_directory: "not a file",
}


@pytest.mark.parametrize("happens", BROKEN, ids=lambda happens: happens.__name__)
async def test_a_database_is_refused_when(happens: Callable[..., object], tmp_path: Path) -> None:
    """[P5] Nothing is acknowledged into a database that is broken."""
    path = tmp_path / "data" / "intervene.db"
    await happens(path)  # type: ignore[misc]
    await refuses(path, BROKEN[happens], *([f"{path}-wal"] if Path(f"{path}-wal").exists() else []))


async def test_all_walls_are_looked_for(tmp_path: Path) -> None:
    upgrade(tmp_path / "intervene.db")
    with closing(sqlite3.connect(tmp_path / "intervene.db")) as connection:
        triggers = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
    assert {name for (name,) in triggers} == sqlite_file.WALLS


async def test_a_migration_that_fails_is_said_without_its_statements(tmp_path: Path) -> None:
    path = tmp_path / "intervene.db"
    await at_rest(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0001'")
    with pytest.raises(Unavailable) as raised:
        await SqliteDatabase.start(path, upgrade)
    assert raised.value.sentence == f"The database {path} cannot be used: table node already exists"


async def test_a_database_of_a_newer_release_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "intervene.db"
    await at_rest(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    before = files(tmp_path)
    with pytest.raises(Exception, match="9999"):
        await SqliteDatabase.start(path, upgrade)
    assert files(tmp_path) == before


async def test_a_server_goes_on_after_a_kill_at_any_point_of_its_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """[P5] The number of its life is in the header and in the lock file at any moment, whichever was written last."""
    path = tmp_path / "intervene.db"
    await killed(path)
    for step in ("write", "user_version", "checkpoint"):
        copy = tmp_path / step
        copy.mkdir()
        for file in tmp_path.glob("intervene.db*"):
            shutil.copyfile(file, copy / file.name)
        lock = Lock(copy / "intervene.db")
        with closing(sqlite3.connect(copy / "intervene.db", isolation_level=None)) as connection:
            connection.execute("BEGIN")
            connection.execute("SELECT count(*) FROM event").fetchone()  # so that closing leaves the log
            with closing(sqlite3.connect(copy / "intervene.db", isolation_level=None)) as other:
                lock.write({*lock.lives, 4711})
                if step != "write":
                    other.execute("PRAGMA user_version = 4711")
                if step == "checkpoint":
                    other.execute("PRAGMA wal_checkpoint(PASSIVE)")
                for file in copy.glob("intervene.db-wal"):
                    shutil.copyfile(file, copy / "kept")
        lock.close()
        shutil.copyfile(copy / "kept", copy / "intervene.db-wal")
        await (await SqliteDatabase.start(copy / "intervene.db", upgrade)).close()


async def test_a_pair_of_database_and_log_from_elsewhere_is_taken_together(tmp_path: Path) -> None:
    """As a volume's snapshot has it, beside a lock file that another server has left."""
    await at_rest(tmp_path / "intervene.db")
    await killed(tmp_path / "other" / "intervene.db", 300)
    for suffix in ("", "-wal"):
        shutil.copyfile(tmp_path / "other" / f"intervene.db{suffix}", tmp_path / f"intervene.db{suffix}")
    Path(tmp_path / "intervene.db.lock").unlink()
    await (await SqliteDatabase.start(tmp_path / "intervene.db", upgrade)).close()


async def test_a_link_leads_to_the_one_database_and_to_its_lock(tmp_path: Path) -> None:
    talk = await at_rest(tmp_path / "disk" / "intervene.db")
    link = tmp_path / "data" / "intervene.db"
    link.parent.mkdir()
    link.symlink_to(tmp_path / "disk" / "intervene.db")
    database = await SqliteDatabase.start(link, upgrade)
    snapshot = await SqliteLog(database).read(talk.key, Range(is_staff=True, limit=1))
    assert snapshot is not None
    assert snapshot.state.version == talk.state.version
    with pytest.raises(sqlite_file.AlreadyRunning):
        await SqliteDatabase.start(tmp_path / "disk" / "intervene.db", upgrade)
    await database.close()
    assert link.is_symlink()


async def test_a_large_database_is_checked_for_a_bounded_time(tmp_path: Path) -> None:
    """[P7] What the time does not suffice for is left to `verify`."""
    path = tmp_path / "intervene.db"
    await at_rest(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE much (bytes BLOB)")
        connection.executemany("INSERT INTO much VALUES (zeroblob(300))", ((),) * 300_000)
        connection.commit()
    timers = threading.active_count()
    assert sqlite_file.find(path, set(), seconds=0.001) == ""
    assert threading.active_count() == timers

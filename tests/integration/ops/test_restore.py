"""`restore`: a backup takes the database's place whole or not at all, and what was there is kept."""

import shutil
import signal
import sqlite3
import subprocess
import sys
import textwrap
from contextlib import closing
from pathlib import Path

import pytest

from intervene.adapters.sqlite.database import SqliteDatabase
from intervene.adapters.sqlite.log import SqliteLog
from intervene.config import Config
from intervene.ops import backup, restore, verify
from tests.contract.build import Talk, win
from tests.integration.adapters.test_sqlite import Appender
from tests.kit import sqlite
from tests.kit.examples import some

ROOT = Path(__file__).parents[3]


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config(data=tmp_path / "data")


async def talk(path: Path, *words: str, name: str = "c1") -> None:
    database = await SqliteDatabase.start(path, sqlite.migrate)
    log = SqliteLog(database)
    talk = await Talk(name).opens_in(log)
    for word in words:
        await win(log, talk.customer_says(word))
    await database.close()


async def backed_up(config: Config) -> Path:
    """A backup of one conversation with one message, and a server that was killed after many more."""
    await talk(config.database, "kept", name="first")
    copy = config.data.parent / "backup"
    assert backup.run(config, copy) == 0
    child = Appender(config.database)
    await child.says(80)
    child.kill()
    return copy


def kept(config: Config) -> list[Path]:
    names = (file for file in config.data.glob("*.before-restore-*") if file.name[-4:] not in ("-wal", "-shm"))
    return sorted(names)


def events(path: Path) -> int:
    report = verify.check(path)
    assert report.problems == []
    return report.events


async def starts(path: Path) -> int:
    """How many events a server finds."""
    await (await SqliteDatabase.start(path, sqlite.migrate)).close()
    return events(path)


async def test_a_backup_takes_the_place_of_a_killed_server_s_database(
    config: Config, capsys: pytest.CaptureFixture[str]
) -> None:
    """[P5] What was acknowledged since is in the database that is kept, log and all."""
    copy = await backed_up(config)
    before, after = events(config.database), events(copy)
    assert before > after
    assert restore.run(config, copy) == 0
    said = capsys.readouterr().out
    [former] = kept(config)
    assert str(former) in said
    assert "Start the server" in said
    assert events(former) == before
    assert await starts(config.database) == after
    assert events(copy) == after
    assert config.database.stat().st_mode & 0o077 == 0


async def test_a_backup_takes_the_place_of_one_that_was_copied_beside_a_foreign_log(config: Config) -> None:
    """The files that were there are kept as they were, for whoever wants to look."""
    copy = await backed_up(config)
    log = Path(f"{config.database}-wal").read_bytes()
    shutil.copyfile(copy, config.database)
    assert restore.run(config, copy) == 0
    [former] = kept(config)
    assert Path(f"{former}-wal").read_bytes() == log
    assert former.read_bytes() == copy.read_bytes()
    assert await starts(config.database) == events(copy)


async def test_a_backup_is_restored_where_nothing_is(config: Config, tmp_path: Path) -> None:
    await talk(tmp_path / "elsewhere.db", "hi")
    assert restore.run(config, tmp_path / "elsewhere.db") == 0
    assert kept(config) == []
    assert await starts(config.database) == events(tmp_path / "elsewhere.db")


async def test_restoring_twice_keeps_both(config: Config) -> None:
    copy = await backed_up(config)
    assert restore.run(config, copy) == 0
    former = kept(config)[0].rename(config.data / "first.before-restore-x")
    assert restore.run(config, copy) == 0
    assert len({former, *kept(config)}) == 2


async def test_a_copy_of_a_killed_server_s_files_is_restored_with_its_log(config: Config, tmp_path: Path) -> None:
    await backed_up(config)
    for suffix in ("", "-wal"):
        shutil.copyfile(f"{config.database}{suffix}", tmp_path / f"pair{suffix}")
    expected = events(tmp_path / "pair")
    assert restore.run(config, tmp_path / "pair") == 0
    assert await starts(config.database) == expected


async def test_a_running_server_is_left_alone(config: Config, capsys: pytest.CaptureFixture[str]) -> None:
    copy = await backed_up(config)
    server = await SqliteDatabase.start(config.database, sqlite.migrate)
    before = config.database.read_bytes()
    assert restore.run(config, copy) == 1
    assert "in use by another server" in capsys.readouterr().err
    assert config.database.read_bytes() == before
    await server.close()
    assert restore.run(config, copy) == 0


def _zeros(file: Path) -> None:
    file.write_bytes(bytes(file.stat().st_size))


def _cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-8192])


def _other(file: Path) -> None:
    file.unlink()
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE bookmark (url TEXT)")


def _newer(file: Path) -> None:
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")


def _directory(file: Path) -> None:
    file.unlink()
    file.mkdir()


def _missing(file: Path) -> None:
    file.unlink()


def _flipped(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection:
        ((page,),) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'event'")
    content = bytearray(file.read_bytes())
    content[(page - 1) * 4096 : page * 4096] = reversed(content[(page - 1) * 4096 : page * 4096])
    file.write_bytes(content)


@pytest.mark.parametrize("spoil", [_zeros, _cut, _other, _newer, _directory, _missing, _flipped])
async def test_a_file_that_is_no_whole_database_of_ours_is_refused(
    config: Config, spoil: object, capsys: pytest.CaptureFixture[str]
) -> None:
    """The database stays, and nothing lies beside it that was not there."""
    copy = await backed_up(config)
    spoil(copy)  # type: ignore[operator]
    before = {file.name: file.read_bytes() for file in config.data.iterdir() if file.suffix != ".lock"}
    assert restore.run(config, copy, force=True) == 1
    said = capsys.readouterr().err
    assert str(copy) in said
    assert len(said.splitlines()) == 1
    assert {file.name: file.read_bytes() for file in config.data.iterdir() if file.suffix != ".lock"} == before


async def test_a_backup_that_breaks_a_promise_takes_force(config: Config, capsys: pytest.CaptureFixture[str]) -> None:
    copy = await backed_up(config)
    with closing(sqlite3.connect(copy, isolation_level=None)) as connection:
        connection.execute("UPDATE conversation SET epoch = epoch + 1")
    assert restore.run(config, copy) == 1
    said = capsys.readouterr().err
    assert "[P5]" in said
    assert "--force" in said
    assert restore.run(config, copy, force=True) == 0


async def test_the_database_itself_is_no_backup(config: Config, capsys: pytest.CaptureFixture[str]) -> None:
    await talk(config.database, "hi")
    assert restore.run(config, config.database) == 1
    assert "is the database itself" in capsys.readouterr().err


def test_how_postgresql_is_restored_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = Config(data=tmp_path, database_url="postgresql://u:hunter2@host/name")
    assert restore.run(config, tmp_path / "copy") == 2
    said = capsys.readouterr().err
    assert "pg_restore" in said
    assert "hunter2" not in said


KILLED = textwrap.dedent("""
    import os, signal, sys
    from pathlib import Path
    from intervene.config import Config
    from intervene.ops import restore

    data, copy, last = sys.argv[1:]
    calls = 0

    def trace(event, args):
        # Audited are all calls that change a file; each is a point at which the process may die.
        global calls
        if event in ("open", "os.link", "os.rename", "os.remove", "os.chown", "os.truncate", "sqlite3.connect"):
            calls += 1
            if calls == int(last):
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(trace)
    sys.exit(restore.run(Config(data=Path(data)), Path(copy)))
""")


def _killed(data: Path, copy: Path, last: int) -> int:
    command = [sys.executable, "-c", KILLED, str(data), str(copy), str(last)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, check=False).returncode


@pytest.mark.parametrize("is_broken", [False, True])
async def test_killed_at_any_point_it_leaves_one_of_the_two_databases(
    config: Config, tmp_path: Path, is_broken: bool
) -> None:
    """[P5] A server starts from the former or from the backup; or, where what was there is broken, from nothing else
    than the backup, if need be after another `restore`. What was there is never lost."""
    copy = await backed_up(config)
    former = events(config.database)
    if is_broken:
        shutil.copyfile(copy, config.database)
    for last in some(range(1, 200)):
        data = tmp_path / f"killed-{last}"
        shutil.copytree(config.data, data)
        ended = _killed(data, copy, last)
        database = data / "intervene.db"
        if is_broken:
            assert restore.run(Config(data=data), copy) == 0
            assert await starts(database) == events(copy)
        else:
            found = await starts(database)
            assert found in (former, events(copy))
            assert found == former or former in map(events, kept(Config(data=data)))
        shutil.rmtree(data)
        if ended == 0:
            break
        assert ended == -signal.SIGKILL
    assert last > 10


async def test_a_file_without_all_of_its_schema_is_not_restored(
    config: Config, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing may serve from it: it lets in what an index or a wall would keep out."""
    copy = await backed_up(config)
    with closing(sqlite3.connect(copy, isolation_level=None)) as connection:
        connection.execute("DROP INDEX event_control")
    assert restore.run(config, copy, force=True) == 1
    assert "its schema lacks event_control" in capsys.readouterr().err
    assert kept(config) == []

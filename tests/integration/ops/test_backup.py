"""`backup`: a copy of one moment, also beside a server that writes, and never in place of another file."""

import asyncio
import os
import subprocess
from pathlib import Path

import anyio
import pytest
from anyio import to_thread

from intervene.adapters.sqlite.database import SqliteDatabase
from intervene.adapters.sqlite.log import SqliteLog
from intervene.config import Config
from intervene.ops import backup, verify
from intervene.ports.log import Range
from tests.contract.build import Talk, append, talks, win
from tests.kit import sqlite
from tests.kit.limits import LONG_WAIT


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config(data=tmp_path / "data")


async def test_a_copy_made_beside_a_server_that_writes_is_of_one_moment(
    config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """[P5] Commits that come between two steps neither get into the copy nor make it begin again."""
    monkeypatch.setattr(backup, "PAGES", 1)
    database = await SqliteDatabase.start(config.data / "intervene.db", sqlite.migrate, durability="normal")
    log = SqliteLog(database)
    group = await talks(log, 200)
    for _ in range(6):
        await append(log, *(talk.customer_says("x" * 16_000) for talk in group))
    acknowledged = {talk.key: talk.state.version for talk in group}
    copies = [tmp_path / f"copy {number}.db" for number in range(3)]
    writing = True

    async def write() -> None:
        while writing:
            await append(log, *(talk.bot_streams("word ") for talk in group))
            await append(log, *(talk.customer_says() for talk in group))

    task = asyncio.create_task(write())
    try:
        with anyio.fail_after(LONG_WAIT):
            for copy in copies:
                assert await to_thread.run_sync(backup.run, config, copy, abandon_on_cancel=True) == 0
    finally:
        writing = False
        await task
        await database.close()

    last = acknowledged
    for copy in copies:
        report = verify.check(copy)
        assert (report.conversations, report.problems) == (200, [])
        restored = await SqliteDatabase.start(copy, sqlite.migrate)
        versions = await SqliteLog(restored).versions(list(acknowledged))
        await restored.close()
        assert all(versions[key] >= last[key] for key in last)
        last = dict(versions)


async def test_a_server_goes_on_from_a_copy(config: Config, tmp_path: Path) -> None:
    database = await SqliteDatabase.start(config.data / "intervene.db", sqlite.migrate)
    talk = await Talk().opens_in(SqliteLog(database))
    await win(SqliteLog(database), talk.customer_says("hi"))
    await database.close()
    assert backup.run(config, tmp_path / "copy.db") == 0
    assert [file.name for file in tmp_path.iterdir() if file.is_file()] == ["copy.db"]
    restored = await SqliteDatabase.start(tmp_path / "copy.db", sqlite.migrate)
    log = SqliteLog(restored)
    await win(log, talk.customer_says("still there?"))
    snapshot = await log.read(talk.key, Range(is_staff=True, limit=10))
    assert snapshot is not None
    assert snapshot.state == talk.state
    await restored.close()


async def test_a_file_that_is_there_is_never_replaced(
    config: Config, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await (await SqliteDatabase.start(config.data / "intervene.db", sqlite.migrate)).close()
    target = tmp_path / "letter.txt"
    target.write_text("dear friend")
    assert backup.run(config, target) == 1
    assert "exists already" in capsys.readouterr().err
    assert target.read_text() == "dear friend"


def test_without_a_database_there_is_no_copy(
    config: Config, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert backup.run(config, tmp_path / "copy.db") == 1
    assert "There is no database at" in capsys.readouterr().err
    assert not (tmp_path / "copy.db").exists()


def test_of_a_postgresql_database_pg_dump_makes_the_backup(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = Config(data=tmp_path, database_url="postgresql://u:hunter2@host/name")
    config.database.touch()
    assert backup.run(config, tmp_path / "copy.db") == 2
    said = capsys.readouterr().err
    assert "pg_dump" in said
    assert "hunter2" not in said
    assert not (tmp_path / "copy.db").exists()


def test_what_cannot_be_copied_leaves_nothing_behind(
    config: Config, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config.data.mkdir()
    (config.data / "intervene.db").write_bytes(b"no database, but long enough to look like one" * 50)
    assert backup.run(config, tmp_path / "copy.db") == 1
    assert backup.run(config, tmp_path / "nowhere" / "copy.db") == 1
    said = capsys.readouterr().err
    assert "could not be copied" in said
    assert "cannot be written" in said
    assert [file.name for file in tmp_path.iterdir()] == ["data"]


def _run(*command: str) -> None:
    subprocess.run(command, check=True)


async def test_a_database_on_a_medium_that_is_read_only_is_copied_and_verified(tmp_path: Path) -> None:
    """A snapshot of a server's disk, as after a clean end. SQLite cannot make its files beside it there."""
    if os.geteuid():
        pytest.skip("only root mounts")
    config = Config(data=tmp_path / "disk")
    config.data.mkdir()
    await to_thread.run_sync(_run, "mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(config.data))
    try:
        database = await SqliteDatabase.start(config.database, sqlite.migrate)
        log = SqliteLog(database)
        await Talk("there").opens_in(log)
        await database.close()
        await to_thread.run_sync(_run, "mount", "-o", "remount,ro", str(config.data))
        assert verify.check(config.database).conversations == 1
        assert backup.run(config, tmp_path / "copy") == 0
        assert verify.check(tmp_path / "copy").conversations == 1
    finally:
        await to_thread.run_sync(_run, "umount", str(config.data))


def test_a_pipe_in_a_database_s_place_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "intervene.db")
    with pytest.raises(verify.Unreadable, match="not a file"):
        verify.check(tmp_path / "intervene.db")

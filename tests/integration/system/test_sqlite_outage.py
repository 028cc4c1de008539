"""A SQLite database that cannot be written to for a while: known, logged as one outage, and over by itself.

The disk is a small one of this test's own, mounted for it, so these tests take root, as CI has it.
"""

import asyncio
import os
import resource
import sqlite3
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.integration.system.conftest import MakeServer
from tests.kit.limits import LONG_WAIT, TOLD, eventually
from tests.kit.people import Customer
from tests.kit.server import ServerProcess, until

MEGABYTES = 3


@pytest.fixture
async def server(servers: MakeServer, tmp_path: Path) -> AsyncIterator[ServerProcess]:
    """One whose data is on a disk of a few megabytes."""
    disk = tmp_path / "disk"
    disk.mkdir()
    await asyncio.to_thread(_run, "mount", "-t", "tmpfs", "-o", f"size={MEGABYTES}m", "tmpfs", str(disk))
    server = servers("hello\n", data=str(disk))
    server.data = disk
    server.may_complain("a transaction failed", "a read failed", "a checkpoint failed")
    await server.start()
    yield server
    if server.is_running:
        await server.stop()
    server.data = tmp_path / "elsewhere"
    await asyncio.to_thread(_run, "umount", str(disk))


def _run(*command: str) -> None:
    subprocess.run(command, check=True)


async def is_full(server: ServerProcess) -> Callable[[], Awaitable[None]]:
    """Its log of what is written is empty, so that nothing fits into it where that was begun anew."""
    log = server.database.with_name(f"{server.database.name}-wal")

    async def is_empty() -> bool:
        stranger.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return log.stat().st_size == 0

    with closing(sqlite3.connect(server.database)) as stranger:
        await until(is_empty)
    ballast = server.data / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            pass

    async def ends() -> None:
        ballast.unlink()

    return ends


async def has_an_input_output_error(server: ServerProcess) -> Callable[[], Awaitable[None]]:
    """The kernel refuses to let the process write any file beyond its first page, and the log of lines is shorter."""
    assert server.process is not None
    before = resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))

    async def ends() -> None:
        assert server.process is not None
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, before)

    return ends


async def is_replaced(server: ServerProcess) -> Callable[[], Awaitable[None]]:
    """Another file has its name: what is written would reach nobody who opens it next."""
    aside = server.data / "aside"
    server.database.rename(aside)
    server.database.write_bytes(aside.read_bytes())

    async def ends() -> None:
        aside.replace(server.database)

    return ends


async def is_locked(server: ServerProcess) -> Callable[[], Awaitable[None]]:
    """By another program, for longer than a write waits."""
    stranger = sqlite3.connect(server.database, isolation_level=None)
    stranger.execute("BEGIN IMMEDIATE")

    async def ends() -> None:
        with closing(stranger):
            stranger.execute("ROLLBACK")

    return ends


async def _is_ready(server: ServerProcess) -> bool:
    return (await server.ask("GET", "/readyz")).status == 200


async def _says(customer: Customer, conversation: str, text: str) -> str:
    """What becomes of it, once: the type or the code of the answer."""
    id = await customer.gives("say", conversation, text=text)
    [answer] = await customer.finds(lambda: customer.answers.get(id), within=TOLD)
    customer.unanswered.pop(id, None)
    return str(answer.get("code") or answer["type"])


@pytest.mark.parametrize(
    "outage", [is_full, has_an_input_output_error, is_replaced, is_locked], ids=lambda outage: outage.__name__
)
async def test_a_sqlite_database_is_away_and_comes_back(
    outage: Callable[[ServerProcess], Awaitable[Callable[[], Awaitable[None]]]], server: ServerProcess
) -> None:
    """[P5] What is not on the disk is not acknowledged; not ready, the metric is 0, one line and not one for each try;
    then all is well again by itself, and what was acknowledged before is there."""
    customer = Customer(server)
    await customer.joins()
    conversation = (await customer.opens()).conversation
    assert await _says(customer, conversation, "before") == "ack"
    ends = await outage(server)
    try:
        for _ in range(2):
            assert await _says(customer, conversation, "x" * 4000) == "unavailable"
        assert not await _is_ready(server)
        assert await server.metric("intervene_database_up") == 0
    finally:
        await ends()
    await until(lambda: _is_ready(server), within=LONG_WAIT)
    assert await server.metric("intervene_database_up") == 1
    assert await _says(customer, conversation, "after") == "ack"
    await eventually(lambda: "the database answers again" in server.log, within=LONG_WAIT)
    assert server.log.count("a transaction failed") == 1
    assert "Traceback" not in server.log
    await customer.leaves()
    await server.stop()
    with closing(sqlite3.connect(server.database)) as database:
        texts = [text for (text,) in database.execute("SELECT data FROM event WHERE kind = 'message' ORDER BY seq")]
    for word in (b'"before"', b'"after"'):
        assert sum(word in text for text in texts) == 1


async def test_an_idle_server_says_that_its_file_was_replaced(server: ServerProcess) -> None:
    """Nobody writes, and nobody is let in who would."""
    ends = await is_replaced(server)

    async def is_not_ready() -> bool:
        return not await _is_ready(server)

    await until(is_not_ready)
    await ends()
    await until(lambda: _is_ready(server))


def test_these_tests_have_a_disk_of_their_own() -> None:
    assert os.geteuid() == 0, "a file system is mounted for them: run them as root"

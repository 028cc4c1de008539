"""A real PostgreSQL for tests: started once, one database for each test, killed, stopped and frozen where a test says.

PostgreSQL refuses to run as root, so there it runs as `postgres`. Nothing is flushed to the disk, and there may be
none: no test here cuts the power. Who measures says `is_durable`, and gets the server as it is shipped, on a disk.
`postgres` and `postgres_url` are fixtures that all tests of a process share. A file whose tests stop the server or
freeze it imports them, and so has one of its own.
"""

import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Self

import asyncpg
import pytest

from intervene.migrations import upgrade_postgres
from tests.kit.limits import LONG_WAIT, WAIT
from tests.kit.ports import free_port

USER = "postgres"
TEMPLATE = "intervene_template"
SETTINGS = {
    "max_connections": "300",
    "log_min_messages": "fatal",
    "unix_socket_directories": "''",
}
QUICK = {
    "fsync": "off",
    "full_page_writes": "off",
    "autovacuum": "off",  # a test shall not depend on when it came
    "shared_buffers": "64MB",
}


def programs() -> Path | None:
    """Where the newest PostgreSQL is: Debian keeps each version in a folder of its own, and none in PATH."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: float(path.parts[4]))
    found = shutil.which("postgres")
    return folders[-1].parent if folders else Path(found).parent if found else None


class Postgres:
    """One server on 127.0.0.1. Made by `create`, ended by `close`."""

    def __init__(self, folder: Path, bin: Path) -> None:
        self._bin = bin
        self._home = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._templates: set[int] = set()
        self.port = free_port()

    @classmethod
    def create(cls, bin: Path, *, is_durable: bool = False) -> Self:
        folder = Path(tempfile.mkdtemp(prefix="intervene-pg-", dir=None if is_durable else _in_memory()))
        if os.geteuid() == 0:
            entry = pwd.getpwnam(USER)
            os.chown(folder, entry.pw_uid, entry.pw_gid)
        server = cls(folder, bin)
        initdb = ["initdb", "-D", str(server.data), "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
        server._run(*initdb).check_returncode()
        with (server.data / "postgresql.conf").open("a") as file:
            settings = SETTINGS if is_durable else SETTINGS | QUICK
            file.writelines(f"{name} = {value}\n" for name, value in settings.items())
        server.start()
        return server

    def url(self, database: str = "postgres", port: int = 0) -> str:
        """`port`: of a proxy in between."""
        return f"postgresql://{USER}@127.0.0.1:{port or self.port}/{database}"

    def start(self) -> None:
        assert self._process is None, "it does not run"
        command = [str(self._bin / "postgres"), "-D", str(self.data), "-p", str(self.port), "-h", "127.0.0.1"]
        with (self._home / "log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self._home, **_as_user())
        self._wait()

    def stop(self) -> None:
        """As an administrator does: sessions are cut, what is under way is rolled back, all is written down."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """All its processes at once, as a crash of the machine would (but for what the disk had not yet)."""
        assert self._process is not None, "it runs"
        processes = self.processes
        self._signal(signal.SIGSTOP)  # so that none is started in between
        for process in {*processes, *self.processes}:
            _kill(process, signal.SIGKILL)
        self._process.wait()
        self._process = None

    def restart(self) -> None:
        self.stop()
        self.start()

    def hang(self) -> None:
        """The kernel goes on to accept connections and data; nobody answers."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._signal(signal.SIGCONT)

    def close(self) -> None:
        if self._process is not None:
            self.resume()
            self._end(signal.SIGQUIT)
        shutil.rmtree(self._home)

    @property
    def processes(self) -> list[int]:
        """The server first, then its children, of which each has left its group."""
        assert self._process is not None, "it runs"
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text()
        return [self._process.pid, *map(int, children.split())]

    async def sql(self, statement: str, *values: object, database: str = "postgres") -> list[Any]:
        """What somebody else does to a database."""
        connection = await asyncpg.connect(self.url(database), timeout=WAIT)
        try:
            return list(await connection.fetch(statement, *values))
        finally:
            await connection.close()

    @asynccontextmanager
    async def fresh(self, partitions: int = 0) -> AsyncIterator[str]:
        """The URL of a database that is up to date and empty, and dropped at the end."""
        template = f"{TEMPLATE}_{partitions}"
        if partitions not in self._templates:
            await self.sql(f"CREATE DATABASE {template}")
            await upgrade_postgres(self.url(template), partitions)
            self._templates.add(partitions)
        name = f"test_{secrets.token_hex(6)}"
        await self.sql(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        yield self.url(name)
        await self.sql(f"DROP DATABASE {name} WITH (FORCE)")

    @property
    def log(self) -> str:
        return (self._home / "log").read_text("utf-8", "replace")

    @property
    def data(self) -> Path:
        return self._home / "data"

    def replace_data(self, kept: Path) -> None:
        """By an older copy of it, while it is stopped."""
        assert self._process is None, "it does not run"
        shutil.rmtree(self.data)
        subprocess.run(["cp", "-a", str(kept), str(self.data)], check=True)
        if os.geteuid() == 0:
            entry = pwd.getpwnam(USER)
            for path in (self.data, *self.data.rglob("*")):
                os.chown(path, entry.pw_uid, entry.pw_gid)

    def _end(self, how: signal.Signals) -> None:
        assert self._process is not None, "it runs"
        self._process.send_signal(how)
        self._process.wait(LONG_WAIT)
        self._process = None

    def _signal(self, what: signal.Signals) -> None:
        for process in self.processes:
            _kill(process, what)

    def _wait(self) -> None:
        """Until it lets clients in."""
        until = time.monotonic() + LONG_WAIT
        while self._run("pg_isready", "-h", "127.0.0.1", "-p", str(self.port), "-t", "1").returncode:
            if time.monotonic() > until or (self._process and self._process.poll() is not None):
                raise RuntimeError((self._home / "log").read_text())
            time.sleep(0.05)

    def _run(self, program: str, *arguments: str) -> "subprocess.CompletedProcess[bytes]":
        return subprocess.run([self._bin / program, *arguments], cwd=self._home, capture_output=True, **_as_user())


def _in_memory() -> str | None:
    """Where making and dropping a database takes a tenth of the time, if there is room."""
    memory = Path("/dev/shm")
    return str(memory) if memory.is_dir() and shutil.disk_usage(memory).free > 2**30 else None


def _as_user() -> dict[str, Any]:
    return {"user": USER, "group": USER, "extra_groups": ()} if os.geteuid() == 0 else {}


def _kill(process: int, what: signal.Signals) -> None:
    try:
        os.kill(process, what)
    except ProcessLookupError:
        pass


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    bin = programs()
    if bin is None:
        pytest.skip("PostgreSQL is not installed; on Debian: apt-get install postgresql")
    server = Postgres.create(bin)
    yield server
    server.close()


@pytest.fixture
async def postgres_url(postgres: Postgres) -> AsyncIterator[str]:
    """Of a database of this test's own."""
    async with postgres.fresh() as url:
        yield url

"""Servers of one's own, for as long as a block lasts: real processes on free ports of this machine."""

import asyncio
import os
import secrets
import socket
import sys
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import ExitStack, asynccontextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import anyio

from intervene import loopback

START_SECONDS = 30.0
STOP_SECONDS = 10.0  # then it is killed


class CannotStart(Exception):
    """A server did not come up; the message ends with what it said."""


class _Server(NamedTuple):
    process: asyncio.subprocess.Process
    host: str
    port: int
    said: Path


@asynccontextmanager
async def own_servers(
    count: int = 1, database_url: str = "", redis_url: str = "", bot: str = "scripted", **settings: str
) -> AsyncIterator[Sequence[str]]:
    """The URLs of new servers that are ready. One alone has an empty database of its own; several are nodes on that
    PostgreSQL and that Redis, with keys that nobody else has. `settings` are further ones, by their names.

    At the end each is stopped, and waited for: a node takes its own row out of the database then. Whatever was
    said in conversations stays there."""
    assert count == 1 or (database_url and redis_url), "several nodes share a database and a Redis"
    host = _loopback()
    given = {
        "host": host, "database_url": database_url, "redis_url": redis_url, "keys": secrets.token_hex(32),
        "bot": bot, "drain_seconds": "0", **settings,
    }  # fmt: skip
    with TemporaryDirectory(prefix="intervene-") as folder:
        servers: list[_Server] = []
        try:
            for port in _free_ports(host, count):
                home = Path(folder) / str(port)
                home.mkdir()
                servers.append(await _start(home, host, port, given))
            await _wait_until_ready(servers)
            yield [loopback.url(server.host, server.port) for server in servers]
        finally:
            await _stop([server.process for server in servers])


async def _start(home: Path, host: str, port: int, settings: dict[str, str]) -> _Server:
    said = home / "said.txt"
    with said.open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "intervene", "serve",
            env=_environment({"port": str(port), "data": str(home / "data"), **settings}),
            cwd=home, stdout=log, stderr=log,
            start_new_session=True,  # Ctrl-C is for us: a server that met it would take our SIGTERM for the second
        )  # fmt: skip
    return _Server(process, host, port, said)


def _environment(settings: dict[str, str]) -> dict[str, str]:
    """Ours, without the settings that another server may have."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("INTERVENE_")}
    return ours | {f"INTERVENE_{name.upper()}": value for name, value in settings.items()}


async def _wait_until_ready(servers: Iterable[_Server]) -> None:
    waiting = list(servers)
    with anyio.move_on_after(START_SECONDS):
        while waiting and waiting[0].process.returncode is None:
            if await anyio.to_thread.run_sync(_is_ready, waiting[0].host, waiting[0].port):
                waiting.pop(0)
            else:
                await anyio.sleep(0.05)
    if waiting:
        words = waiting[0].said.read_text("utf-8", errors="replace").strip()
        raise CannotStart(f"A server did not start. It said: {words[-2000:] or 'nothing'}")


async def _stop(processes: Iterable[asyncio.subprocess.Process]) -> None:
    left = [process for process in processes if process.returncode is None]
    for process in left:
        process.terminate()
    with anyio.CancelScope(shield=True):
        with anyio.move_on_after(STOP_SECONDS):
            for process in left:
                await process.wait()
        for process in left:
            if process.returncode is None:
                process.kill()
                await process.wait()


def _is_ready(host: str, port: int) -> bool:
    connection = HTTPConnection(host, port, timeout=1.0)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _loopback() -> str:
    try:
        return loopback.here()
    except OSError as problem:
        raise CannotStart(f"{problem.strerror}.") from None


def _free_ports(host: str, count: int) -> list[int]:
    """Held together for a moment, so that they differ."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with ExitStack() as stack:
        probes = [stack.enter_context(socket.socket(family)) for _ in range(count)]
        for probe in probes:
            probe.bind((host, 0))
        return [probe.getsockname()[1] for probe in probes]

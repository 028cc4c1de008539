"""A server of one's own, for as long as a block lasts: a real process on a free port of this machine."""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from tempfile import TemporaryDirectory

import anyio

START_SECONDS = 30.0
STOP_SECONDS = 10.0  # then it is killed


class CannotStart(Exception):
    """The server did not come up; the message ends with what it said."""


@asynccontextmanager
async def own_server(bot: str = "scripted") -> AsyncIterator[str]:
    """The URL of a new server with an empty database. Nothing of it is left afterwards."""
    with TemporaryDirectory(prefix="intervene-") as folder:
        port = _free_port()
        said = Path(folder) / "said.txt"
        with said.open("wb") as log:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "intervene", "serve",
                env=_environment(Path(folder), port, bot), cwd=folder, stdout=log, stderr=log,
            )  # fmt: skip
        try:
            await _wait_until_ready(process, port, said)
            yield f"http://127.0.0.1:{port}"
        finally:
            await _stop(process)


def _environment(folder: Path, port: int, bot: str) -> dict[str, str]:
    """Ours, without the settings that another server may have."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("INTERVENE_")}
    return ours | {
        "INTERVENE_HOST": "127.0.0.1", "INTERVENE_PORT": str(port), "INTERVENE_DATA": str(folder / "data"),
        "INTERVENE_BOT": bot, "INTERVENE_DRAIN_SECONDS": "0",
    }  # fmt: skip


async def _wait_until_ready(process: asyncio.subprocess.Process, port: int, said: Path) -> None:
    with anyio.move_on_after(START_SECONDS):
        while process.returncode is None:
            if await anyio.to_thread.run_sync(_is_ready, port):
                return
            await anyio.sleep(0.05)
    words = said.read_text("utf-8", errors="replace").strip()
    raise CannotStart(f"The server did not start. It said: {words[-2000:] or 'nothing'}")


async def _stop(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.terminate()
        with anyio.move_on_after(STOP_SECONDS, shield=True):
            await process.wait()
    if process.returncode is None:
        process.kill()
        await process.wait()


def _is_ready(port: int) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=1.0)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port

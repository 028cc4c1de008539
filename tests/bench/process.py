"""Servers in processes of their own: started, measured and stopped by their id. Linux only: it reads /proc.

With two processors or more, servers have the first and the load the second, as figures of one core are meant. All
servers share that first one: several nodes, and the PostgreSQL and the Redis that they stand on.
"""

import os
import re
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import anyio

from tests.kit.server import ask

if sys.platform != "linux":
    sys.exit("The figures need Linux: they are read from /proc.")

START_SECONDS = 20.0
LOG_CHARS = 4000
KEY = "for-benches-on-loopback-and-nothing-else"
ROOT = Path(__file__).parent.parent.parent

_CPUS = sorted(os.sched_getaffinity(0))
_SERVERS, _LOAD = (set(_CPUS[:1]), set(_CPUS[1:2])) if len(_CPUS) > 1 else (set(_CPUS), set(_CPUS))


class Missing(Exception):
    """Something that is measured beside, or stood on, is not installed."""


class Server:
    def __init__(self, process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
        self.port = port
        self._log = log
        self.pid = process.pid
        self._proc = Path("/proc") / str(process.pid)

    def cpu(self) -> float:
        return cpu(self.pid)

    async def metrics(self) -> dict[str, float]:
        """What the node says of itself, without what has labels."""
        found = re.search(r"(http://127\.0\.0\.1:\d+)/metrics", self._log.read_text())
        assert found, "it says so when it starts"
        text = (await ask(found[1], "GET", "/metrics")).body.decode()
        return {name: float(value) for name, value in re.findall(r"^(\w+) (\S+)$", text, re.MULTILINE)}

    def memory(self) -> int:
        """Bytes resident. Counted by the kernel page by page: `statm` is off by up to 256 KiB a processor."""
        found = re.search(r"^Rss:\s+(\d+) kB", (self._proc / "smaps_rollup").read_text(), re.MULTILINE)
        assert found, "the kernel says so for every process"
        return int(found[1]) * 1024


def cpu(process: int) -> float:
    """Seconds of processor time so far, of all its threads."""
    threads = Path(f"/proc/{process}/task").iterdir()
    return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads) / 1e9


def servers_cpu() -> int:
    """The number of the processor that servers have."""
    return min(_SERVERS)


def pin_load() -> None:
    """This process to the load's processor."""
    os.sched_setaffinity(0, _LOAD)


@contextmanager
def among_servers() -> Iterator[None]:
    """What is started meanwhile has the servers' processor."""
    os.sched_setaffinity(0, _SERVERS)
    try:
        yield
    finally:
        pin_load()


@asynccontextmanager
async def intervene(
    directory: Path, checkout: Path = ROOT, module: str = "intervene", /, **settings: object
) -> AsyncIterator[Server]:
    """A node with its data in `directory`, which is made if need be. Of another `checkout`, with the Python of its own
    .venv. `module`: what is started in place of the command."""
    given = {"data": directory / "data", "port": 0, "log_format": "json", "keys": KEY, **settings}
    variables = {f"INTERVENE_{name.upper()}": str(value) for name, value in given.items()}
    python = sys.executable if checkout == ROOT else str(checkout / ".venv/bin/python")
    async with running([python, "-m", module, "serve"], directory, variables, checkout) as server:
        yield server


@asynccontextmanager
async def floor(name: str, directory: Path) -> AsyncIterator[Server]:
    """One of `floors.py`."""
    async with running([sys.executable, "-m", "tests.bench.floors", name], directory, {}) as server:
        yield server


@asynccontextmanager
async def running(
    command: Sequence[str], directory: Path, variables: Mapping[str, str], checkout: Path = ROOT, port: int = 0
) -> AsyncIterator[Server]:
    """Any server, on the servers' processor, until it listens and then until the end. It prints where it listens, but
    for one that was given its `port`."""
    directory.mkdir(exist_ok=True)
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("INTERVENE_")}
    log = directory / "log"
    with among_servers(), log.open("wb") as out:
        process = subprocess.Popen(  # noqa: ASYNC220  # a fork, before anything is measured
            command, cwd=checkout, env={**inherited, **variables}, stdin=subprocess.DEVNULL,
            stdout=out, stderr=out,
        )  # fmt: skip
    try:
        server = Server(process, await _port(process, log, port), log)
        yield server
    except BaseException:
        print(log.read_text()[-LOG_CHARS:], file=sys.stderr)  # what the server had to say about it
        raise
    finally:
        process.kill()  # its data goes too: there is nothing to drain
        process.wait()


async def _port(process: "subprocess.Popen[bytes]", log: Path, port: int) -> int:
    with anyio.move_on_after(START_SECONDS):
        while process.poll() is None:
            found = re.search(r"http://127\.0\.0\.1:(\d+)", log.read_text())
            at = port or int(found[1] if found else 0)
            if at and _listens(at):  # it says where before it does
                return at
            await anyio.sleep(0.02)
    raise RuntimeError("A server did not start.")


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0

"""A redis-server of a test's own: started, killed, stopped, hung, emptied. It keeps nothing."""

import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import anyio
import redis
from redis.exceptions import RedisError

from tests.kit.limits import LONG_WAIT, eventually
from tests.kit.ports import free_port

BINARIES = ("redis-server", "valkey-server")
BUS = (10_000,)  # so far above its own is the port that a part of a cluster listens on besides


class RedisServer:
    """The same port through all its lives. `options` go to its command line, as in `requirepass="secret"`."""

    def __init__(self, directory: Path, **options: str) -> None:
        found = self.program()
        assert found, "these tests need a redis-server: apt-get install redis-server"
        self.port = free_port(*(BUS if "cluster-enabled" in options else ()))
        self.socket = directory / f"redis-{self.port}.sock"
        self.process: subprocess.Popen[bytes] | None = None
        self._directory = directory
        self._password = options.get("requirepass")
        given = {
            "port": str(self.port),
            "bind": "127.0.0.1",
            "unixsocket": str(self.socket),
            "dir": str(directory),
            "save": "",
            "appendonly": "no",
            **options,
        }
        self._command = [found, *(part for name, value in given.items() for part in (f"--{name}", value))]

    @staticmethod
    def program() -> str | None:
        return next(filter(None, map(shutil.which, BINARIES)), None)

    @property
    def url(self) -> str:
        password = f":{self._password}@" if self._password else ""
        return f"redis://{password}127.0.0.1:{self.port}"

    # -- its lives ---------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Returns when it answers."""
        process = self.spawn()
        with anyio.fail_after(LONG_WAIT):
            while True:
                assert process.poll() is None, "redis-server has ended; see its log"
                try:
                    self.ask("PING")
                    return
                except RedisError:
                    await anyio.sleep(0.01)

    def spawn(self) -> subprocess.Popen[bytes]:
        assert self.process is None, "one life at a time"
        with (self._directory / f"redis-{self.port}.log").open("ab") as log:
            self.process = subprocess.Popen(self._command, stdout=log, stderr=log)
        return self.process

    async def kill(self) -> None:
        """`kill -9`."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> None:
        """SIGTERM."""
        await self._end(signal.SIGTERM)

    async def restart(self) -> None:
        """It comes back empty."""
        await self.kill()
        await self.start()

    async def _end(self, number: signal.Signals) -> None:
        process, self.process = self.process, None
        if process is not None:
            process.send_signal(signal.SIGCONT)
            process.send_signal(number)
            await eventually(lambda: process.poll() is not None)

    # -- what goes wrong ---------------------------------------------------------------------------------------------

    def hang(self) -> None:
        """It accepts connections and bytes, as the kernel does for it, and answers nothing."""
        self._hears(signal.SIGSTOP)

    def wake(self) -> None:
        self._hears(signal.SIGCONT)

    def flush(self) -> None:
        self.ask("FLUSHALL")

    def kill_pubsub_clients(self) -> int:
        """How many there were."""
        killed = self.ask("CLIENT", "KILL", "TYPE", "pubsub")
        assert isinstance(killed, int)
        return killed

    def kill_normal_clients(self) -> int:
        """Those that publish and ask."""
        killed = self.ask("CLIENT", "KILL", "TYPE", "normal")
        assert isinstance(killed, int)
        return killed

    @contextmanager
    def keeps_a_line(self) -> Iterator[Callable[..., object]]:
        """Sends commands on one connection, which stays when new ones are refused."""
        with redis.Redis(port=self.port, password=self._password, protocol=2, single_connection_client=True) as client:
            yield client.execute_command

    def subscribers(self, channel: bytes) -> int:
        answer = self.ask("PUBSUB", "NUMSUB", channel)
        assert isinstance(answer, list)
        return int(answer[1])

    def ask(self, *command: str | bytes | int) -> object:
        """One command on a connection of its own."""
        with redis.Redis(port=self.port, password=self._password, protocol=2, socket_timeout=LONG_WAIT) as client:
            answer: object = client.execute_command(*command)
            return answer

    def _hears(self, number: signal.Signals) -> None:
        assert self.process is not None, "it was started"
        self.process.send_signal(number)

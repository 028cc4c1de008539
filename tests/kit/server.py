"""A server as a user starts it: a process of its own, a data directory, a port. Killed, frozen, stopped, started again.

What was done to it goes into its history, beside what people ask of it.
"""

import asyncio
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

import anyio
import msgspec

from intervene.core.access import Staff, Visitor
from intervene.core.actors import Agent, Contact, Role
from intervene.core.ids import AgentId, ContactId, OrganisationId
from intervene.edge.auth import Tokens
from intervene.edge.key_file import load_keys
from tests.kit import sqlite
from tests.kit.forked import MODULES, Forked
from tests.kit.limits import FACTOR, LONG_WAIT, SCALED, TIMING, eventually
from tests.kit.oracles.history import History
from tests.kit.ports import free_port
from tests.kit.stalls import STALLS, Stalls

SERVE = ["-m", "intervene", "serve"]
AT_THE_DOOR = 16  # sockets before their hello; a server denies more than 20 from one address
DAY = 24 * 3600.0
SOON, SELDOM = 0.02, 0.1  # seconds between two questions of `until`


class Reply(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes
    cookies: tuple[str, ...] = ()
    """The values of Set-Cookie, of which there may be several."""

    @property
    def json(self) -> Any:
        return msgspec.json.decode(self.body)


class ServerProcess:
    """`script` is what the scripted bot says; other settings by their names, as in `max_turns="4"`; `program` is what
    Python runs instead of the server. What changes in `settings`, and in `environment`, which comes on top of our
    own, counts from its next life. The same data and port through all its lives; what it logs is in `log`."""

    name = "server"

    def __init__(
        self,
        directory: Path,
        script: str = "",
        *,
        program: str = shlex.join(SERVE),
        **settings: str,
    ) -> None:
        self.data = directory / "data"
        self.log_file = directory / "server.log"
        self.port, self.metrics_port = free_port(), free_port()
        self.process: subprocess.Popen[bytes] | Forked | None = None
        self.door = asyncio.Semaphore(AT_THE_DOOR)
        self.history = History()
        self.environment: dict[str, str] = {}
        self.settings = {
            "data": str(self.data), "port": str(self.port), "metrics_port": str(self.metrics_port),
            "log_format": "json", **settings,
        }  # fmt: skip
        if script:
            (directory / "script.txt").write_text(script, "utf-8")
            self.settings["script"] = str(directory / "script.txt")
        self._directory = directory
        self._program = shlex.split(program)
        self._allowed: list[str] = []

    # -- its lives -----------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Returns when it is ready."""
        self.spawn()
        await self.ready()

    def spawn(self) -> None:
        assert not self.is_running, "one life at a time"
        STALLS.watch()
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("INTERVENE_")}
        settings = {f"INTERVENE_{name.upper()}": value for name, value in self.settings.items()}
        with self.log_file.open("ab") as log:
            start = self._forks if self._may_be_forked() else self._executes
            self.process = start(
                env={**inherited, **SCALED, **self.environment, **settings},
                cwd=self._directory,  # where no intervene.toml is
                stdout=log,
                stderr=log,
            )
        self.history.fault(self.name, "begins")

    def _executes(self, **options: Any) -> "subprocess.Popen[bytes]":
        return subprocess.Popen([sys.executable, *self._program], **options)

    def _forks(self, **options: Any) -> Forked:
        """Where nothing was served from before, with a database that need not be migrated."""
        if not self.data.exists() and "database_url" not in self.settings:
            self.data.mkdir(mode=0o700, parents=True)
            sqlite.migrate(self.database)
        return Forked(self._program, **options)

    def _may_be_forked(self) -> bool:
        """A process with other libraries, or another program, is none that a ready one could become."""
        return FACTOR < 1.0 and self._program[1] in MODULES and self.environment.keys() <= {"PYTHONPATH"}

    async def ready(self) -> None:
        with anyio.fail_after(LONG_WAIT):
            while True:
                assert self.is_running, f"the server has ended:\n{self.log[-2000:]}"
                try:
                    if (await self.ask("GET", "/readyz")).status == 200:
                        return
                except OSError:
                    pass
                await anyio.sleep(0.02)

    async def kill(self) -> None:
        """`kill -9`: nothing can be done about it."""
        await self._end(signal.SIGKILL)

    async def stop(self, within: float = LONG_WAIT) -> int:
        """SIGTERM. Its exit status."""
        return await self._end(signal.SIGTERM, within)

    def freeze(self) -> None:
        """SIGSTOP: the kernel goes on to accept connections and data; nobody answers, and no clock of its own runs."""
        self.hears(signal.SIGSTOP)

    def thaw(self) -> None:
        self.hears(signal.SIGCONT)

    async def restart(self) -> None:
        if self.is_running:
            await self.kill()
        await self.start()

    def hears(self, number: signal.Signals) -> None:
        assert self.process is not None, "it was started"
        self.process.send_signal(number)
        self.history.fault(self.name, f"gets {number.name}")

    async def ends(self, within: float = LONG_WAIT) -> int:
        """By itself. Its exit status."""
        process = self.process
        assert process is not None, "it was started"
        await eventually(lambda: process.poll() is not None, within=within)
        return process.wait()

    async def _end(self, number: signal.Signals, within: float = LONG_WAIT) -> int:
        if self.is_running:
            self.hears(number)
            if number is not signal.SIGKILL:
                self.thaw()  # one that is frozen hears nothing else
        return await self.ends(within)

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    # -- where it is and what it leaves --------------------------------------------------------------------------------

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def socket_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/socket"

    @property
    def database(self) -> Path:
        return self.data / "intervene.db"

    @property
    def log(self) -> str:
        return self.log_file.read_text("utf-8", "replace") if self.log_file.exists() else ""

    def may_complain(self, *sentences: str) -> None:
        """In lines of its log that have one of these; an empty one is in every line."""
        self._allowed += sentences

    @property
    def complaints(self) -> list[str]:
        """Lines of the log that no well-behaved server writes, but for those that it was allowed."""
        lines = (line for line in self.log.splitlines() if not is_calm(line, STALLS))
        return [line for line in lines if not any(sentence in line for sentence in self._allowed)]

    @property
    def peak_bytes(self) -> int:
        """The most memory that this life ever had."""
        assert self.process is not None, "it was started"
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        found = re.search(r"VmHWM:\s+(\d+) kB", status)
        assert found, "Linux says so of every process that lives"
        return int(found[1]) * 1024

    async def metric(self, name: str, **labels: str) -> float:
        """0.0 if there is none of the name with these labels."""
        wanted = "{" + ",".join(f'{label}="{value}"' for label, value in sorted(labels.items())) + "}" if labels else ""
        text = (await ask(f"http://127.0.0.1:{self.metrics_port}", "GET", "/metrics")).body.decode()
        found = re.search(rf"^{re.escape(name + wanted)} (\S+)$", text, re.MULTILINE)
        return float(found[1]) if found else 0.0

    async def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> Reply:
        """One request on a connection of its own. Raises `OSError` when nobody listens."""
        return await ask(self.url, method, path, body, **headers)

    # -- who may come in -----------------------------------------------------------------------------------------------

    @property
    def tokens(self) -> Tokens:
        """Signed with the keys of its settings; or of the data directory, and then only once it has been started."""
        keys = self.settings.get("keys", "").replace(",", " ").split()
        return Tokens(keys or load_keys(self.data / "keys.json"), time.time)

    async def attributes(self, contact: str) -> dict[str, tuple[str, str]]:
        """What is said of a contact, by name, and by which source."""
        bearer = f"Bearer {self.agent_token('Ada', 'admin')}"
        page = await self.ask("GET", f"/v1/contacts/{quote(contact)}", authorization=bearer)
        return {each["name"]: (each["value"], each["source"]) for each in page.json["attributes"]}

    def agent_token(self, name: str, role: str = "agent", *, organisation: str = "default", lasts: float = DAY) -> str:
        agent = Agent(id=AgentId(name.lower()), name=name)
        staff = Staff(organisation=OrganisationId(organisation), agent=agent, role=Role(role))
        return self.tokens.make(staff, time.time() + lasts)

    def visitor_token(self, name: str, *, id: str = "", organisation: str = "default", lasts: float = DAY) -> str:
        contact = Contact(id=ContactId(id or name.lower()), name=name)
        visitor = Visitor(organisation=OrganisationId(organisation), contact=contact)
        return self.tokens.make(visitor, time.time() + lasts)


def is_calm(line: str, stalls: Stalls) -> bool:
    """Or says, of a server beside which other tests run, that the database took too long while the machine stood
    still. At production timing tests run with less beside them, and nothing is excused."""
    try:
        entry = msgspec.json.decode(line, type=dict[str, Any])
        if FACTOR < 1.0 and (entry.get("event"), entry.get("problem")) == ("the database failed", "TimeoutError: "):
            at = datetime.fromisoformat(entry["timestamp"]).timestamp()
            return stalls.explain(at, TIMING.answered + 1.0)
        return entry["level"] in ("debug", "info", "warning")
    except (msgspec.DecodeError, KeyError, ValueError):
        return not line.strip()


async def ask(url: str, method: str, path: str, body: bytes = b"", **headers: str) -> Reply:
    where = urlsplit(url)
    assert where.hostname, "a whole URL"
    given = {"host": where.netloc, "connection": "close", "content-length": str(len(body)), **headers}
    reader, writer = await asyncio.open_connection(where.hostname, where.port)
    try:
        lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in given.items()), "", ""]
        writer.write("\r\n".join(lines).encode() + body)
        answer = await reader.read()
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
    head, _, content = answer.partition(b"\r\n\r\n")
    if not head:
        raise ConnectionError("it hung up without an answer")
    first, *rest = head.decode("latin-1").split("\r\n")
    fields = [(name.lower(), value.strip()) for name, _, value in (line.partition(":") for line in rest)]
    cookies = tuple(value for name, value in fields if name == "set-cookie")
    return Reply(int(first.split()[1]), dict(fields), content, cookies)


async def until(holds: Callable[[], Awaitable[bool]], within: float = LONG_WAIT) -> None:
    """`eventually` for what has to be asked: soon again at first, and then less often, since each question costs."""
    pause = SOON
    with anyio.fail_after(within):
        while not await holds():
            await anyio.sleep(pause)
            pause = min(1.3 * pause, SELDOM)

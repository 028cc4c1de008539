"""Workers and their parent as a shell starts them, and how a test sees them."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import pytest
import websockets

from tests.kit.limits import LONG_WAIT, eventually
from tests.kit.ports import free_port
from tests.kit.server import ask, until

ROOT = Path(__file__).parents[2]
PROTOCOL = websockets.Subprotocol("intervene.v1")
FOREVER = 600.0  # seconds of draining: longer than any test waits


class Crew:
    """A parent and its workers, in a session of their own as a shell's job is; what they say is in one file."""

    def __init__(self, directory: Path, port: int) -> None:
        self.port = port
        self.trouble = directory / "trouble"
        self._said = directory / "said.txt"
        self._known: set[int] = set()
        self._parent: subprocess.Popen[bytes] | None = None

    def spawn(self, *arguments: str, **variables: str) -> None:
        ours = {name: value for name, value in os.environ.items() if not name.startswith("INTERVENE_")}
        with self._said.open("ab") as said:
            self._parent = subprocess.Popen(
                [sys.executable, "-m", *arguments],
                env={**ours, "PYTHONPATH": str(ROOT), "RESPONDER_FAILS": str(self.trouble), **variables},
                cwd=self._said.parent,
                stdout=said,
                stderr=said,
                start_new_session=True,
            )

    async def start(self, number: int = 2, drain: float = 0.0, **variables: str) -> None:
        """Returns when all of them serve."""
        self.spawn("tests.kit.responder", str(self.port), str(number), str(drain), **variables)
        await eventually(lambda: len(self.events("worker serves")) == number, within=LONG_WAIT)

    # -- what is seen --------------------------------------------------------------------------------------------------

    @property
    def parent(self) -> int:
        assert self._parent is not None, "it was started"
        return self._parent.pid

    @property
    def workers(self) -> set[int]:
        """Those that live, whoever their parent is now."""
        self._know()
        return {worker for worker in self._known if is_alive(worker)}

    def _know(self) -> None:
        with suppress(OSError):
            children = Path(f"/proc/{self.parent}/task/{self.parent}/children").read_text()
            self._known |= {int(child) for child in children.split()}

    @property
    def said(self) -> str:
        return self._said.read_text("utf-8")

    @property
    def sentences(self) -> list[str]:
        return [line for line in self.said.splitlines() if not line.startswith("{")]

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [msgspec.json.decode(line) for line in self.said.splitlines() if line.startswith("{")]

    def events(self, event: str) -> list[dict[str, Any]]:
        return [line for line in self.lines if line["event"] == event]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def answers(self, path: str = "/") -> int:
        """Which process did."""
        return int((await ask(self.url, "GET", path)).body)

    async def all_answer(self, number: int) -> set[int]:
        seen: set[int] = set()

        async def enough() -> bool:
            with suppress(OSError):  # one that ended a moment ago
                seen.add(await self.answers())
            return len(seen & self.workers) == number

        await until(enough)
        return seen & self.workers

    # -- what is done to it --------------------------------------------------------------------------------------------

    def hears(self, number: signal.Signals) -> None:
        self._know()
        os.kill(self.parent, number)

    async def ends(self, within: float = LONG_WAIT) -> int:
        """The exit status, once nobody is left."""
        parent = self._parent
        assert parent is not None, "it was started"
        await eventually(lambda: parent.poll() is not None and not self.workers, within=within)
        return parent.returncode

    def clear(self) -> None:
        if self._parent is not None:
            self._parent.kill()
            self._parent.wait()
        for worker in self.workers:
            os.kill(worker, signal.SIGKILL)


def is_alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


MakeCrew = Callable[[], Crew]


@pytest.fixture
def crews(tmp_path: Path) -> Iterator[MakeCrew]:
    made: list[Crew] = []

    def make() -> Crew:
        directory = tmp_path / f"crew-{len(made)}"
        directory.mkdir()
        made.append(Crew(directory, made[0].port if made else free_port()))
        return made[-1]

    yield make
    for crew in made:
        crew.clear()


@pytest.fixture
def crew(crews: MakeCrew) -> Crew:
    return crews()

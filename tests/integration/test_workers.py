"""Several processes on one port: started, started again, and ended together, however the end comes.

What they run is `tests/kit/responder.py`; at the end it is the server, on a real PostgreSQL and a real Redis.
"""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import anyio
import msgspec
import pytest
import websockets

from intervene import __version__, workers
from intervene.config import Config
from intervene.workers import FIRST_PAUSE, LONGEST_PAUSE, SETTLED_SECONDS, STOP_SECONDS, pause_after
from tests.kit.limits import LONG_WAIT, WAIT, eventually
from tests.kit.ports import free_port
from tests.kit.postgres import postgres, postgres_url
from tests.kit.redis import RedisServer
from tests.kit.server import ask, until

__all__ = ["postgres", "postgres_url"]  # fixtures

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


# -- one port ----------------------------------------------------------------------------------------------------------


async def test_workers_share_a_port_and_each_says_its_number(crew: Crew) -> None:
    await crew.start(3)
    assert await crew.all_answer(3) == crew.workers
    [serving] = crew.events("serving")
    assert (serving["url"], serving["workers"]) == (crew.url, 3)
    crew.hears(signal.SIGTERM)
    assert await crew.ends() == 0
    assert sorted(line["worker"] for line in crew.events("drains")) == [1, 2, 3]


async def test_port_0_takes_one_that_is_free_for_all_of_them(crew: Crew) -> None:
    crew.port = 0
    await crew.start()
    [serving] = crew.events("serving")
    crew.port = int(serving["url"].rpartition(":")[2])
    assert await crew.all_answer(2) == crew.workers


async def test_nobody_is_queued_for_a_worker_that_listens_no_more(crew: Crew) -> None:
    await crew.start(drain=FOREVER)
    leaving, other = await crew.all_answer(2)
    os.kill(leaving, signal.SIGTERM)
    await eventually(lambda: len(crew.events("drains")) == 1)
    with anyio.fail_after(WAIT):
        assert {await crew.answers() for _ in range(50)} == {other}


async def test_a_port_that_is_taken_is_refused_before_anything_starts(crew: Crew) -> None:
    with socket.create_server(("127.0.0.1", crew.port)):
        crew.spawn("tests.kit.responder", str(crew.port), "2", "0")
        assert await crew.ends() == 3
    [sentence] = crew.said.splitlines()
    assert re.fullmatch(r"It could not start: .*Address already in use", sentence)


async def test_a_port_that_other_workers_share_is_taken(crews: MakeCrew) -> None:
    """The kernel would let them in, and deal a customer's connections to two clusters."""
    first, second = crews(), crews()
    await first.start()
    second.spawn("tests.kit.responder", str(first.port), "2", "0")
    assert await second.ends() == 3
    assert "Address already in use" in second.said


# -- the end -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT])
async def test_one_told_to_stop_lets_all_of_them_drain(crew: Crew, told: signal.Signals) -> None:
    await crew.start(drain=1.0)
    crew.hears(told)
    await eventually(lambda: len(crew.events("drains")) == 2)
    assert len(crew.workers) == 2
    assert await crew.ends() == 0
    assert not crew.events("drains no longer")


async def test_ctrl_c_in_a_terminal_is_one_signal_for_a_worker_and_not_two(crew: Crew) -> None:
    """A terminal sends it to the whole group of processes."""
    await crew.start(drain=1.0)
    os.killpg(crew.parent, signal.SIGINT)
    assert await crew.ends() == 0
    assert len(crew.events("drains")) == 2
    assert not crew.events("drains no longer")


async def test_a_second_signal_ends_the_draining(crew: Crew) -> None:
    await crew.start(drain=FOREVER)
    crew.hears(signal.SIGTERM)
    await eventually(lambda: len(crew.events("drains")) == 2)
    crew.hears(signal.SIGINT)
    assert await crew.ends() == 0
    assert len(crew.events("drains no longer")) == 2


async def test_a_second_signal_also_ends_a_worker_that_is_frozen(crew: Crew) -> None:
    """[P7] It is killed after a bound, and the status says so."""
    await crew.start(drain=FOREVER)
    frozen = await crew.answers()
    os.kill(frozen, signal.SIGSTOP)
    crew.hears(signal.SIGTERM)
    await eventually(lambda: len(crew.events("drains")) == 1)
    crew.hears(signal.SIGTERM)
    assert await crew.ends() == 1
    [killed] = crew.events("worker did not stop in time and is killed")
    assert killed["process"] == frozen


async def test_one_told_to_stop_while_it_starts_ends_too(crew: Crew) -> None:
    crew.spawn("tests.kit.responder", str(crew.port), "2", "0")
    await eventually(lambda: bool(crew.workers))
    crew.hears(signal.SIGTERM)
    assert await crew.ends() == 0


async def test_workers_that_are_deaf_are_killed_when_their_time_is_over(crews: MakeCrew) -> None:
    """[P7] By the parent; and without one, each ends by itself."""
    kept, orphaned = crews(), crews()
    await kept.start(RESPONDER_IS_DEAF="1")
    orphaned.port = free_port()
    await orphaned.start(RESPONDER_IS_DEAF="1")
    kept.hears(signal.SIGTERM)
    orphaned.hears(signal.SIGKILL)
    assert await kept.ends(within=STOP_SECONDS + WAIT) == 1
    assert await orphaned.ends(within=STOP_SECONDS + WAIT) == -signal.SIGKILL


async def test_nobody_is_left_when_the_parent_is_killed(crew: Crew) -> None:
    """They drain first."""
    await crew.start(3, drain=0.5)
    crew.hears(signal.SIGKILL)
    assert await crew.ends() == -signal.SIGKILL
    assert len(crew.events("drains")) == 3
    assert not crew.events("drains no longer")
    with socket.create_server(("127.0.0.1", crew.port)):
        pass  # the port is free


# -- one that ends by itself -------------------------------------------------------------------------------------------


async def test_a_worker_that_is_killed_comes_back_and_the_others_go_on(crew: Crew) -> None:
    await crew.start()
    victim, other = await crew.all_answer(2)
    os.kill(victim, signal.SIGKILL)
    await eventually(lambda: len(crew.events("worker serves")) == 3)
    after = await crew.all_answer(2)
    assert victim not in after
    assert other in after
    [first, *_] = crew.events("worker serves")
    [ended] = crew.events("worker ended, and is started again")
    assert (ended["process"], ended["signal"]) == (victim, "Killed")
    assert crew.events("worker serves")[-1]["worker"] == ended["worker"]
    assert len(crew.events("serving")) == 1
    assert first["process"] in (victim, other)


async def test_a_worker_that_does_not_stay_is_started_ever_less_often(crew: Crew) -> None:
    await crew.start(2)
    victim = 2
    for deaths in range(1, 4):
        pid = [line["process"] for line in crew.events("worker serves") if line["worker"] == victim][-1]
        os.kill(pid, signal.SIGTERM)
        await eventually(lambda: len(crew.events("worker serves")) == 2 + deaths, within=LONG_WAIT)  # noqa: B023
    ended = crew.events("worker ended, and is started again")
    assert [(line["status"], line["after_seconds"]) for line in ended] == [(0, 0.5), (0, 1.0), (0, 2.0)]


def test_the_pause_has_an_end_and_is_forgotten() -> None:
    pauses = [0.0]
    while pauses[-1] < LONGEST_PAUSE:
        pauses.append(pause_after(1.0, pauses[-1]))
    assert pauses == [0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 10.0]
    assert pause_after(1.0, LONGEST_PAUSE) == LONGEST_PAUSE
    assert pause_after(SETTLED_SECONDS, LONGEST_PAUSE) == FIRST_PAUSE


@pytest.mark.parametrize("status", [2, 3])
async def test_what_keeps_workers_from_starting_is_said_once_and_ends_all(crew: Crew, status: int) -> None:
    crew.trouble.write_text(str(status))
    crew.spawn("tests.kit.responder", str(crew.port), "4", "0")
    assert await crew.ends() == status
    assert crew.sentences == [f"There is trouble: {status}."]


async def test_once_they_have_served_trouble_at_a_start_is_waited_out(crew: Crew) -> None:
    await crew.start()
    victim, other = await crew.all_answer(2)
    crew.trouble.write_text("3")
    os.kill(victim, signal.SIGKILL)
    await eventually(lambda: len(crew.events("worker ended, and is started again")) >= 2, within=LONG_WAIT)
    assert await crew.answers() == other
    crew.trouble.unlink()
    await eventually(lambda: len(crew.events("worker serves")) == 3, within=LONG_WAIT)
    assert victim not in await crew.all_answer(2)


async def test_a_first_worker_that_is_killed_before_it_serves_gets_another_try(crew: Crew) -> None:
    crew.spawn("tests.kit.responder", str(crew.port), "2", "0")
    await eventually(lambda: bool(crew.workers))
    [first] = crew.workers
    os.kill(first, signal.SIGKILL)
    await eventually(lambda: len(crew.events("worker serves")) == 2, within=LONG_WAIT)
    assert first not in await crew.all_answer(2)


# -- the command -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "variables", "sentence"),
    [
        (["--workers", "2"], {}, "workers is 2, and 2 processes need a database and a Redis that they share"),
        (["--workers", "2"], {"INTERVENE_WORKERS": "1"}, "workers is 2, "),
        ([], {"INTERVENE_WORKERS": "3"}, "workers is 3, "),
    ],
)
async def test_several_workers_without_a_database_and_redis_are_refused(
    crew: Crew, arguments: list[str], variables: dict[str, str], sentence: str
) -> None:
    crew.spawn("intervene", "serve", *arguments, **variables)
    assert await crew.ends() == 2
    [said] = crew.sentences
    assert said.startswith(sentence)


async def test_the_option_counts_more_than_the_setting(crew: Crew) -> None:
    """One process needs neither."""
    crew.spawn("intervene", "serve", "--workers", "1", INTERVENE_WORKERS="2", INTERVENE_PORT=str(crew.port))
    await until(lambda: is_ready(crew))
    crew.hears(signal.SIGTERM)
    assert await crew.ends() == 0


async def is_ready(crew: Crew) -> bool:
    with suppress(OSError):
        return (await ask(crew.url, "GET", "/readyz")).status == 200
    return False


# -- the server --------------------------------------------------------------------------------------------------------


@pytest.fixture
async def redis(tmp_path: Path) -> AsyncIterator[RedisServer]:
    server = RedisServer(tmp_path)
    await server.start()
    yield server
    await server.kill()


@pytest.fixture
def shared(postgres_url: str, redis: RedisServer, tmp_path: Path) -> dict[str, str]:
    """What nodes share, as variables."""
    return {
        "INTERVENE_DATABASE_URL": postgres_url,
        "INTERVENE_REDIS_URL": redis.url,
        "INTERVENE_DATA": str(tmp_path / "data"),
        "INTERVENE_LOG_FORMAT": "json",
        "INTERVENE_DRAIN_SECONDS": "1",
    }


async def two_are_ready(crew: Crew) -> None:
    """Each says which node it is, on a port of its own, and a session that one of them has is none of the other's."""
    sockets: dict[str, str] = {}  # of each node

    async def both() -> bool:
        assert await is_ready(crew)
        sockets.clear()
        for event in crew.events("metrics"):
            try:
                metrics = (await ask(event["url"].removesuffix("/metrics"), "GET", "/metrics")).body.decode()
            except OSError:
                continue  # of one that is gone
            [(node, release)] = re.findall(r'^intervene_node_info{node="(.+)",release="(.+)"} 1\.0$', metrics, re.M)
            assert release == __version__
            [sockets[node]] = re.findall(r"^intervene_sockets (\S+)$", metrics, re.M)
        return sorted(sockets.values()) == ["0.0", "1.0"]

    async with websockets.connect(f"ws://127.0.0.1:{crew.port}/socket", subprotocols=[PROTOCOL]) as session:
        await until(both)
        assert session.state is websockets.State.OPEN, "so it was counted all the time"
    assert {int(node.partition("-")[0]) for node in sockets} == crew.workers


async def test_two_nodes_serve_on_one_port_and_end_as_one(crew: Crew, shared: dict[str, str]) -> None:
    """[P5] One that is killed is replaced; SIGTERM ends all in good order, and so does the death of the parent."""
    serve = "intervene", "serve", "--workers", "2"
    crew.spawn(*serve, **shared, INTERVENE_PORT=str(crew.port))
    await eventually(lambda: len(crew.events("worker serves")) == 2, within=LONG_WAIT)
    await two_are_ready(crew)

    os.kill(min(crew.workers), signal.SIGKILL)
    await eventually(lambda: len(crew.events("worker serves")) == 3, within=LONG_WAIT)
    await two_are_ready(crew)

    crew.hears(signal.SIGTERM)
    assert await crew.ends() == 0
    assert [line["status"] for line in crew.events("worker ended")] == [0, 0]

    crew.spawn(*serve, **shared, INTERVENE_PORT=str(crew.port))
    await eventually(lambda: len(crew.events("worker serves")) == 5, within=LONG_WAIT)
    await two_are_ready(crew)
    crew.hears(signal.SIGKILL)
    assert await crew.ends() == -signal.SIGKILL
    assert len(crew.events("the parent is gone, so this worker stops")) == 2
    assert len(crew.events("serving")) == 2
    assert not crew.sentences
    assert not [line for line in crew.lines if line["level"] in ("error", "critical")]


async def test_a_database_that_is_away_is_said_once(crew: Crew, shared: dict[str, str]) -> None:
    shared["INTERVENE_DATABASE_URL"] = f"postgresql://postgres@127.0.0.1:{free_port()}/none"
    crew.spawn("intervene", "serve", "--workers", "2", **shared, INTERVENE_PORT=str(crew.port))
    assert await crew.ends() == 3
    [sentence] = crew.sentences
    assert sentence.startswith("Intervene could not start: ")


def test_each_worker_has_a_port_of_its_own_for_metrics() -> None:
    given = Config(metrics_port=9464)
    assert [workers._own(given, number).metrics_port for number in (1, 2, 3)] == [9464, 9465, 9466]
    assert workers._own(Config(), 3).metrics_port == 0, "a free one"

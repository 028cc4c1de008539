"""The command with several workers: servers on one port, on a real PostgreSQL and a real Redis."""

import os
import re
import signal
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest
import websockets

from intervene import __version__, workers
from intervene.config import Config
from tests.integration.crew import PROTOCOL, Crew, crew, crews
from tests.kit.limits import LONG_WAIT, eventually
from tests.kit.ports import free_port
from tests.kit.redis import RedisServer
from tests.kit.server import ask, until

__all__ = ["crew", "crews"]  # fixtures

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
    """Each says which node it is, on a port of its own, and a session that one of them has is none of the other's. The
    port of all of them has the sum."""
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
        url = crew.events("metrics of all workers")[-1]["url"].removesuffix("/metrics")
        metrics = (await ask(url, "GET", "/metrics")).body.decode()
        assert "intervene_workers 2.0\n" in metrics
        assert "intervene_sockets 1.0\n" in metrics
        assert "intervene_nodes_alive 2.0\n" in metrics
        assert set(re.findall(r'^intervene_node_info{node="(.+?)"', metrics, re.M)) == sockets.keys()
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
    assert [workers._own(given, number).metrics_port for number in (1, 2, 3)] == [9465, 9466, 9467], "behind the sum's"
    assert workers._own(Config(), 3).metrics_port == 0, "a free one"

"""Benches for the tests of the cluster. What a test leaves behind is judged: the logs of its nodes, and the database.

`bench` shares a PostgreSQL server with other tests and has a database of its own. Whoever kills, hangs or restarts
PostgreSQL takes `own_bench`; whoever jumps its clock, `clocked_bench`.
"""

import os
import tempfile
from collections.abc import AsyncIterator, Generator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from shutil import rmtree
from urllib.parse import urlsplit

import pytest

from tests.cluster.bench import Bench
from tests.cluster.clock import Clock
from tests.kit.postgres import Postgres, programs

failed = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.when == "call":
        item.stash[failed] = report.failed
    return report


@asynccontextmanager
async def laid_out(
    folder: Path, postgres: Postgres, request: pytest.FixtureRequest, clock: Clock | None = None
) -> AsyncIterator[Bench]:
    """A bench, taken down and judged at the end."""
    async with postgres.fresh() as url:
        bench = Bench(folder, postgres, urlsplit(url).path[1:], clock)
        await bench.begins()
        try:
            yield bench
        finally:
            await bench.ends()
        if request.node.stash.get(failed, True):
            bench.writes_down_the_history()
            return
        if bench.is_sound_at_the_end:
            await bench.is_sound()
        assert not bench.complaints, f"{len(bench.complaints)}, of which the first is {bench.complaints[0]}"


@pytest.fixture
async def bench(tmp_path: Path, postgres: Postgres, request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    async with laid_out(tmp_path, postgres, request) as bench:
        yield bench


@pytest.fixture
def own_postgres() -> Iterator[Postgres]:
    """A server that nobody else uses."""
    server = Postgres.create(_programs())
    yield server
    server.close()


@pytest.fixture
async def own_bench(tmp_path: Path, own_postgres: Postgres, request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    async with laid_out(tmp_path, own_postgres, request) as bench:
        yield bench
        _revive(own_postgres)


@pytest.fixture
async def clocked_bench(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    """`bench.postgres_clock` is what its PostgreSQL goes by."""
    folder = Path(tempfile.mkdtemp(prefix="intervene-clock-"))  # `tmp_path` is not for PostgreSQL's user to see
    clock = Clock(folder)
    server = Postgres.create(clock.wraps(_programs()))
    try:
        async with laid_out(tmp_path, server, request, clock) as bench:
            yield bench
    finally:
        server.close()
        rmtree(folder)


def _revive(server: Postgres) -> None:
    """A test that failed may have left it frozen, or dead."""
    try:
        server.resume()
    except AssertionError:
        server.start()


def _programs() -> Path:
    found = programs()
    if found is None:
        pytest.skip("PostgreSQL is not installed; on Debian: apt-get install postgresql")
    return found


@pytest.fixture
def seed() -> str:
    """SEED=... plays the same people and faults again, as far as real servers let them."""
    seed = os.environ.get("SEED", os.urandom(4).hex())
    print(f"SEED={seed}")
    return seed

"""On a machine whose loopback is `::1` alone, or 127.0.0.1 alone, everything works as on any other."""

import asyncio
import errno
import json
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import anyio
import pytest

from intervene import loopback
from intervene.config import Config
from intervene.edge.server import bind
from intervene.ops.doctor import web
from tests.integration.ops.conftest import redis_server
from tests.kit import lonely
from tests.kit.limits import LONG_WAIT
from tests.kit.ports import free_port
from tests.kit.postgres import Postgres
from tests.kit.redis import RedisServer

__all__ = ["redis_server"]  # a fixture

INTERVENE = [sys.executable, "-m", "intervene"]
ROOT = Path(__file__).parents[2]


@pytest.fixture(params=["4", "6"], ids=["127.0.0.1", "::1"])
def family(request: pytest.FixtureRequest) -> str:
    family: str = request.param
    if not lonely.has(family):
        pytest.skip("no network namespace with only this address can be made here")
    return family


def run(family: str, *command: str, cwd: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("INTERVENE_")}
    where = os.pathsep.join(filter(None, [inherited.get("PYTHONPATH"), str(ROOT)]))
    environment = {**inherited, "PYTHONPATH": where, **settings}
    return subprocess.run(
        lonely.inside(family, *command), cwd=cwd, env=environment, capture_output=True, text=True, timeout=LONG_WAIT,
        check=False,
    )  # fmt: skip


def test_the_demo_starts_a_server_on_the_address_that_there_is(family: str, tmp_path: Path) -> None:
    ended = run(family, *INTERVENE, "demo", cwd=tmp_path)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "Every promise was kept." in ended.stdout


DAY = """
import subprocess, sys, time
intervene, port, urls = [sys.executable, "-m", "intervene"], sys.argv[1], sys.argv[2:]
server = subprocess.Popen([*intervene, "serve"])
while subprocess.run([*intervene, "doctor", "--url", f"http://localhost:{port}"], capture_output=True).returncode:
    assert server.poll() is None, "it has ended"
doctor = subprocess.run([*intervene, "doctor"], capture_output=True, text=True)
assert doctor.returncode == 0 and "websocket: taken" in doctor.stdout, doctor.stdout
for url in urls:
    subprocess.run([*intervene, "demo", "--url", url], check=True)
server.terminate()
sys.exit(server.wait())
"""


def test_a_server_with_its_defaults_is_found_by_doctor_and_demo(family: str, tmp_path: Path) -> None:
    port, literal = str(free_port()), {"4": "127.0.0.1", "6": "[::1]"}[family]
    urls = f"http://{literal}:{port}", f"http://localhost:{port}/"
    ended = run(family, sys.executable, "-c", DAY, port, *urls, cwd=tmp_path, INTERVENE_PORT=port)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert ended.stdout.count("Every promise was kept.") == 2
    assert urls[0] in ended.stderr, "what is said can be used"


@pytest.mark.parametrize("family", ["6"], indirect=True)
def test_a_server_that_listens_everywhere_is_found_by_doctor(family: str, tmp_path: Path) -> None:
    port = str(free_port())
    settings = {"INTERVENE_PORT": port, "INTERVENE_HOST": "::", "INTERVENE_DEVELOPMENT": "false"}
    ended = run(family, sys.executable, "-c", DAY, port, cwd=tmp_path, **settings)
    assert ended.returncode == 0, ended.stdout + ended.stderr


@asynccontextmanager
async def at_a_file(port: int, file: Path) -> AsyncIterator[None]:
    """What listens on a port here, as a socket in the file system, which all network namespaces share."""

    async def pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        back, forth = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(copy(reader, forth), copy(back, writer), return_exceptions=True)

    async def copy(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        while data := await source.read(65536):
            sink.write(data)
            await sink.drain()
        sink.close()

    async with await asyncio.start_unix_server(pipe, file):
        yield


async def test_the_demo_starts_nodes_on_the_address_that_there_is(
    family: str, postgres: Postgres, postgres_url: str, redis_server: RedisServer, tmp_path: Path
) -> None:
    async with at_a_file(postgres.port, tmp_path / ".s.PGSQL.5432"):
        database = urlsplit(postgres_url).path
        urls = [
            "--database-url", f"postgresql://postgres@{database}?host={tmp_path}&port=5432",
            "--redis-url", f"unix://{redis_server.socket}",
        ]  # fmt: skip
        ended = await anyio.to_thread.run_sync(
            lambda: run(family, *INTERVENE, "demo", "--nodes", "2", *urls, "--json", cwd=tmp_path)
        )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    told = json.loads(ended.stdout.splitlines()[-1])
    assert (told["nodes"], told["is_kept"]) == (2, True)


def test_a_machine_without_any_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loopback, "ADDRESSES", ("192.0.2.1", "2001:db8::1"))
    with pytest.raises(OSError, match="no loopback address") as problem:
        bind("localhost", 0)
    assert problem.value.errno == errno.EADDRNOTAVAIL


def test_a_port_that_is_taken_is_not_looked_for_on_the_other_address() -> None:
    with bind("localhost", 0) as taken:
        taken.listen()
        with pytest.raises(OSError, match="in use"):
            bind("localhost", taken.getsockname()[1])


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("localhost", "http://localhost:8000"),
        ("::1", "http://[::1]:8000"),
        ("127.0.0.1", "http://127.0.0.1:8000"),
        ("::", "http://localhost:8000"),
        ("0.0.0.0", "http://localhost:8000"),
    ],
)
def test_the_doctor_asks_a_server_that_listens_everywhere_by_the_name_of_this_machine(host: str, url: str) -> None:
    assert web.own_url(Config(host=host, development=False)) == url


async def test_the_doctor_finds_a_server_on_the_other_address_too() -> None:
    if "::1" not in loopback.all_here():
        pytest.skip("there is no other address here")
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as listening:
        where = urlsplit(f"http://localhost:{listening.getsockname()[1]}")
        _, writer = await web._connect(where)
        writer.close()

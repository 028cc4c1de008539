"""`intervene doctor`, as an operator runs it: beside real nodes, and beside servers that are away, hung or odd."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

import anyio
import pytest
from anyio.abc import TaskGroup

from intervene.cluster.node_info import About, encode_about
from intervene.core.timing import PRODUCTION
from intervene.ops import doctor
from tests.kit.command import command
from tests.kit.limits import LONG_WAIT, WAIT, eventually
from tests.kit.postgres import Postgres
from tests.kit.proxy import Mode, Proxy
from tests.kit.redis import RedisServer
from tests.kit.server import ServerProcess, until

KEY = "a-key-that-all-nodes-of-these-tests-have"
PASSWORDS = ("hunter2", "swordfish")
EXAMINED = doctor.PART_SECONDS + 5.0 + WAIT  # whatever hangs: 20 s, and the start of a process


class Told:
    """How it ended and what it said."""

    def __init__(self, status: int, text: str) -> None:
        self.status = status
        self.text = text

    @property
    def findings(self) -> Mapping[str, Mapping[str, Any]]:
        return {finding["check"]: finding for finding in json.loads(self.text)["findings"]}

    def states(self, *states: str) -> set[str]:
        return {check for check, finding in self.findings.items() if finding["state"] in states}

    def __getitem__(self, check: str) -> str:
        """State and words of one check."""
        finding = self.findings[check]
        return f"{finding['state']}: {finding['found']} {finding['advice']}"


async def examine(*options: str, cwd: Path, **settings: str) -> Told:
    status, said = await command("doctor", *options, cwd=cwd, within=EXAMINED, **{"port": "0", **settings})
    assert not [password for password in PASSWORDS if password in said]
    assert KEY not in said
    assert "Traceback" not in said
    assert "the doctor itself failed" not in said
    return Told(status, said)


async def settled(check: str, state: str, *options: str, cwd: Path, **settings: str) -> Told:
    """As `examine`, when that check has come to this: nodes say what they notice with their next beats, and those of a
    busy machine are late."""
    told = []

    async def is_settled() -> bool:
        told.append(await examine(*options, "--json", cwd=cwd, **settings))
        return told[-1][check].startswith(state)

    await until(is_settled)
    return told[-1]


@pytest.fixture
async def shared(postgres_url: str, redis_server: RedisServer) -> Mapping[str, str]:
    """Settings of a node, with passwords that nobody may be shown."""
    where = urlsplit(postgres_url)
    return {
        "database_url": where._replace(netloc=f"postgres:hunter2@127.0.0.1:{where.port}").geturl(),
        "redis_url": redis_server.url,
        "keys": KEY,
    }


@pytest.fixture
async def redis_server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RedisServer]:
    server = RedisServer(tmp_path_factory.mktemp("redis"), requirepass="swordfish")
    await server.start()
    yield server
    await server.kill()


@pytest.fixture
async def durable(postgres: Postgres) -> AsyncIterator[None]:
    """The tests' PostgreSQL saves itself the disk; here it says that it does not."""

    async def says(how: str) -> bool:
        return await postgres.sql("SHOW fsync") == [(how,)]

    for name in ("fsync", "full_page_writes"):
        await postgres.sql(f"ALTER SYSTEM SET {name} TO on")
    await postgres.sql("SELECT pg_reload_conf()")
    await until(lambda: says("on"))
    yield
    for name in ("fsync", "full_page_writes"):
        await postgres.sql(f"ALTER SYSTEM RESET {name}")
    await postgres.sql("SELECT pg_reload_conf()")
    await until(lambda: says("off"))


@asynccontextmanager
async def nodes(shared: Mapping[str, str], count: int = 2, *, keys: str = KEY) -> AsyncIterator[Sequence[str]]:
    """The URLs of nodes that are ready, and that take their rows away at the end."""
    with TemporaryDirectory() as folder:
        servers = []
        try:
            for number in range(count):
                home = Path(folder) / str(number)
                home.mkdir()
                servers.append(ServerProcess(home, drain_seconds="0", **{**shared, "keys": keys}))
                servers[-1].spawn()
            for server in servers:
                await server.ready()
            yield [server.url for server in servers]
        finally:
            for server in servers:
                await server.stop()


def name_of(url: str) -> str:
    return urlsplit(url).path.strip("/")


# -- a pair of nodes ---------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("durable")
async def test_a_healthy_pair_of_nodes_is_found_healthy_and_nothing_is_left_behind(
    shared: Mapping[str, str], postgres: Postgres, redis_server: RedisServer, tmp_path: Path
) -> None:
    database = urlsplit(shared["database_url"]).path.strip("/")
    async with nodes(shared) as urls:
        before = await postgres.sql("SELECT id FROM node ORDER BY id", database=database)
        options = [part for url in urls for part in ("--url", url)]
        told = await settled("nodes reach each other", "ok", *options, cwd=tmp_path, **shared)
        assert await postgres.sql("SELECT id FROM node ORDER BY id", database=database) == before
    assert told.status == 0, told.text
    assert not told.states("fail")
    assert told.findings["nodes"]["figures"] == {"alive": 2, "dead": 0}
    for check in ("nodes' keys", "nodes' hubs", "nodes reach each other", "nodes seen here", "PostgreSQL sharing"):
        assert told[check].startswith("ok"), told[check]
    for url in urls:
        assert told[url].startswith("ok")
        assert told[f"{url} /readyz"].startswith("ok: ready")
        assert told[f"{url} websocket"].startswith("ok: taken")
    for check in ("PostgreSQL round trip", "PostgreSQL commit", "Redis publish to subscribe"):
        figures = told.findings[check]["figures"]
        assert 0 < figures["p50_ms"] <= figures["p99_ms"]
    await eventually(lambda: redis_server.ask("DBSIZE") == 0)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("durable")
async def test_lines_are_for_people_and_say_what_to_do(shared: Mapping[str, str], tmp_path: Path) -> None:
    healthy = await examine(cwd=tmp_path, **shared)
    assert healthy.status == 0, healthy.text
    assert "\nok    PostgreSQL schema: version " in healthy.text
    assert healthy.text.rstrip().endswith(" 0 failed.")
    away = await examine(cwd=tmp_path, **{**shared, "redis_url": "redis://:swordfish@127.0.0.1:1"})
    assert away.status == 1
    assert "\nFAIL  Redis: it cannot be reached: " in away.text
    assert "\n      Is it up, and is redis_url right? Without it nodes work on" in away.text


async def test_nodes_of_which_each_has_keys_of_its_own_are_found(shared: Mapping[str, str], tmp_path: Path) -> None:
    async with (
        nodes(shared, 1) as (ours,),
        nodes(shared, 1, keys="another-key-and-no-less-secret-than-that-one") as (other,),
    ):
        told = await examine("--json", cwd=tmp_path, **shared)
    assert told.status == 1
    assert told["nodes' keys"].startswith("fail: they do not match: ")
    assert "the settings here" in told["nodes' keys"]
    assert str(urlsplit(other).port) in told["nodes seen here"]
    assert str(urlsplit(ours).port) not in told["nodes seen here"]
    assert "MAC of other keys" in told["nodes seen here"]


async def test_a_node_on_another_redis_is_not_heard(
    shared: Mapping[str, str], redis_server: RedisServer, tmp_path: Path
) -> None:
    elsewhere = RedisServer(tmp_path)
    await elsewhere.start()
    try:
        async with nodes(shared, 1) as (ours,), nodes({**shared, "redis_url": elsewhere.url}, 1) as (lost,):
            told = await settled("nodes reach each other", "fail", cwd=tmp_path, **shared)
    finally:
        await elsewhere.kill()
    assert told.status == 1
    assert told["nodes seen here"].startswith("fail")
    assert str(urlsplit(lost).port) in told["nodes seen here"]
    assert str(urlsplit(ours).port) not in told["nodes seen here"]


async def test_a_node_that_is_dead_and_clocks_that_are_apart_are_found(
    shared: Mapping[str, str], postgres: Postgres, tmp_path: Path
) -> None:
    async with nodes(shared, 1), somebody_beats(postgres, shared["database_url"], clock_ms=3_600_000):
        await postgres.sql(
            "INSERT INTO node (id, beats) VALUES ('7-dead', 1)", database=name_of(shared["database_url"])
        )
        told = await examine("--json", cwd=tmp_path, **shared)
    assert told.findings["nodes"]["figures"] == {"alive": 2, "dead": 1}
    assert told["nodes"].startswith("warn")
    assert told["nodes' clocks"].startswith("warn")
    assert "+3600000 ms" in told["nodes' clocks"]
    assert told.findings["nodes' clocks"]["figures"]["apart_ms"] > 3_500_000


@asynccontextmanager
async def somebody_beats(postgres: Postgres, url: str, **about: Any) -> AsyncIterator[None]:
    """A node as its row has it, and no more of it."""
    said = encode_about(About(**{"release": "0", "format": 1, "host": "h", "address": "a", "keys": [], **about}))

    async def beat() -> None:
        while True:
            await postgres.sql(
                "INSERT INTO node (id, beats, about) VALUES ('6-odd', 1, $1) "
                "ON CONFLICT (id) DO UPDATE SET beats = node.beats + 1",
                said, database=name_of(url),
            )  # fmt: skip
            await anyio.sleep(PRODUCTION.heartbeat / 4)

    async with anyio.create_task_group() as tasks:
        group: TaskGroup = tasks
        group.start_soon(beat)
        yield
        group.cancel_scope.cancel()


# -- away, hung --------------------------------------------------------------------------------------------------------


async def test_redis_away_is_said_beside_nodes_that_work_on(
    shared: Mapping[str, str], redis_server: RedisServer, tmp_path: Path
) -> None:
    async with nodes(shared) as urls:
        await redis_server.kill()
        told = await settled("nodes' hubs", "fail", "--url", urls[0], cwd=tmp_path, **shared)
    assert told.status == 1
    assert told["nodes' hubs"].startswith("fail: down on ")
    assert told["Redis"].startswith("fail: it cannot be reached: ")
    assert told["PostgreSQL role of the server"].startswith("ok")
    assert told[f"{urls[0]} /readyz"].startswith("ok"), "they are ready without it"


async def test_redis_that_hangs_is_said_in_time(
    shared: Mapping[str, str], redis_server: RedisServer, tmp_path: Path
) -> None:
    redis_server.hang()
    told = await examine("--json", cwd=tmp_path, **shared)
    redis_server.wake()
    assert told.status == 1
    assert told["Redis"].startswith("fail: no answer within ")
    assert told["PostgreSQL schema"].startswith("ok")


async def test_a_database_that_is_away_is_said_with_all_that_can_be_said_without_it(
    shared: Mapping[str, str], tmp_path: Path
) -> None:
    told = await examine("--json", cwd=tmp_path, **{**shared, "database_url": "postgresql://u:hunter2@127.0.0.1:1/x"})
    assert told.status == 1
    assert told["PostgreSQL"].startswith("fail: it cannot be reached: ")
    assert told["Redis role"].startswith("ok")
    assert "nodes" not in told.findings


async def test_when_everything_hangs_it_ends_all_the_same(
    shared: Mapping[str, str], postgres: Postgres, redis_server: RedisServer, tmp_path: Path
) -> None:
    async with Proxy(postgres.port) as sql, Proxy(redis_server.port) as hub, Proxy(redis_server.port) as web:
        for proxy in (sql, hub, web):
            proxy.mode = Mode.HALF_OPEN
        url = f"http://127.0.0.1:{web.port}"
        told = await examine("--url", url, "--json", cwd=tmp_path, **through(shared, sql, hub))
    assert told.status == 1
    for check in ("PostgreSQL", "Redis", url):
        assert told[check].startswith("fail: no answer within "), told[check]


@pytest.mark.parametrize(
    ("of_sql", "of_hub", "missing"),
    [
        (b"pg_is_in_recovery", b"replication", ("PostgreSQL role of the server", "Redis role")),
        (b"FROM node", b"PUBLISH", ("nodes", "Redis publish to subscribe")),
        (b"pg_logical_emit_message", b"memory", ("PostgreSQL commit", "Redis memory")),
    ],
)
async def test_what_falls_silent_on_the_way_is_left_at_that(
    of_sql: bytes,
    of_hub: bytes,
    missing: tuple[str, str],
    shared: Mapping[str, str],
    postgres: Postgres,
    redis_server: RedisServer,
    tmp_path: Path,
) -> None:
    async with Proxy(postgres.port) as sql, Proxy(redis_server.port) as hub:
        sql.hold_before(of_sql)
        hub.hold_before(of_hub)
        told = await examine("--json", cwd=tmp_path, **through(shared, sql, hub))
    assert told.status == 1
    for check in missing:
        assert told[check].startswith("fail: "), told[check]
    assert told["PostgreSQL version"].startswith("ok")
    assert told["Redis version"].startswith("ok")


def through(shared: Mapping[str, str], sql: Proxy, hub: Proxy) -> Mapping[str, str]:
    """The same settings, with a line in between."""
    database, redis = urlsplit(shared["database_url"]), urlsplit(shared["redis_url"])
    return {
        **shared,
        "database_url": database._replace(netloc=f"postgres:hunter2@127.0.0.1:{sql.port}").geturl(),
        "redis_url": redis._replace(netloc=f"default:swordfish@127.0.0.1:{hub.port}").geturl(),
    }


# -- settings and SQLite -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "settings",
    [
        {"port": "x"},
        {"redis_url": "redis://:swordfish@127.0.0.1"},
        {"database_url": "postgresql://127.0.0.1/x", "redis_url": "redis://u:swordfish/2@127.0.0.1"},
        {"database_url": "postgresql://127.0.0.1/x", "redis_url": "redis+sentinel://:swordfish@127.0.0.1"},
    ],
)
async def test_a_wrong_setting_is_status_2_and_one_sentence(settings: dict[str, str], tmp_path: Path) -> None:
    told = await examine("--json", cwd=tmp_path, **settings)
    assert told.status == 2
    assert len(told.text.splitlines()) == 1


@pytest.mark.parametrize(
    "database",
    ["postgresql://u:hunter2@127.0.0.1:port/x", "postgresql://u:hun/ter2@127.0.0.1/x"],
)
async def test_a_database_url_that_makes_no_sense_is_refused_without_being_shown(
    database: str, tmp_path: Path
) -> None:  # fmt: skip
    told = await examine("--json", cwd=tmp_path, database_url=database)
    assert (told.status, len(told.text.splitlines())) == (2, 1)
    assert "ter2" not in told.text


async def test_a_database_url_that_fails_is_not_shown(tmp_path: Path) -> None:
    told = await examine("--json", cwd=tmp_path, database_url="postgresql://u:hun[ter2@127.0.0.1/x")
    assert told.status == 1
    assert told["PostgreSQL"].startswith("fail")
    assert "ter2" not in told.text


async def test_on_sqlite_the_file_its_server_and_the_disk_are_looked_at(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path)
    await server.start()
    port = str(server.port)
    try:
        told = await examine("--json", cwd=tmp_path, data="data", port=port, durability="normal")
    finally:
        await server.stop()
    assert told.status == 0, told.text
    assert "journal wal" in told["SQLite"]
    assert told["SQLite server"].startswith("ok: process ")
    assert told["SQLite durability"].startswith("warn: normal")
    assert told["keys file"].startswith("ok")
    assert told["disk fsync"].startswith(("ok: p50 ", "warn: p50 "))
    assert "does not apply" in told["cluster"]
    assert told[f"http://localhost:{port}"].startswith("ok: up")
    assert not [check for check in told.findings if check.startswith(("PostgreSQL", "Redis", "nodes"))]
    (tmp_path / "data" / "keys.json").chmod(0o644)
    after = await examine("--json", cwd=tmp_path, data="data", port=port)
    assert after.status == 1
    assert after["SQLite server"].startswith("ok: none has it now")
    assert after["keys file"].startswith("fail: others may read it (mode 644)")
    assert after[f"http://localhost:{port}"].startswith("ok: nothing listens there now")


async def test_before_the_first_start_nothing_is_made(tmp_path: Path) -> None:
    told = await examine("--json", cwd=tmp_path)
    assert told.status == 0, told.text
    assert list(tmp_path.iterdir()) == []
    with anyio.fail_after(LONG_WAIT):
        assert (await examine("--url", "http://127.0.0.1:1", cwd=tmp_path)).status == 1

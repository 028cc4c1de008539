"""What the doctor makes of one thing at a time: a Redis or a PostgreSQL that is set up oddly, a directory, something
that answers and is no server of ours."""

import json
import resource
import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import pytest

from intervene.adapters.postgres.connections import session_settings
from intervene.adapters.postgres.database import COMPANY
from intervene.config import Config
from intervene.core.timing import PRODUCTION
from intervene.ops.doctor import local, nodes, postgres, redis
from intervene.ops.doctor.findings import Finding, Report, State
from intervene.ops.doctor.nodes import Own
from intervene.ops.doctor.redis import Hearing
from tests.integration.ops.findings import KEY, OLD, Told, told, words
from tests.kit.limits import eventually
from tests.kit.postgres import Postgres, programs
from tests.kit.redis import RedisServer
from tests.kit.server import until

# -- Redis -------------------------------------------------------------------------------------------------------------


@asynccontextmanager
async def redis_with(directory: Path, **options: str) -> AsyncIterator[RedisServer]:
    server = RedisServer(directory, **options)
    await server.start()
    try:
        yield server
    finally:
        await server.kill()


async def of_redis(url: str) -> Told:
    report = Report()
    await redis.examine(url, report)
    return told(report)


async def test_every_way_to_a_good_redis_is_fine(redis_server: RedisServer) -> None:
    where = f"127.0.0.1:{redis_server.port}"
    for url in (redis_server.url, f"redis://{where}/3", f"redis://{where}?protocol=3", f"unix://{redis_server.socket}"):
        found = await of_redis(url)
        assert list(found) == ["Redis", *(f"Redis {check}" for check in redis.CHECKS)]
        assert {finding.state for finding in found.values() if "publish" not in finding.check} == {State.OK}
    await eventually(lambda: redis_server.ask("DBSIZE") == 0)


async def test_a_password_that_is_wrong_is_refused(tmp_path: Path) -> None:
    async with redis_with(tmp_path, requirepass="swordfish") as server:
        for password in ("", ":hunter2@"):
            found = await of_redis(f"redis://{password}127.0.0.1:{server.port}")
            assert words(found["Redis"]).startswith("fail: it refuses us: ")
            assert "redis_url" in found["Redis"].advice
            assert len(found) == 1


async def test_a_replica_is_no_place_to_speak(redis_server: RedisServer, tmp_path: Path) -> None:
    async with redis_with(tmp_path, replicaof=f"127.0.0.1 {redis_server.port}") as replica:
        found = await of_redis(replica.url)
    assert words(found["Redis role"]).startswith("fail: a replica")
    assert words(found["Redis leases"]).startswith("warn: a script was refused: ")
    assert "Takeovers still work" in found["Redis leases"].advice


async def test_a_part_of_a_cluster_costs_leases(tmp_path: Path) -> None:
    async with redis_with(tmp_path, **{"cluster-enabled": "yes"}) as server:
        found = await of_redis(server.url)
    assert words(found["Redis version"]).startswith("warn: ")
    assert "Redis Cluster" in found["Redis version"].found


async def test_what_a_user_may_not_do_is_said_with_what_it_costs(redis_server: RedisServer) -> None:
    limited = ("ACL", "SETUSER", "limited", "on", ">swordfish", "~iv:*", "resetchannels", "+@all")
    redis_server.ask(*limited, "-eval", "-info", "-config")
    found = await of_redis(f"redis://limited:swordfish@127.0.0.1:{redis_server.port}")
    assert words(found["Redis version"]).startswith("warn: not known: ")
    assert words(found["Redis publish to subscribe"]).startswith("fail: refused: ")
    assert "channels iv:*" in found["Redis publish to subscribe"].advice
    assert words(found["Redis leases"]).startswith("warn: a script was refused: ")
    assert words(found["Redis client-output-buffer-limit"]) == "ok: not told: CONFIG is refused | "
    assert "swordfish" not in str(found)


@pytest.mark.parametrize(
    ("limit", "said"),
    [("0 0 0", "warn: pubsub has none"), ("1048576 0 0", "warn: pubsub 1 MiB"), ("67108864 0 0", "ok: pubsub 64 MiB")],
)
async def test_buffers_for_listeners_have_bounds_that_a_node_can_live_with(
    limit: str, said: str, redis_server: RedisServer
) -> None:
    redis_server.ask("CONFIG", "SET", "client-output-buffer-limit", f"pubsub {limit}")
    assert words((await of_redis(redis_server.url))["Redis client-output-buffer-limit"]).startswith(said)


async def test_a_full_redis_is_a_matter_only_where_leases_are_not_evicted(redis_server: RedisServer) -> None:
    redis_server.ask("CONFIG", "SET", "maxmemory", "1000")
    found = await of_redis(redis_server.url)
    assert words(found["Redis memory"]).startswith("warn: ")
    assert "takes no leases" in found["Redis memory"].advice
    assert found["Redis leases"].state is State.WARN
    redis_server.ask("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
    assert (await of_redis(redis_server.url))["Redis memory"].state is State.OK


# -- PostgreSQL --------------------------------------------------------------------------------------------------------


async def of_postgres(url: str, *, nodes: int = 1, **settings: Any) -> Told:
    report, config = Report(), Config(database_url=url, **{"redis_url": "redis://127.0.0.1", **settings})
    connection = await postgres.reach(config, report)
    if connection is not None:
        await postgres.examine(connection, config, report)
        if not connection.is_closed():
            report += await postgres.room(connection, nodes)
        connection.terminate()
    return told(report)


def name_of(url: str) -> str:
    return urlsplit(url).path.strip("/")


def with_user(url: str, user: str) -> str:
    where = urlsplit(url)
    return where._replace(netloc=f"{user}@127.0.0.1:{where.port}").geturl()


async def test_a_good_database_is_fine_but_for_the_disk_that_tests_do_without(postgres_url: str) -> None:
    found = await of_postgres(postgres_url)
    checks = [*(f"PostgreSQL {check}" for check in postgres.CHECKS), "PostgreSQL connections"]
    assert list(found) == ["PostgreSQL", *checks]
    assert {check for check, finding in found.items() if finding.state is State.FAIL} == {"PostgreSQL durability"}
    assert words(found["PostgreSQL durability"]).startswith("fail: fsync is off")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("UPDATE alembic_version SET version_num = '0001'", "warn: version 0001, and this release has "),
        ("UPDATE alembic_version SET version_num = '9999'", "fail: a newer release has been here: "),
        ("DROP TABLE alembic_version", "warn: there is none yet"),
    ],
)
async def test_a_schema_that_is_not_this_release_s_is_said(
    change: str, said: str, postgres: Postgres, postgres_url: str
) -> None:
    await postgres.sql(change, database=name_of(postgres_url))
    assert words((await of_postgres(postgres_url))["PostgreSQL schema"]).startswith(said)


async def test_nodes_are_not_read_from_a_schema_without_them(postgres: Postgres, postgres_url: str) -> None:
    for change in ("ALTER TABLE node DROP COLUMN about", "DROP TABLE node"):
        await postgres.sql(change, database=name_of(postgres_url))
        report = Report()
        assert await nodes.examine(Config(database_url=postgres_url), Hearing(), Own(), report) == []
        assert words(told(report)["nodes"]).startswith("ok: not known: ")


async def test_what_a_role_may_not_is_said(postgres: Postgres, postgres_url: str) -> None:
    await postgres.sql("CREATE ROLE stranger LOGIN CONNECTION LIMIT 20")
    try:
        found = await of_postgres(with_user(postgres_url, "stranger"))
        one, two = [await room(with_user(postgres_url, "stranger"), nodes) for nodes in (1, 2)]
    finally:
        await postgres.sql("DROP ROLE stranger")
    assert words(found["PostgreSQL rights"]).startswith("fail: the role may not read and write alembic_version, ")
    assert words(found["PostgreSQL schema"]).startswith("warn: not known: ")
    assert words(one).startswith("warn: 20 at most, 0 of others, up to 12 of each node (1 now)")
    assert words(two).startswith("fail: 20 at most")


async def room(url: str, nodes: int) -> Finding:
    return (await of_postgres(url, nodes=nodes))["PostgreSQL connections"]


async def test_a_database_that_only_reads_is_said(postgres: Postgres, postgres_url: str) -> None:
    await postgres.sql(f"ALTER DATABASE {name_of(postgres_url)} SET default_transaction_read_only TO on")
    assert words((await of_postgres(postgres_url))["PostgreSQL role of the server"]).startswith("fail: it only reads")


async def test_a_standby_is_said() -> None:
    bin = programs()
    assert bin is not None, "the fixture of PostgreSQL skips where there is none"
    server = Postgres.create(bin)
    try:
        [(data,)] = await server.sql("SHOW data_directory")
        server.stop()
        (Path(data) / "standby.signal").touch()
        server.start()
        found = await of_postgres(server.url())
    finally:
        server.close()
    assert words(found["PostgreSQL role of the server"]).startswith("fail: it is a standby | Name the primary")


async def test_a_standby_that_commits_wait_for_and_that_is_away_is_said(postgres: Postgres, postgres_url: str) -> None:
    async def says(names: str) -> bool:
        return await postgres.sql("SHOW synchronous_standby_names") == [(names,)]

    await postgres.sql("ALTER SYSTEM SET synchronous_standby_names TO nobody")
    await postgres.sql("SELECT pg_reload_conf()")
    try:
        await until(lambda: says("nobody"))
        found = await of_postgres(postgres_url)
    finally:
        await postgres.sql("ALTER SYSTEM RESET synchronous_standby_names")
        await postgres.sql("SELECT pg_reload_conf()")
        await until(lambda: says(""))
    assert words(found["PostgreSQL standbys"]).startswith("fail: synchronous_standby_names is set, and none of them")
    assert words(found["PostgreSQL commit"]).startswith("fail: no answer within ")
    assert "PostgreSQL clock" not in found, "on a connection that is silent nothing more is asked"


@pytest.mark.parametrize(
    ("held", "settings", "said"),
    [
        ("pg_advisory_lock", {}, "fail: a server without redis_url has the database to itself"),
        ("pg_advisory_lock_shared", {}, "ok: nodes with redis_url share it (1 now)"),
        ("pg_advisory_lock", {"redis_url": None}, "ok: redis_url is not set: one server alone has it (1 now)"),
        (
            "pg_advisory_lock_shared",
            {"redis_url": None},
            "fail: nodes with redis_url share it (1 now), and here it is not set",
        ),
    ],
)
async def test_who_shares_the_database_with_whom_is_seen(
    held: str, settings: Mapping[str, Any], said: str, postgres_url: str
) -> None:
    other = await asyncpg.connect(postgres_url)
    await other.execute(f"SELECT {held}({COMPANY})")
    found = await of_postgres(postgres_url, **settings)
    await other.close()
    assert words(found["PostgreSQL sharing"]).startswith(said)


def test_settings_that_something_in_between_has_dropped_are_seen() -> None:
    given = {"lock_timeout": ("4000", "ms"), "jit": ("off", None), "synchronous_commit": ("on", None)}
    asked = session_settings(PRODUCTION)
    assert all(postgres._is_as_asked(asked[name], name, *value) for name, value in given.items())
    for name, wrong in (("lock_timeout", ("0", "ms")), ("jit", ("on", None)), ("synchronous_commit", ("local", None))):
        assert not postgres._is_as_asked(asked[name], name, *wrong)


async def test_a_pooler_that_gives_each_transaction_another_process_is_seen(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As such a pooler shows: one connection, and answers of several server processes."""

    async def pids(*_: object) -> list[int]:
        return [7, 8]

    monkeypatch.setattr(postgres, "_pids", pids)
    found = (await of_postgres(postgres_url))["PostgreSQL sessions"]
    assert words(found).startswith("fail: statements of one connection go to several server processes")
    assert "session mode" in found.advice


@pytest.mark.parametrize(
    ("problem", "said"),
    [
        (asyncpg.ProtocolViolationError("unsupported startup parameter: jit"), "A pooler is in between"),
        (asyncpg.TooManyConnectionsError("sorry, too many clients already"), "Raise max_connections"),
        (asyncpg.InvalidPasswordError("no"), "Correct user and password"),
        (asyncpg.InvalidCatalogNameError("no"), "ENCODING 'UTF8'"),
        (ConnectionRefusedError("no"), "Is it up"),
        (TimeoutError(), "It hangs"),
        (ValueError("hunter2"), "%XX"),
    ],
)
def test_who_is_refused_is_told_what_to_do(problem: Exception, said: str) -> None:
    refusal = postgres._refusal(problem)
    assert said in refusal.advice
    assert "hunter2" not in str(refusal)


# -- this machine ------------------------------------------------------------------------------------------------------


def of_machine(**settings: Any) -> Told:
    return told(local.examine(Config(**settings)))


def test_a_directory_that_cannot_be_made_or_written_to_fails(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    assert words(of_machine(data=file / "data")["data directory"]).startswith("fail: ")
    assert words(of_machine(data=file)["data directory"]).startswith("fail: ")
    assert of_machine(data=tmp_path / "a" / "b")["data directory"].state is State.OK


def test_keys_are_a_file_s_only_where_no_setting_has_them(tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    file.write_text(f'{{"current": "{KEY}", "old": "{OLD}"}}')
    file.chmod(0o604)
    assert of_machine(data=tmp_path)["keys file"].state is State.FAIL
    assert "keys file" not in of_machine(data=tmp_path, keys=(OLD,))
    assert local.keys_of(Config(data=tmp_path)) == (KEY, OLD)
    assert local.keys_of(Config(data=tmp_path, keys=(OLD,))) == (OLD,)
    assert local.keys_of(Config(data=tmp_path / "elsewhere")) == ()
    assert words(
        *local.settings(Config(data=tmp_path, database_url="postgresql://h/x", redis_url="redis://h"))
    ).startswith("warn: keys is unset")


def test_the_keys_of_hosts_are_named_with_what_they_are_for(tmp_path: Path) -> None:
    """[R18] As the start would read them, which such a file would stop."""
    assert "host keys file" not in of_machine(data=tmp_path)
    file = tmp_path / "hosts.json"
    file.write_text(json.dumps({"shop": {"purpose": "contacts", "key": "a key of a shop " * 4}}))
    found = of_machine(data=tmp_path, host_keys=file)["host keys file"]
    assert (found.state, found.found) == (State.OK, f"{file}: shop for contacts of default")
    file.write_text(json.dumps({"shop": {"purpose": "contacts", "key": OLD}}))
    found = of_machine(data=tmp_path, host_keys=file, keys=(OLD,))["host keys file"]
    assert found.state is State.FAIL
    assert "'shop' and the server itself have the same key" in found.found


def test_limits_that_a_busy_server_would_meet_are_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (1024, 4096))
    assert of_machine(data=tmp_path)["open files"].state is State.WARN
    assert of_machine(data=tmp_path, max_sessions=500)["open files"].state is State.OK
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10, 9, 1))
    assert told(local.examine_sqlite(Config(data=tmp_path)))["disk"].state is State.WARN


def test_a_file_that_is_no_database_or_a_newer_one_fails(tmp_path: Path) -> None:
    config = Config(data=tmp_path)
    config.database.write_bytes(b"no database, but long enough to look like one" * 50)
    assert words(told(local.examine_sqlite(config))["SQLite"]).startswith("fail: ")

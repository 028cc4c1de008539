"""PostgreSQL, asked as a node asks it: the same URL, the same settings, a connection like each of a node's twelve.

It writes nothing that stays. What is said here never has the URL in it, which has a password.
"""

import time
from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import urlsplit

import asyncpg

from intervene import migrations
from intervene.adapters.postgres.connections import describe, session_settings
from intervene.adapters.postgres.database import COMPANY, LOCKERS, OLDEST, READERS, WRITERS
from intervene.adapters.sql.schema import metadata
from intervene.config import Config
from intervene.ops.doctor.findings import (
    ANSWER_SECONDS,
    CONNECT_SECONDS,
    Finding,
    Report,
    answer,
    fail,
    ok,
    unreachable_name,
    warn,
)
from intervene.ops.doctor.postgres_times import NAME, Connection, clock, commit, round_trip

CONNECTIONS = LOCKERS + READERS + WRITERS + 2  # of one node: groups have one more, and so has its reservation

AWAY = "Nodes cannot start without it, and answer `unavailable` while it is away."
DIRECT = "Connect to PostgreSQL directly, or through a pooler in session mode that lets these settings through."
BEHIND = "Run `intervene migrate`; a node does so too when it starts."


async def connect(config: Config) -> Connection:
    return await asyncpg.connect(
        config.database_url,
        timeout=CONNECT_SECONDS,
        server_settings={**session_settings(config.timing), "application_name": "intervene doctor"},
    )


async def reach(config: Config, report: Report) -> Connection | None:
    """A connection, if there is one to be had; the report says so, and why not."""
    assert config.database_url, "asked only where there is one"
    connection = None
    try:
        if unknown := await unreachable_name(NAME, _hosts(config.database_url)):
            report.append(unknown)
            return None
        began = time.monotonic()
        connection = await connect(config)
        report.append(await _greeting(connection, (time.monotonic() - began) * 1000))
        return connection
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, ValueError) as problem:
        report.append(_refusal(problem))
    if connection is not None:
        connection.terminate()
    return None


async def _greeting(connection: Connection, milliseconds: float) -> Finding:
    row = "SELECT ssl, inet_server_addr() IS NULL FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
    found = await answer(connection.fetchrow(row))
    is_tls, is_local = found or (False, False)
    how = "over TLS" if is_tls else "through a socket file" if is_local else "not encrypted"
    return ok(NAME, f"reached in {milliseconds:.0f} ms, {how}", connect_ms=round(milliseconds, 3))


def _refusal(problem: Exception) -> Finding:
    match problem:
        case TimeoutError():
            return fail(NAME, f"no answer within {CONNECT_SECONDS:.0f} s", f"It hangs, or a firewall is silent. {AWAY}")
        case asyncpg.TooManyConnectionsError():
            advice = f"Raise max_connections: each node keeps up to {CONNECTIONS}."
        case asyncpg.InvalidPasswordError() | asyncpg.InvalidAuthorizationSpecificationError():
            advice = "Correct user and password in database_url, or pg_hba.conf of the server."
        case asyncpg.InvalidCatalogNameError():
            advice = "Create the database with ENCODING 'UTF8', or correct its name in database_url."
        case asyncpg.PostgresError() if "startup parameter" in str(problem):
            advice = f"A pooler is in between, and refuses what nodes need. {DIRECT}"
        case OSError():
            advice = f"Is it up, and are host and port in database_url right? {AWAY}"
        case _:
            return fail(
                NAME, f"database_url cannot be used ({type(problem).__name__})",
                "It is postgresql://user:password@host:port/name; what is special in a password is written as %XX.",
            )  # fmt: skip
    return fail(NAME, f"it cannot be reached: {describe(problem)}", advice)


def _hosts(url: str) -> list[str]:
    """Names that have to be looked up; what cannot be read is found out when connecting."""
    hosts = urlsplit(url).netloc.rpartition("@")[2].split(",")
    names = [host.partition(":")[0] for host in hosts if not host.startswith("[")]
    return [name for name in names if name and "%" not in name]


async def examine(connection: Connection, config: Config, report: Report) -> None:
    """All that one connection can show. Ends early when the server falls silent."""
    for name, check in CHECKS.items():
        try:
            report += await check(connection, config)
        except TimeoutError:
            advice = SILENT.get(name, AWAY)
            report.append(fail(f"{NAME} {name}", f"no answer within {ANSWER_SECONDS:.0f} s", advice))
            connection.terminate()  # nothing more is asked on it
            return
        except (asyncpg.InvalidSQLStatementNameError, asyncpg.DuplicatePreparedStatementError) as problem:
            advice = f"A pooler gives each transaction another server process. {DIRECT}"
            report.append(fail(f"{NAME} {name}", f"prepared statements get lost: {describe(problem)}", advice))
        except asyncpg.PostgresError as problem:
            report.append(warn(f"{NAME} {name}", f"not known: {describe(problem)}", "The role may not ask for it."))
        except (asyncpg.InterfaceError, asyncpg.InternalClientError, OSError) as problem:
            report.append(fail(f"{NAME} {name}", f"the connection ended: {describe(problem)}", AWAY))
            return


# -- the server and the database ---------------------------------------------------------------------------------------


async def _version(connection: Connection, config: Config) -> Report:
    check, version = f"{NAME} version", connection.get_server_version()
    encoding = connection.get_settings().server_encoding
    found = f"{await answer(connection.fetchval('SHOW server_version'))}, {encoding}"
    if version.major < OLDEST:
        return [fail(check, found, f"{OLDEST} or newer is needed.", version=version.major)]
    if encoding != "UTF8":
        return [fail(check, found, "Create the database with ENCODING 'UTF8'.", version=version.major)]
    return [ok(check, found, version=version.major)]


async def _primary(connection: Connection, config: Config) -> Report:
    check = f"{NAME} role of the server"
    if await answer(connection.fetchval("SELECT pg_is_in_recovery()")):
        return [fail(check, "it is a standby", "Name the primary in database_url: nodes refuse a standby.")]
    if await answer(connection.fetchval("SHOW transaction_read_only")) == "on":
        return [fail(check, "it only reads", "Set default_transaction_read_only to off for this role and database.")]
    return [ok(check, "the primary, and it may be written to")]


async def _schema(connection: Connection, config: Config) -> Report:
    check = f"{NAME} schema"
    if await answer(connection.fetchval("SELECT to_regclass('alembic_version') IS NULL")):
        found = await answer(connection.fetchval("SELECT has_schema_privilege(current_schema(), 'CREATE')"))
        if not found:
            return [fail(check, "there is none, and the role may not create one", "GRANT CREATE ON SCHEMA to it.")]
        return [warn(check, "there is none yet", BEHIND)]
    version = await answer(connection.fetchval("SELECT version_num FROM alembic_version")) or ""
    try:
        plan = migrations.plan(version)
    except migrations.WrittenByNewer as problem:
        return [fail(check, f"a newer release has been here: {problem}", "Nodes of this release cannot start.")]
    if plan.before != plan.after:
        return [warn(check, f"version {version}, and this release has {plan.after}", BEHIND)]
    return [ok(check, f"version {version}, the newest")]


async def _rights(connection: Connection, config: Config) -> Report:
    check = f"{NAME} rights"
    rows = await answer(
        connection.fetch(
            """
            SELECT name FROM unnest($1::text[]) AS name WHERE to_regclass(quote_ident(name)) IS NOT NULL AND NOT (
                SELECT bool_and(has_table_privilege(quote_ident(name), act))
                FROM unnest('{SELECT, INSERT, UPDATE, DELETE}'::text[]) AS act
            )
            """,
            ["alembic_version", *sorted(metadata.tables)],
        )
    )
    if rows:
        names = ", ".join(name for (name,) in rows)
        return [fail(check, f"the role may not read and write {names}", "GRANT SELECT, INSERT, UPDATE, DELETE to it.")]
    return [ok(check, "the role may read and write every table")]


# -- what an acknowledgement is worth ----------------------------------------------------------------------------------


async def _durability(connection: Connection, config: Config) -> Report:
    check = f"{NAME} durability"
    fsync, pages = [await answer(connection.fetchval(f"SHOW {name}")) for name in ("fsync", "full_page_writes")]
    if fsync != "on":
        return [fail(check, "fsync is off", "Set it to on: a power cut takes what was acknowledged, or everything.")]
    if pages != "on":
        return [
            warn(check, "full_page_writes is off", "Set it to on, unless the file system writes whole pages by itself.")
        ]
    return [ok(check, "fsync and full_page_writes are on")]


async def _standbys(connection: Connection, config: Config) -> Report:
    check = f"{NAME} standbys"
    names = await answer(connection.fetchval("SHOW synchronous_standby_names"))
    rows = await answer(
        connection.fetch(
            "SELECT sync_state FROM pg_stat_replication WHERE application_name IS DISTINCT FROM 'pg_basebackup'"
        )
    )
    sync = sum(state != "async" for (state,) in rows)  # of which a role without the right to it gets nothing
    figures = {"standbys": float(len(rows)), "synchronous": float(sync)}
    if rows and not names:
        return [
            warn(
                check, f"{len(rows)}, and synchronous_standby_names is empty",
                "If one of them takes over, the last acknowledged words may be missing. Name them there.", **figures,
            )
        ]  # fmt: skip
    if names and not sync:
        return [
            fail(
                check, "synchronous_standby_names is set, and none of them is connected",
                "Every commit waits for one, for ever: bring it back, or take it out.", **figures,
            )
        ]  # fmt: skip
    return [
        ok(
            check,
            f"{len(rows)}, and acknowledgements wait as synchronous_standby_names says" if names else "none",
            **figures,
        )
    ]


# -- the way to it -----------------------------------------------------------------------------------------------------


async def _session(connection: Connection, config: Config) -> Report:
    """Whether each of our connections has a server process of its own, with the settings that it began with."""
    check = f"{NAME} sessions"
    settings = session_settings(config.timing)
    found = await answer(
        connection.fetch("SELECT name, setting, unit FROM pg_settings WHERE name = ANY ($1)", sorted(settings))
    )
    lost = [name for name, setting, unit in found if not _is_as_asked(settings[name], name, setting, unit)]
    other = await connect(config)
    try:
        pids = await _pids(connection, other)
    finally:
        other.terminate()
    if len(set(pids)) > 1:
        advice = f"A pooler gives each transaction another server process. {DIRECT}"
        return [fail(check, "statements of one connection go to several server processes", advice)]
    if lost:
        advice = f"Something in between drops settings. {DIRECT}"
        return [fail(check, f"not as nodes ask for it: {', '.join(lost)}", advice)]
    if pids[0] != connection.get_server_pid():
        return [ok(check, "kept, with settings and prepared statements, through a pooler")]
    return [ok(check, "kept, with settings and prepared statements")]


async def _pids(connection: Connection, other: Connection) -> list[int]:
    """Of the server processes that one connection talks to while another one begins transactions in between: from a
    pooler in transaction mode that takes the process we had."""
    pids = [await answer(connection.fetchval("SELECT pg_backend_pid()"))]
    for _ in range(3):
        await answer(other.execute("BEGIN"))
        pids.append(await answer(connection.fetchval("SELECT pg_backend_pid()")))
        await answer(other.execute("ROLLBACK"))
    return pids


def _is_as_asked(asked: str, name: str, setting: str, unit: str | None) -> bool:
    if unit == "ms":
        return f"{setting}ms" == asked
    return name == "application_name" or setting == asked


async def _company(connection: Connection, config: Config) -> Report:
    """Processes that hold the advisory lock, shared or exclusive."""
    check = f"{NAME} sharing"
    rows = await answer(
        connection.fetch(
            """
            SELECT mode FROM pg_locks WHERE locktype = 'advisory' AND granted AND classid = 0 AND objid = $1::bigint
            AND objsubid = 1 AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
            """,
            COMPANY,
        )
    )
    alone = sum(mode == "ExclusiveLock" for (mode,) in rows)
    figures = {"sharing": float(len(rows) - alone), "alone": float(alone)}
    if config.redis_url and alone:
        advice = "Set redis_url for it too, or stop it: until then no other node starts."
        return [fail(check, "a server without redis_url has the database to itself", advice, **figures)]
    if not config.redis_url and len(rows) > alone:
        found = f"nodes with redis_url share it ({len(rows) - alone} now), and here it is not set"
        return [fail(check, found, "Set it: a server without it must be the only one, and does not start.", **figures)]
    if not config.redis_url:
        return [ok(check, f"redis_url is not set: one server alone has it ({alone} now)", **figures)]
    return [ok(check, f"nodes with redis_url share it ({len(rows)} now)", **figures)]


Check = Callable[[Connection, Config], Awaitable[Report]]
CHECKS: Mapping[str, Check] = {
    "version": _version,
    "sessions": _session,
    "role of the server": _primary,
    "schema": _schema,
    "rights": _rights,
    "durability": _durability,
    "standbys": _standbys,
    "sharing": _company,
    "round trip": round_trip,
    "commit": commit,
    "clock": clock,
}
SILENT = {"commit": "The disk of the write-ahead log hangs, or a commit waits for a synchronous standby that is away."}


# -- room for nodes ----------------------------------------------------------------------------------------------------


async def room(connection: Connection, nodes: int) -> Report:
    """Whether all connections of so many nodes fit at once, and those of one more."""
    try:
        return [await _room(connection, nodes)]
    except (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError) as problem:
        return [warn(f"{NAME} connections", f"not known: {describe(problem)}", "The role may not ask for it.")]


async def _room(connection: Connection, nodes: int) -> Finding:
    check = f"{NAME} connections"
    most, others = await answer(
        connection.fetchrow(
            """
            SELECT least(
                (SELECT sum(CASE WHEN name = 'max_connections' THEN setting::int ELSE -setting::int END)
                 FROM pg_settings
                 WHERE name IN ('max_connections', 'superuser_reserved_connections', 'reserved_connections')),
                (SELECT nullif(datconnlimit, -1) FROM pg_database WHERE datname = current_database()),
                (SELECT nullif(rolconnlimit, -1) FROM pg_roles WHERE rolname = current_user)
            ), (
                SELECT count(*) FROM pg_stat_activity
                WHERE datid IS NOT NULL AND application_name NOT IN ('intervene', 'intervene doctor')
            )
            """
        )
    )
    free = most - others - nodes * CONNECTIONS
    found = f"{most} at most, {others} of others, up to {CONNECTIONS} of each node ({nodes} now)"
    figures = {"most": float(most), "others": float(others), "each": float(CONNECTIONS), "nodes": float(nodes)}
    if free < 0:
        return fail(check, found, "Raise max_connections: under load nodes will find none.", **figures)
    if free < CONNECTIONS:
        return warn(check, found, "Raise max_connections before another node comes: its do not fit.", **figures)
    return ok(check, found, **figures)

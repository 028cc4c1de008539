"""Brings a database up to date: Alembic, inside the package, without its command line, prints or logging set-up.
It is loaded where it has something to do: to load it is a good part of a start, and most find the newest version.

A migration is never changed once it was released; the next one follows it. Nothing of Intervene may be imported by
one: what it needs it says itself, as of its day.

On PostgreSQL Alembic only writes the SQL down, and asyncpg carries it out: SQLAlchemy on asyncpg would need greenlet,
or a second driver. So a migration asks the database nothing; what depends on rows, it says in SQL. An index over rows
that there are is built afterwards and outside of any transaction, because appends go on meanwhile.
"""

import sqlite3
from contextlib import closing
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from intervene.migrations.partitions import NotEmpty, concurrently, partitioned

if TYPE_CHECKING:
    import asyncpg
    from alembic.config import Config
    from sqlalchemy import Connection

HERE = Path(__file__).parent
LOCK = 0x696E7465  # of PostgreSQL's advisory locks: ours while migrations run
LOCK_SECONDS = 60
TABLE_SECONDS = 2  # for a table to change: behind a migration that waits for a reader, every node waits
INDEX_LOCK = 0x696E7467  # the same, while indexes are built; the number between is the nodes' own
CONNECT_SECONDS = 10.0

INDEXES = {
    "conversation_place": "conversation (organisation, place, since)",
    "conversation_contact": "conversation (organisation, contact, handle)",
    "event_amendment": "event (conversation, message, seq) WHERE kind IN ('edited', 'deleted')",
    "takeover_at": "takeover (at, conversation, epoch)",
    "contact_unworded": "contact (organisation, id) WHERE worded IS NULL OR worded <> folded",
    "conversation_holder": "conversation (holder, handle) WHERE holder <> ''",
}
"""By name, those that are built concurrently."""

PARTITIONS = "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = to_regclass($1) ORDER BY inhrelid"


class Upgrade(NamedTuple):
    """Versions of the schema. `before` is "" where there was none."""

    before: str
    after: str


class WrittenByNewer(Exception):
    """The database is of a newer release. It was left alone."""


def upgrade(database: Path) -> Upgrade:
    """Take the SQLite database to the newest version, in one transaction; create it if there is none. The caller has
    it for itself. Raises `WrittenByNewer`, and what Alembic raises."""
    if (version := _version(database)) == newest():
        return Upgrade(version, version)

    from alembic import command
    from alembic.runtime.migration import MigrationContext
    from sqlalchemy import create_engine, event
    from sqlalchemy.pool import NullPool

    # Left to itself, Python's driver begins no transaction before a CREATE; what was done by halves when the process
    # died could never be done again.
    engine = create_engine("sqlite://", creator=lambda: _connected(database), poolclass=NullPool)

    @event.listens_for(engine, "begin")
    def _begin(connection: "Connection") -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    try:
        with engine.begin() as connection:
            planned = plan(MigrationContext.configure(connection).get_current_revision())
            command.upgrade(config(connection), "head")
            return planned
    finally:
        engine.dispose()


async def upgrade_postgres(url: str, partitions: int = 0) -> Upgrade:
    """Take a PostgreSQL database to the newest version, in one transaction, and then build the indexes that it lacks.
    Of nodes that start at once one does it and the others wait for the transaction. `partitions`: a database that is
    made by this has its log in so many. Raises `WrittenByNewer`, `partitions.NotEmpty`, and what Alembic and asyncpg
    raise."""
    import asyncpg

    connection = await asyncpg.connect(url, timeout=CONNECT_SECONDS)
    try:
        async with connection.transaction(isolation="read_committed"):
            await connection.execute(f"SET LOCAL lock_timeout = '{LOCK_SECONDS * 1000:.0f}ms'")
            await connection.execute(f"SELECT pg_advisory_xact_lock({LOCK})")
            is_new = await connection.fetchval("SELECT to_regclass('alembic_version') IS NULL")
            version = None if is_new else await connection.fetchval("SELECT version_num FROM alembic_version")
            planned = plan(version)
            if version and partitions:
                raise NotEmpty
            if planned.before != planned.after:
                sql = sql_for_postgres(version or "base")
                sql = partitioned(sql, partitions) if partitions else sql
                await connection.execute(f"SET LOCAL lock_timeout = '{TABLE_SECONDS * 1000:.0f}ms'")
                await connection.execute(sql)
        await _build_indexes(connection)
        return planned
    finally:
        await connection.close(timeout=CONNECT_SECONDS)


async def _build_indexes(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Those that are not there, or that were broken off. One does it, and the others do not wait: nothing is wrong
    without an index but what it costs. Under a lock that is waited for, PostgreSQL would wait for those who wait."""
    if not await connection.fetchval(f"SELECT pg_try_advisory_lock({INDEX_LOCK})"):
        return
    valid = "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass($1)"
    for name, of in INDEXES.items():
        if await connection.fetchval(valid, name):
            continue
        parts = await connection.fetch(PARTITIONS, of.partition(" ")[0])
        for statement in concurrently(name, of, [part for (part,) in parts]):
            await connection.execute(statement)


def _connected(database: Path) -> sqlite3.Connection:
    return sqlite3.connect(database, isolation_level=None)


def _version(database: Path) -> str:
    """Nothing where there is none, or it cannot be read: then Alembic finds out."""
    try:
        with closing(_connected(database)) as connection:
            return "".join(version for (version,) in connection.execute("SELECT version_num FROM alembic_version"))
    except sqlite3.Error:
        return ""


def newest() -> str:
    """The last migration there is, by the name of its file."""
    return max(file.name.partition("_")[0] for file in (HERE / "versions").glob("[0-9]*.py"))


def plan(version: str | None) -> Upgrade:
    """What an upgrade from that version will do."""
    last = newest()
    if version == last:
        return Upgrade(version, version)

    from alembic.script import ScriptDirectory

    if version and version not in {each.revision for each in ScriptDirectory.from_config(config()).walk_revisions()}:
        raise WrittenByNewer(
            f"a newer release has brought it to version {version}, and this one has none after {last}. Start the "
            "newer one, or restore a backup from before"
        )
    return Upgrade(version or "", last)


def sql_for_postgres(version: str = "base") -> str:
    """What takes a PostgreSQL database from that version to the newest."""
    from alembic import command

    written = StringIO()
    command.upgrade(config(output=written), f"{version}:head", sql=True)
    return written.getvalue()


def config(connection: "Connection | None" = None, output: StringIO | None = None) -> "Config":
    from alembic.config import Config

    found = Config(output_buffer=output)
    found.set_main_option("script_location", str(HERE).replace("%", "%%"))
    found.set_main_option("path_separator", "os")
    found.attributes["connection"] = connection
    return found

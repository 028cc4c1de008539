"""Brings a database up to date: Alembic, inside the package, without its command line, prints or logging set-up.

A migration is never changed once it was released; the next one follows it. Nothing of Intervene may be imported by
one: what it needs it says itself, as of its day.

On PostgreSQL Alembic only writes the SQL down, and asyncpg carries it out: SQLAlchemy on asyncpg would need greenlet,
or a second driver. So a migration asks the database nothing; what depends on rows, it says in SQL.
"""

from io import StringIO
from pathlib import Path
from sqlite3 import connect

import asyncpg
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, create_engine, event
from sqlalchemy.pool import NullPool

LOCK = 0x696E7465  # of PostgreSQL's advisory locks: ours while migrations run
LOCK_SECONDS = 60
CONNECT_SECONDS = 10.0


def upgrade(database: Path) -> None:
    """Take the SQLite database to the newest version, in one transaction; create it if there is none. The caller has
    it for itself. Raises what Alembic raises, also when a newer release has written it."""
    # Left to itself, Python's driver begins no transaction before a CREATE; what was done by halves when the process
    # died could never be done again.
    engine = create_engine("sqlite://", creator=lambda: connect(database, isolation_level=None), poolclass=NullPool)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    try:
        with engine.begin() as connection:
            command.upgrade(config(connection), "head")
    finally:
        engine.dispose()


async def upgrade_postgres(url: str) -> None:
    """Take a PostgreSQL database to the newest version, in one transaction. Of nodes that start at once one does it and
    the others wait. Raises what Alembic raises, also when a newer release has written it, and what asyncpg raises."""
    connection = await asyncpg.connect(url, timeout=CONNECT_SECONDS)
    try:
        async with connection.transaction(isolation="read_committed"):
            await connection.execute(f"SET LOCAL lock_timeout = '{LOCK_SECONDS * 1000:.0f}ms'")
            await connection.execute(f"SELECT pg_advisory_xact_lock({LOCK})")
            is_new = await connection.fetchval("SELECT to_regclass('alembic_version') IS NULL")
            version = "base" if is_new else await connection.fetchval("SELECT version_num FROM alembic_version")
            if sql := sql_for_postgres(version):
                await connection.execute(sql)
    finally:
        await connection.close(timeout=CONNECT_SECONDS)


def sql_for_postgres(version: str = "base") -> str:
    """What takes a PostgreSQL database from that version to the newest."""
    written = StringIO()
    command.upgrade(config(output=written), f"{version}:head", sql=True)
    return written.getvalue()


def config(connection: Connection | None = None, output: StringIO | None = None) -> Config:
    found = Config(output_buffer=output)
    found.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    found.set_main_option("path_separator", "os")
    found.attributes["connection"] = connection
    return found

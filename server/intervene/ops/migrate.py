"""`intervene migrate`: brings the database of the settings up to date, and serves nothing.

A server does the same when it starts. This is for operators who want it done and seen before the first node starts.
"""

import asyncio
import time
from pathlib import Path

import anyio
import asyncpg

from intervene import files, migrations
from intervene.adapters.postgres.database import PostgresDatabase
from intervene.adapters.sqlite.database import SqliteDatabase
from intervene.adapters.sqlite.file import AlreadyRunning
from intervene.config import Config
from intervene.core.errors import Unavailable
from intervene.migrations import Upgrade
from intervene.migrations.partitions import NotEmpty

OTHERS_SECONDS = 3.0  # that a migration of a SQLite file by another process may take


def migrate(config: Config, partitions: int = 0) -> str:
    """What was done, in a sentence. `partitions`: into so many the log of a new PostgreSQL database is divided. Of
    several at once one does it, and the others find it done. Not for a thread that
    has an event loop. Raises `Unavailable` and `OSError`, each with a sentence and without the database's URL."""
    if config.database_url:
        what, done = "The PostgreSQL database", asyncio.run(_on_postgres(config.database_url, partitions))
    elif partitions:
        raise Unavailable("A SQLite database has no partitions. Set database_url to a PostgreSQL database.")
    else:
        what, done = f"The database {config.database}", asyncio.run(_on_sqlite(config))
    if done.before == done.after:
        return f"{what} is at version {done.after}: there was nothing to do."
    return f"{what} went from {f'version {done.before}' if done.before else 'nothing'} to version {done.after}."


async def _on_postgres(url: str, partitions: int) -> Upgrade:
    done = Upgrade("", "")

    async def upgrade(url: str) -> None:
        nonlocal done
        try:
            done = await migrations.upgrade_postgres(url, partitions)
        except NotEmpty:
            raise Unavailable(
                "The PostgreSQL database was left as it is: it has tables already, and partitions are made with them. "
                "Leave out --partitions, or take a new database."
            ) from None
        except asyncpg.LockNotAvailableError:
            raise Unavailable(
                "The PostgreSQL database was left as it is: another migration, or a long transaction, holds "
                "what is to be changed. Try again when that is over."
            ) from None
        except migrations.WrittenByNewer as problem:
            raise Unavailable(f"The PostgreSQL database was left as it is: {problem}.") from None

    database = await PostgresDatabase.start(url, upgrade)  # which looks also whether it can be used
    await database.close()
    return done


async def _on_sqlite(config: Config) -> Upgrade:
    done = Upgrade("", "")

    def upgrade(path: Path) -> None:
        nonlocal done
        done = migrations.upgrade(path)

    files.prepare_directory("data:", config.data)
    until = time.monotonic() + OTHERS_SECONDS
    while True:
        try:
            database = await SqliteDatabase.start(config.database, upgrade)
        except AlreadyRunning:
            if time.monotonic() > until:
                raise
            await anyio.sleep(0.1)
        else:
            await database.close()
            return done

"""`intervene organisation`: what an organisation has set, its place in the tree, and changes to both, beside
servers that run.

It writes to the database, and nothing else: each server compares versions with it every 2 s.
"""

import asyncio
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from typing import TypeVar

import anyio
import asyncpg

from intervene.adapters.postgres.connections import describe, session_settings, transaction
from intervene.adapters.postgres.database import run as run_on_postgres
from intervene.adapters.sql.database import Query
from intervene.adapters.sql.organisations import place
from intervene.adapters.sql.policies import change, read
from intervene.adapters.sqlite.database import run as run_on_sqlite
from intervene.adapters.sqlite.file import AlreadyRunning, Lock, check
from intervene.config import Config
from intervene.core.errors import InterveneError, Unavailable
from intervene.core.ids import OrganisationId
from intervene.core.people import AuditEntry
from intervene.core.policy import NO_BOT, Settings
from intervene.core.text import printable
from intervene.core.timing import PRODUCTION

T = TypeVar("T")

OWN = "default"
"""As a bot: what the server's own settings say."""
BUSY_SECONDS = 5.0  # for a writer of the same file to end


def show(config: Config, organisation: OrganisationId) -> str:
    """A sentence. Raises `Unavailable`, with a sentence for the operator."""
    version, settings = _ask(config, read(organisation))
    return f"{printable(organisation)}: {_says(settings)}. The settings were changed {version} times."


def set_bot(config: Config, organisation: OrganisationId, bot: str) -> str:
    """The same after the change."""
    settings = Settings(bot="" if bot == OWN else bot)
    version = _ask(config, change(organisation, settings))
    return (
        f"{printable(organisation)}: {_says(settings)}. This is version {version} of the settings; servers that run go "
        f"by it within {PRODUCTION.policies:.0f} s. Open conversations keep their holder."
    )


def set_parent(config: Config, organisation: OrganisationId, parent: OrganisationId | None) -> str:
    """The same after a change of the organisation's place in the tree. Raises `IllegalMove` and `TooMany` too."""
    entry = AuditEntry(
        organisation=organisation, action="organisation.place", subject=organisation, after={"parent": parent or ""}
    )
    tree = _ask(config, place(organisation, parent, entry))
    above = ", ".join(printable(each) for each in tree.ancestors(organisation)) or "no other"
    return (
        f"{printable(organisation)} is below {above}. Supervisors and admins act in what is below their own; servers "
        f"that run go by it within {PRODUCTION.policies:.0f} s."
    )


def _says(settings: Settings) -> str:
    match settings.bot:
        case "":
            return "conversations start with the bot that the server's settings name"
        case bot if bot == NO_BOT:
            return "conversations wait for a person"
        case bot:
            return f"conversations start with the bot {printable(bot)}"


def _ask(config: Config, query: Query[T]) -> T:
    if config.database_url:
        return asyncio.run(_ask_postgres(config.database_url, query))
    return _ask_sqlite(config.database, query)


async def _ask_postgres(url: str, query: Query[T]) -> T:
    try:
        with anyio.fail_after(PRODUCTION.postgres_connect + PRODUCTION.postgres_answer):
            connection = await asyncpg.connect(
                url, server_settings={**session_settings(PRODUCTION), "application_name": "intervene organisation"}
            )
            try:
                async with transaction(connection):
                    return await run_on_postgres(connection, query)
            finally:
                with anyio.CancelScope(shield=True), suppress(Exception):
                    await connection.close(timeout=1.0)
    except InterveneError:
        raise
    except asyncpg.UndefinedTableError:
        raise Unavailable("The PostgreSQL database is of an older release. Run `intervene migrate` first.") from None
    except Exception as problem:  # not the URL: it has a password in it
        raise Unavailable(f"The PostgreSQL database cannot be used: {describe(problem)}") from None


def _ask_sqlite(path: Path, query: Query[T]) -> T:
    """A server that runs has the file's lock, and it has looked at what lies beside the file. Otherwise it is for this
    command to look, and to keep a server from starting meanwhile."""
    if not path.exists():
        raise Unavailable(f"There is no database at {path}. Start the server once, or run `intervene migrate`.")
    lock = None
    with suppress(AlreadyRunning):
        lock = Lock(path)
    try:
        if lock is not None:
            check(path, lock.lives)
        with closing(sqlite3.connect(path, isolation_level=None, timeout=BUSY_SECONDS)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            value = run_on_sqlite(connection, query)
            connection.execute("COMMIT")
            return value
    except sqlite3.Error as problem:
        raise Unavailable(_why(path, problem)) from None
    finally:
        if lock is not None:
            lock.close()


def _why(path: Path, problem: sqlite3.Error) -> str:
    if "no such table" in str(problem):
        return f"The database {path} is of an older release. Run `intervene migrate` first."
    return f"The database {path} cannot be used: {problem}."

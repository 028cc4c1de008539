"""Brings a database up to date: Alembic, inside the package, without its command line, prints or logging set-up.

A migration is never changed once it was released; the next one follows it. Nothing of Intervene may be imported by
one: what it needs it says itself, as of its day.
"""

from pathlib import Path
from sqlite3 import connect

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, create_engine, event
from sqlalchemy.pool import NullPool


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


def config(connection: Connection) -> Config:
    found = Config()
    found.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    found.set_main_option("path_separator", "os")
    found.attributes["connection"] = connection
    return found

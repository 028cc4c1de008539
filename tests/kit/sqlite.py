"""A SQLite database that is up to date and empty: migrated once for each process of a test run, and copied."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from intervene.migrations import upgrade


def migrate(database: Path) -> None:
    """As `upgrade`, in a tenth of its time where there is no database yet."""
    if database.exists() and database.stat().st_size:
        upgrade(database)
    else:
        database.touch(0o600)
        database.write_bytes(_made())


@cache
def _made() -> bytes:
    with TemporaryDirectory() as folder:
        database = Path(folder) / "intervene.db"
        upgrade(database)
        return database.read_bytes()

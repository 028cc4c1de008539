"""The migrations make the schema that the adapters are written for, whole or not at all."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from intervene import migrations
from intervene.adapters.sql.schema import metadata
from intervene.migrations import upgrade


def made(path: Path) -> dict[str, str]:
    """What there is in a database, by name, without regard to how it was spaced."""
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND type <> 'trigger'")
        return {name: " ".join(sql.split()) for name, sql in rows if name != "alembic_version"}


def test_the_migrations_and_the_schema_are_the_same(tmp_path: Path) -> None:
    upgrade(tmp_path / "migrated.db")
    engine = create_engine(f"sqlite:///{tmp_path / 'migrated.db'}")
    with engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), metadata)
    engine.dispose()
    assert differences == []
    declared = create_engine(f"sqlite:///{tmp_path / 'declared.db'}")
    metadata.create_all(declared)
    declared.dispose()
    assert made(tmp_path / "migrated.db") == made(tmp_path / "declared.db")


def test_an_upgrade_of_what_is_up_to_date_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "intervene.db"
    upgrade(path)
    before = path.read_bytes()
    upgrade(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("folder", ["plain", "100% odd; folder?#name"])
def test_an_upgrade_neither_prints_nor_changes_how_the_program_logs(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture, folder: str
) -> None:
    (tmp_path / folder).mkdir()
    with caplog.at_level("WARNING"):
        upgrade(tmp_path / folder / "intervene.db")
    assert (*capfd.readouterr(), caplog.records) == ("", "", [])
    assert [file.name for file in (tmp_path / folder).iterdir()] == ["intervene.db"]


def test_a_migration_that_breaks_off_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "intervene.db"

    def breaks(*_: object) -> None:
        raise LookupError("before the triggers, which come last")

    with monkeypatch.context() as patch:
        patch.setattr(Operations, "execute", breaks)
        with pytest.raises(LookupError):
            upgrade(path)
    assert made(path) == {}
    upgrade(path)
    assert "event" in made(path)


def test_there_is_one_line_of_migrations() -> None:
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        assert len(ScriptDirectory.from_config(migrations.config(connection)).get_heads()) == 1
    engine.dispose()

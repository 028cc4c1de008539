"""How contacts are found by a word of their name, and those whose words are not there yet: by indexes, however many."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from intervene.adapters.sql import words
from intervene.migrations import upgrade, upgrade_postgres
from tests.integration.adapters.on_postgres import somebody
from tests.integration.adapters.on_sqlite import path

__all__ = ["path"]  # a fixture

CONTACTS = 20_000
VALUES: dict[str, object] = {
    "organisation": "acme", "first": b"w19", "end": b"w19\xff", "from_start": 0, "after_folded": b"w191",
    "after_id": "c191", "limit": 50,
}  # fmt: skip
QUERIES = {
    "by the first word": (words._NAMED, "contact_folded"),
    "by another word": (words._WORDED, "contact_word_pkey"),
    "whose words are not there": (words._SOME, "contact_unworded"),
}
ROWS = """
    INSERT INTO contact (organisation, id, name, folded, version, created_at, worded)
    SELECT 'acme', 'c' || n, 'f' || n || ' w' || n, {folded}, 1, 0, CASE n % 200 WHEN 0 THEN NULL ELSE {folded} END
    FROM numbers
"""
WORDS = "INSERT INTO contact_word (organisation, word, contact) SELECT 'acme', {word}, 'c' || n FROM numbers"


@pytest.mark.parametrize("kind", QUERIES)
def test_sqlite_finds_contacts_by_index(path: Path, kind: str) -> None:
    """[R154]"""
    statement, index = QUERIES[kind]
    path.parent.mkdir()
    upgrade(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        following = f"SELECT n + 1 FROM numbers WHERE n < {CONTACTS}"
        numbers = f"WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL {following}) "
        connection.execute(numbers + ROWS.format(folded="CAST('f' || n || ' w' || n AS BLOB)"))
        connection.execute(numbers + WORDS.format(word="CAST('w' || n AS BLOB)"))
        compiled = statement.sqlite
        rows = connection.execute("EXPLAIN QUERY PLAN " + compiled.sql, compiled.values(VALUES)).fetchall()
    plan = [line for *_, line in rows]
    of_key = index.replace("contact_word_pkey", "sqlite_autoindex_contact_word_1")
    assert not [line for line in plan if line.startswith("SCAN") and index not in line], plan
    assert [line for line in plan if of_key in line], plan
    assert not [line for line in plan if "TEMP B-TREE" in line], plan


@pytest.mark.parametrize("mode", ["force_custom_plan", "force_generic_plan"])
@pytest.mark.parametrize("kind", QUERIES)
async def test_postgres_finds_contacts_by_index(postgres_url: str, kind: str, mode: str) -> None:
    """[R154]"""
    statement, index = QUERIES[kind]
    await upgrade_postgres(postgres_url)
    async with somebody(postgres_url, plan_cache_mode=mode) as connection:
        numbers = f"WITH numbers AS (SELECT generate_series(1, {CONTACTS}) AS n) "
        named = "convert_to('f' || n || ' w' || n, 'UTF8')"
        await connection.execute(numbers + ROWS.format(folded=named))
        await connection.execute(numbers + WORDS.format(word="convert_to('w' || n, 'UTF8')"))
        await connection.execute("ANALYZE")
        compiled = statement.postgres
        await connection.execute(f"PREPARE asked AS {compiled.sql}")
        values = ", ".join(literal(value) for value in compiled.values(VALUES))
        plan = [line for (line,) in await connection.fetch(f"EXPLAIN EXECUTE asked ({values})")]
    assert not [line for line in plan if "Seq Scan" in line], plan
    assert index in [match[1] for line in plan if (match := _USED(line))], plan


_USED = re.compile(r"Index.* Scan (?:Backward )?(?:using|on) (\w+)").search


def literal(value: object) -> str:
    return f"'\\x{value.hex()}'::bytea" if isinstance(value, bytes) else repr(str(value))

"""SQL as expressions: each is compiled once for an engine, and a call compiles nothing."""

import pytest
from sqlalchemy import select

from intervene.adapters.sql import statements
from intervene.adapters.sql.schema import read_position
from intervene.adapters.sql.statements import Now, Statement, number, word

OF_READER = select(read_position.c.n).where(
    read_position.c.reader == word("reader"), read_position.c.conversation == number("conversation")
)


def test_one_expression_is_text_for_either_engine() -> None:
    statement = Statement(OF_READER)
    assert statement.sqlite.sql.endswith("WHERE read_position.reader = ? AND read_position.conversation = ?")
    assert statement.postgres.sql.endswith(
        "WHERE read_position.reader = $1::VARCHAR AND read_position.conversation = $2::BIGINT"
    )


def test_values_stand_in_the_order_of_their_places_and_constants_in_theirs() -> None:
    statement = Statement(OF_READER.where(read_position.c.n > 7))
    for engine in (statement.sqlite, statement.postgres):
        assert engine.values({"conversation": 1, "reader": "agent:anna"}) == ["agent:anna", 1, 7]


def test_a_call_compiles_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    statement = Statement(OF_READER)
    first = statement.sqlite, statement.postgres
    monkeypatch.setattr(statements, "_compile", lambda *_: pytest.fail("it was compiled again"))
    assert (statement.sqlite, statement.postgres) == first


def test_each_engine_has_its_own_clock() -> None:
    statement = Statement(select(Now()))
    assert "julianday" in statement.sqlite.sql
    assert "clock_timestamp" in statement.postgres.sql

"""SQL as SQLAlchemy Core expressions over `schema.py`: one expression for both engines, compiled once for each.

What a call costs is a list of its values in the order of the statement's placeholders: nothing is compiled then.
"""

from collections.abc import Mapping
from functools import cached_property
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    BindParameter,
    Column,
    ColumnElement,
    Dialect,
    Executable,
    LargeBinary,
    Text,
    bindparam,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.postgresql import asyncpg
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

_SQLITE = sqlite.dialect(paramstyle="qmark")
_POSTGRES = asyncpg.dialect()  # type: ignore[no-untyped-call]


class Compiled(NamedTuple):
    """One engine's text, and for each placeholder, in order, the name of its value and a constant, if it is one."""

    sql: str
    places: tuple[tuple[str, object], ...]

    def values(self, given: Mapping[str, object]) -> list[object]:
        return [given.get(name, constant) for name, constant in self.places]


class Statement:
    """An expression whose values are named (`word`, `number`). It is compiled when an engine first asks it."""

    def __init__(self, expression: Executable) -> None:
        self._expression = expression

    @cached_property
    def sqlite(self) -> Compiled:
        return _compile(self._expression, _SQLITE)

    @cached_property
    def postgres(self) -> Compiled:
        return _compile(self._expression, _POSTGRES)


def _compile(expression: Executable, dialect: Dialect) -> Compiled:
    compiled = expression.compile(dialect=dialect)  # type: ignore[attr-defined]
    constants = compiled.params
    return Compiled(str(compiled), tuple((name, constants[name]) for name in compiled.positiontup or ()))


def word(name: str) -> BindParameter[str]:
    """A text, given by that name with each call."""
    return bindparam(name, type_=Text)


def number(name: str) -> BindParameter[int]:
    """An integer, given by that name with each call."""
    return bindparam(name, type_=BigInteger)


def octets(name: str) -> BindParameter[bytes]:
    """Bytes, given by that name with each call."""
    return bindparam(name, type_=LargeBinary)


def typed(column: Column[Any]) -> BindParameter[Any]:
    """A value of the column's type, given by the column's name."""
    return bindparam(column.name, type_=column.type)


class Now(ColumnElement[int]):
    """The database's clock: milliseconds since 1970."""

    inherit_cache = True
    type = BigInteger()


@compiles(Now, "sqlite")
def _now_on_sqlite(element: Now, compiler: SQLCompiler, **options: Any) -> str:
    return "CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER)"


@compiles(Now, "postgresql")
def _now_on_postgres(element: Now, compiler: SQLCompiler, **options: Any) -> str:
    return "(extract(epoch FROM clock_timestamp()) * 1000)::bigint"

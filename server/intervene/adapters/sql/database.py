"""How either engine is asked: a query is a generator that yields statements, is sent their rows and returns a value. It
has no connection; its caller begins the transaction. So one text serves SQLite's threads and PostgreSQL's tasks.
"""

from collections.abc import Generator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol, TypeVar

from intervene.adapters.sql.statements import Statement

T = TypeVar("T")


class Ask(NamedTuple):
    """One statement and its values, by name."""

    statement: Statement
    values: Mapping[str, object]


class Each(NamedTuple):
    """One statement for each of `rows`; what it answers is dropped."""

    statement: Statement
    rows: Sequence[Mapping[str, object]]


class AskText(NamedTuple):
    """Text, for where locks or the bytes of an answer matter. Values stand in for `?`."""

    sql: str
    values: Sequence[object] = ()


class AskFitting(NamedTuple):
    """Text of the columns `seq, data, latest`, by falling `seq`: its first rows whose data, with the latest amendment
    where there is one, have at most `most_bytes` together, each counted with `limits.EVENT_MARGIN`, but at least one.
    The others' data are not loaded."""

    sql: str
    values: Sequence[object]
    most_bytes: int


Query = Generator[Ask | Each | AskText | AskFitting, Sequence[Any], T]


class Database(Protocol):
    """One SQL database. Both raise `Unavailable`, and any error of ours that the query raises."""

    async def ask(self, query: Query[T]) -> T:
        """What the query answers, on one snapshot."""

    async def tell(self, query: Query[T]) -> T:
        """The same in one transaction that writes; its value once it is durable. If the caller is cancelled, it is
        written all the same."""


def rows(statement: Statement, **values: object) -> Query[Sequence[Any]]:
    """The query of one statement."""
    return (yield Ask(statement, values))


def one(statement: Statement, **values: object) -> Query[Any]:
    """The query of one value."""
    ((value,),) = yield Ask(statement, values)
    return value

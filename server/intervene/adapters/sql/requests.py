"""Requests that are carried out once, on either engine: their row is part of the transaction of their effect."""

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert

from intervene.adapters.sql.database import Ask, Query
from intervene.adapters.sql.people_tables import request as table
from intervene.adapters.sql.statements import Now, Statement, number, word
from intervene.core.errors import IdReused
from intervene.ports.requests import Request

_KEY = (table.c.person == word("person"), table.c.key == word("key"))

_ADD = Statement(
    insert(table)
    .values(person=word("person"), key=word("key"), digest=word("digest"), made="", at=Now())
    .on_conflict_do_nothing()
    .returning(table.c.key)
)
"""First: a transaction at the same time waits for it, and then finds what it made."""
_FIND = Statement(select(table.c.digest, table.c.made).where(*_KEY))
_KEEP = Statement(update(table).where(*_KEY).values(made=word("made_given")))
DROP = Statement(delete(table).where(table.c.at < number("before")))


def made_before(request: Request | None) -> Query[str]:
    """The id of what the request made, "" if it is new: then `keep` follows. Raises `IdReused`."""
    if request is None or (yield Ask(_ADD, {**_named(request), "digest": request.digest})):
        return ""
    ((digest, made),) = yield Ask(_FIND, _named(request))
    if digest != request.digest:
        raise IdReused("The Idempotency-Key is that of another request. Choose another one.")
    return str(made)


def keep(request: Request | None, made: str) -> Query[None]:
    if request is not None:
        yield Ask(_KEEP, {**_named(request), "made_given": made})


def _named(request: Request) -> dict[str, object]:
    return {"person": request.person, "key": request.key}

"""The record of what people changed, on either engine."""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import or_, select, text
from sqlalchemy.dialects.postgresql import insert

from intervene.adapters.sql.database import Ask, Database, Query
from intervene.adapters.sql.people_tables import audit as table
from intervene.adapters.sql.statements import Now, Statement, number, word
from intervene.core.ids import AgentId, OrganisationId
from intervene.core.people import AuditEntry

_WORDS = ("organisation", "person", "action", "subject", "before", "after", "network", "once")

_ADD = Statement(
    insert(table)
    .values(at=Now(), **{name: word(f"{name}_given") for name in _WORDS})
    .on_conflict_do_nothing(index_elements=[table.c.organisation, table.c.once], index_where=text("once <> ''"))
)
_OF = Statement(
    select(table.c.handle, table.c.at, *(table.c[name] for name in _WORDS))
    .where(
        table.c.organisation == word("organisation"),
        or_(number("from_number") == 0, table.c.handle < number("from_number")),
    )
    .order_by(table.c.handle.desc())
    .limit(number("limit"))
)


class SqlAudit:
    """`ports.Audit`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def record(self, entry: AuditEntry) -> None:
        await self._database.tell(record(entry))

    async def of(self, organisation: OrganisationId, limit: int, before: int = 0) -> Sequence[AuditEntry]:
        def query() -> Query[Sequence[AuditEntry]]:
            found = yield Ask(_OF, {"organisation": organisation, "limit": limit, "from_number": before})
            return [_entry(*row) for row in found]

        return await self._database.ask(query())


def record(entry: AuditEntry) -> Query[None]:
    """Part of the query that makes the change: `yield from record(entry)`."""
    columns = {
        "organisation": entry.organisation,
        "person": entry.by,
        "action": entry.action,
        "subject": entry.subject,
        "before": _text(entry.before),
        "after": _text(entry.after),
        "network": entry.network,
        "once": entry.once,
    }
    yield Ask(_ADD, {f"{name}_given": value for name, value in columns.items()})


def _text(values: dict[str, Any] | None) -> str:
    return "" if values is None else msgspec.json.encode(values).decode()


def _values(text: str) -> dict[str, Any] | None:
    return msgspec.json.decode(text, type=dict[str, Any]) if text else None


def _entry(number: int, at: int, organisation: str, by: str, action: str, subject: str, *rest: str) -> AuditEntry:
    before, after, network, once = rest
    return AuditEntry(
        organisation=OrganisationId(organisation),
        action=action,
        subject=subject,
        by=AgentId(by),
        before=_values(before),
        after=_values(after),
        network=network,
        once=once,
        at=at,
        number=number,
    )

"""What people have typed and not sent, on either engine."""

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from intervene.adapters.sql.database import Ask, Database, Query, rows
from intervene.adapters.sql.people_tables import draft as table
from intervene.adapters.sql.statements import Now, Statement, number, word
from intervene.core.ids import AgentId, Key
from intervene.core.limits import DRAFTS
from intervene.ports.drafts import Draft

_KEY = (
    table.c.person == word("person"),
    table.c.organisation == word("organisation"),
    table.c.conversation == word("conversation"),
)
_insert = insert(table).values(
    person=word("person"), organisation=word("organisation"), conversation=word("conversation"), text=word("draft"),
    at=Now(),
)  # fmt: skip
_KEEP = Statement(
    _insert.on_conflict_do_update(
        index_elements=[table.c.person, table.c.organisation, table.c.conversation],
        set_={"text": _insert.excluded.text, "at": _insert.excluded.at},
    )
)
_REMOVE = Statement(delete(table).where(*_KEY))
_READ = Statement(select(table.c.text, table.c.at).where(*_KEY))
_older = table.alias("older")
_DROP_OLDEST = Statement(
    delete(table).where(
        table.c.person == word("person"),
        table.c.at
        <= select(_older.c.at)
        .where(_older.c.person == word("person"))
        .order_by(_older.c.at.desc())
        .limit(1)
        .offset(number("most"))
        .scalar_subquery(),
    )
)
DROP = Statement(delete(table).where(table.c.at < number("before")))


class SqlDrafts:
    """`ports.Drafts`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep(self, person: AgentId, key: Key, text: str) -> None:
        await self._database.tell(_keep(_named(person, key), text))

    async def read(self, person: AgentId, key: Key) -> Draft:
        found = await self._database.ask(rows(_READ, **_named(person, key)))
        return Draft(*found[0]) if found else Draft()


def _keep(named: dict[str, str], text: str) -> Query[None]:
    if not text:
        yield Ask(_REMOVE, named)
        return
    yield Ask(_KEEP, named | {"draft": text})
    yield Ask(_DROP_OLDEST, named | {"most": DRAFTS})


def _named(person: AgentId, key: Key) -> dict[str, str]:
    return {"person": person, "organisation": key.organisation, "conversation": key.conversation}

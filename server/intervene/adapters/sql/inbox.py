"""Lists of conversations, on either engine."""

from collections.abc import Sequence

from sqlalchemy import select

from intervene.adapters.sql.database import Ask, Database, Query
from intervene.adapters.sql.schema import conversation
from intervene.adapters.sql.statements import Statement, number, word
from intervene.core.conversation.packing import COLUMNS, FORMAT, Row, unpack
from intervene.core.conversation.state import Conversation
from intervene.core.ids import OrganisationId

_RECENT = Statement(
    select(*(conversation.c[name] for name in COLUMNS))
    .where(conversation.c.organisation == word("organisation"), conversation.c.format <= number("format"))
    .order_by(conversation.c.changed_at.desc())
    .limit(number("limit"))
)


class SqlInbox:
    """`ports.Inbox`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def recent(self, organisation: OrganisationId, limit: int) -> Sequence[Conversation]:
        def query() -> Query[Sequence[Conversation]]:
            found = yield Ask(_RECENT, {"organisation": organisation, "format": FORMAT, "limit": limit})
            return [unpack(Row(*columns)) for columns in found]

        return await self._database.ask(query())

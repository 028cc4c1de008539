"""Addresses that were given up, on either engine."""

from collections.abc import Sequence

from sqlalchemy import literal_column, select, text
from sqlalchemy.dialects.postgresql import insert

from intervene.adapters.sql.database import Ask, Database, Query
from intervene.adapters.sql.schema import channel_id
from intervene.adapters.sql.statements import Now, Statement, number, word
from intervene.core.ids import ChannelId, OrganisationId

_insert = insert(channel_id).values(
    organisation=word("organisation"),
    channel=word("channel"),
    address=word("address"),
    conversation=literal_column("''"),
    spent=Now(),
)
_SPEND = Statement(
    _insert.on_conflict_do_update(
        index_elements=[channel_id.c.organisation, channel_id.c.channel, channel_id.c.address],
        set_={"spent": _insert.excluded.spent},
        where=channel_id.c.spent == 0,
    )
)
_SPENT_SINCE = Statement(
    select(channel_id.c.spent, channel_id.c.organisation, channel_id.c.channel, channel_id.c.address)
    .where(text("spent > 0"), channel_id.c.spent >= number("at"))  # the index is of these alone
    .order_by(channel_id.c.spent)
    .limit(number("limit"))
)


class SqlAddresses:
    """`ports.Addresses`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def spend(self, address: ChannelId) -> None:
        def query() -> Query[None]:
            yield Ask(_SPEND, address._asdict())

        await self._database.tell(query())

    async def spent_since(self, at: int, limit: int) -> Sequence[tuple[int, ChannelId]]:
        def query() -> Query[Sequence[tuple[int, ChannelId]]]:
            found = yield Ask(_SPENT_SINCE, {"at": at, "limit": limit})
            return [(spent, ChannelId(OrganisationId(organisation), *rest)) for spent, organisation, *rest in found]

        return await self._database.ask(query())

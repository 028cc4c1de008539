"""What organisations have set, on either engine."""

import msgspec
from sqlalchemy import select, text, update
from sqlalchemy.dialects.postgresql import insert

from intervene.adapters.sql.database import Ask, Database, Query, one
from intervene.adapters.sql.schema import organisation as table
from intervene.adapters.sql.setting_rows import in_policy
from intervene.adapters.sql.settings_tables import tables
from intervene.adapters.sql.statements import Statement, word
from intervene.core.ids import OrganisationId
from intervene.core.policy import Settings, Stored
from intervene.core.settings import Kind

_OF = Statement(select(table.c.settings_version, table.c.settings).where(table.c.id == word("organisation")))
_ADD = Statement(
    insert(table)
    .values(id=word("organisation"), settings_version=0, settings="{}")
    .on_conflict_do_update(index_elements=[table.c.id], set_={"settings": table.c.settings})
)
"""A row, if there was none. It is locked in either case."""
_RAISE = Statement(
    update(table).where(table.c.id == word("organisation")).values(settings_version=table.c.settings_version + 1)
)
_VERSION = Statement(select(table.c.settings_version).where(table.c.id == word("organisation")))
_SET = Statement(
    update(table)
    .where(table.c.id == word("organisation"))
    .values(settings_version=table.c.settings_version + 1, settings=word("settings_given"))
)
_channels = tables[Kind.CHANNEL]
_OF_CHANNEL = Statement(
    select(_channels.c.organisation).where(text("id <> 'webchat'"), _channels.c.id == word("channel"))
)


class SqlPolicies:
    """`ports.Policies`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def read(self, organisation: OrganisationId) -> Stored:
        def query() -> Query[Stored]:
            version, settings = yield from read(organisation)
            if not version:
                return Stored()
            rows, members = yield from in_policy(organisation)
            return Stored(version=version, settings=settings, rows=rows, members=members)

        return await self._database.ask(query())

    async def change(self, organisation: OrganisationId, settings: Settings) -> int:
        return await self._database.tell(change(organisation, settings))

    async def organisation_of(self, channel: str) -> OrganisationId | None:
        def query() -> Query[OrganisationId | None]:
            found = yield Ask(_OF_CHANNEL, {"channel": channel})
            return next((OrganisationId(organisation) for (organisation,) in found), None)

        return await self._database.ask(query())


def read(organisation: OrganisationId) -> Query[tuple[int, Settings]]:
    for version, settings in (yield Ask(_OF, {"organisation": organisation})):
        return version, msgspec.json.decode(settings, type=Settings)
    return 0, Settings()


def locked(organisation: OrganisationId) -> Query[None]:
    """The organisation's row, made if there was none: changes of its settings come one after another."""
    yield Ask(_ADD, {"organisation": organisation})


def raised(organisation: OrganisationId) -> Query[int]:
    """The version of its settings, one higher. The row is locked."""
    yield Ask(_RAISE, {"organisation": organisation})
    version: int = yield from one(_VERSION, organisation=organisation)
    return version


def change(organisation: OrganisationId, settings: Settings) -> Query[int]:
    yield from locked(organisation)
    ((version, stored),) = yield Ask(_OF, {"organisation": organisation})
    kept = {**msgspec.json.decode(stored, type=dict[str, object]), **msgspec.structs.asdict(settings)}
    yield Ask(_SET, {"organisation": organisation, "settings_given": msgspec.json.encode(kept).decode()})
    return int(version) + 1

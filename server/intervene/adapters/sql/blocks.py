"""Blocked addresses on either engine."""

from collections.abc import Sequence

from sqlalchemy import and_, delete, func, or_, select
from sqlalchemy.dialects.postgresql import insert

from intervene.adapters.sql.audit import record
from intervene.adapters.sql.blocked import ADDRESSES, named
from intervene.adapters.sql.contacts import whose
from intervene.adapters.sql.contacts_tables import block as table
from intervene.adapters.sql.database import Ask, AskText, Database, Query
from intervene.adapters.sql.joins import lock_identity
from intervene.adapters.sql.statements import Now, Statement, number, word
from intervene.core import limits
from intervene.core.blocks import Block
from intervene.core.errors import LimitReached
from intervene.core.ids import WEBCHAT, AgentId, ChannelId, ConversationId, OrganisationId
from intervene.core.people import AuditEntry
from intervene.ports.blocks import Affected, Arrival

_KEY = ("organisation", "channel", "address")
_KEPT = [table.c[name] for name in ("channel", "address", "until", "by", "why", "at")]
_HERE = table.c.organisation == word("organisation")

_given = insert(table).from_select(
    [*_KEY, "until", "by", "why", "at"],
    select(
        word("organisation"), word("channel"), word("address"), number("until_given"), word("by_given"),
        word("why_given"), Now(),
    ).where(word("organisation_there") != ""),
)  # fmt: skip
_PUT = Statement(
    _given.on_conflict_do_update(
        index_elements=[table.c[name] for name in _KEY],
        set_={name: _given.excluded[name] for name in ("until", "by", "why", "at")},
        where=or_(table.c.until != _given.excluded.until, table.c.why != _given.excluded.why),
    )
)
_REMOVE = Statement(
    delete(table)
    .where(_HERE, table.c.channel == word("channel"), table.c.address == word("address"))
    .returning(table.c.address)
)
_DROP_ENDED = Statement(delete(table).where(_HERE, table.c.until > 0, table.c.until <= Now()))
_COUNT = Statement(select(func.count()).select_from(table).where(_HERE))
_ONE = Statement(
    select(*_KEPT).where(_HERE, table.c.channel == word("channel"), table.c.address == word("address"))
)  # fmt: skip
_PAGE = Statement(
    select(*_KEPT)
    .where(
        _HERE,
        or_(
            number("from_start") > 0,
            table.c.channel > word("after_channel"),
            and_(table.c.channel == word("after_channel"), table.c.address > word("after_address")),
        ),
    )
    .order_by(table.c.channel, table.c.address)
    .limit(number("limit"))
)
_LATELY = Statement(
    select(table.c.organisation, *_KEPT).where(table.c.at >= number("at")).order_by(table.c.at).limit(number("limit"))
)

_ALL = f"WITH {ADDRESSES} SELECT address FROM whole ORDER BY address"
_COUNTING = f"""
    WITH {ADDRESSES} SELECT block.channel, block.address, block.until, block.by, block.why, block.at
    FROM whole JOIN block ON block.organisation = ? AND block.channel IN ('', ?) AND block.address = whole.address
    WHERE block.until = 0 OR block.until > ? ORDER BY block.until = 0 DESC, block.until DESC LIMIT 1
"""
_LATEST = "SELECT conversation FROM identity WHERE organisation = ? AND channel = ? AND id = ?"
_CHANNELS = "SELECT channel FROM channel_id WHERE organisation = ? AND address = ? ORDER BY channel"

_ALL_CHANNELS = f"""
    SELECT channel FROM channel_id WHERE organisation = ? AND address = ?
    UNION SELECT id FROM channel WHERE organisation = ? UNION SELECT '{WEBCHAT}' ORDER BY 1
"""
_FORGET = """
    DELETE FROM identity WHERE organisation = ? AND channel = ? AND id = ? AND conversation = '' AND joined_to = ''
    AND NOT EXISTS (
        SELECT 1 FROM channel_id AS at WHERE at.organisation = identity.organisation AND at.channel = identity.channel
        AND (at.address = identity.id OR at.identity = identity.id)
    )
"""


class SqlBlocks:
    """`ports.Blocks`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, organisation: OrganisationId, block: Block, entry: AuditEntry) -> Block:
        def query() -> Query[Block]:
            made = yield from _hold(organisation, block.channel, block.address)
            yield Ask(_DROP_ENDED, {"organisation": organisation})
            yield put(organisation, block)
            ((count,),) = yield Ask(_COUNT, {"organisation": organisation})
            if count > limits.BLOCKS:
                raise LimitReached("As many addresses are blocked as may be. Lift a block.", limit=limits.BLOCKS)
            yield from record(entry)
            for at in made:
                yield AskText(_FORGET, at)
            key = {"organisation": organisation, "channel": block.channel, "address": block.address}
            (columns,) = yield Ask(_ONE, key)
            return _block(*columns)

        return await self._database.tell(query())

    async def remove(self, organisation: OrganisationId, channel: str, address: str, entry: AuditEntry) -> bool:
        def query() -> Query[bool]:
            if not (yield remove(organisation, channel, address)):
                return False
            yield from record(entry)
            return True

        return await self._database.tell(query())

    async def page(
        self, organisation: OrganisationId, after: tuple[str, str] | None, limit: int
    ) -> Sequence[Block]:  # fmt: skip
        def query() -> Query[Sequence[Block]]:
            channel, address = after or ("", "")
            values = {"organisation": organisation, "limit": limit, "from_start": int(after is None)}
            found = yield Ask(_PAGE, values | {"after_channel": channel, "after_address": address})
            return [_block(*columns) for columns in found]

        return await self._database.ask(query())

    async def of(self, address: ChannelId, now: int) -> Block | None:
        return await self._database.ask(_counting(address, now))

    async def arrival(self, address: ChannelId, now: int) -> Arrival:
        return await self._database.ask(_arrival(address, now))

    async def affected(self, organisation: OrganisationId, channel: str, address: str) -> Sequence[Affected]:
        return await self._database.ask(_affected(organisation, channel, address))

    async def lately(self, at: int, limit: int) -> Sequence[tuple[int, OrganisationId, Block]]:
        def query() -> Query[Sequence[tuple[int, OrganisationId, Block]]]:
            found = [
                (OrganisationId(organisation), _block(*columns))
                for organisation, *columns in (yield Ask(_LATELY, {"at": at, "limit": limit}))
            ]
            return [(block.at, organisation, block) for organisation, block in found]

        return await self._database.ask(query())


def _hold(organisation: OrganisationId, channel: str, address: str) -> Query[list[ChannelId]]:
    """Lock the identities of an address: whatever opens a conversation of theirs waits, and finds the block, or was
    before it, and its conversation is found. Those without an address have a row for as long as that takes."""
    channels = [channel] if channel else []
    if not channel:
        channels = [each for (each,) in (yield AskText(_ALL_CHANNELS, (organisation, address, organisation)))]
    held = []
    for each in channels:
        at = ChannelId(organisation, each, address)
        found = yield from whose(at)
        yield from lock_identity(at, found)
        held.append(at._replace(address=found.identity))
    return held


def _arrival(address: ChannelId, now: int) -> Query[Arrival]:
    found = yield from whose(address)
    return Arrival(found, (yield from _counting(address, now)))


def _counting(address: ChannelId, now: int) -> Query[Block | None]:
    values = (*named(address), address.organisation, address.channel, now)
    return next((_block(*columns) for columns in (yield AskText(_COUNTING, values))), None)


def _affected(organisation: OrganisationId, channel: str, address: str) -> Query[Sequence[Affected]]:
    channels = [channel]
    if not channel:
        channels = [named for (named,) in (yield AskText(_CHANNELS, (organisation, address)))]
    found = []
    for each in channels:
        at = ChannelId(organisation, each, address)
        latest = (yield from whose(at)).conversation
        for (conversation,) in () if latest else (yield AskText(_LATEST, at)):
            latest = ConversationId(conversation)
        rows = yield AskText(_ALL, named(at))
        found.append(Affected([ChannelId(organisation, each, one) for (one,) in rows], latest))
    return found


def put(organisation: OrganisationId, block: Block) -> Ask:
    given = {"until_given": block.until, "by_given": block.by, "why_given": block.why}
    key = {"organisation": organisation, "channel": block.channel, "address": block.address}
    return Ask(_PUT, {**key, **given, "organisation_there": organisation})


def remove(organisation: OrganisationId, channel: str, address: str) -> Ask:
    return Ask(_REMOVE, {"organisation": organisation, "channel": channel, "address": address})


def _block(channel: str, address: str, until: int, by: str, why: str, at: int) -> Block:
    return Block(channel=channel, address=address, until=until, by=AgentId(by), why=why, at=at)

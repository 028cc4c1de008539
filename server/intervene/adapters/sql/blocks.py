"""Blocked addresses on either engine."""

from collections.abc import Sequence

from sqlalchemy import and_, delete, func, or_, select
from sqlalchemy.dialects.postgresql import insert

from intervene.adapters.sql.audit import record
from intervene.adapters.sql.contacts import whose
from intervene.adapters.sql.contacts_tables import block as table
from intervene.adapters.sql.database import Ask, AskText, Database, Query
from intervene.adapters.sql.statements import Now, Statement, number, word
from intervene.core import limits
from intervene.core.actors import Agent
from intervene.core.blocks import Block
from intervene.core.errors import LimitReached
from intervene.core.events import Blocked, Unblocked
from intervene.core.ids import AgentId, ChannelId, ConversationId, OrganisationId
from intervene.core.people import AuditEntry
from intervene.ports.blocks import Affected
from intervene.ports.log import Commit

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

_ADDRESSES = """
    mine AS (
        SELECT coalesce((
            SELECT CASE WHEN identity = '' THEN address ELSE identity END FROM channel_id
            WHERE organisation = ? AND channel = ? AND address = ?
        ), ?) AS identity
    ), whole AS (
        SELECT other.address FROM mine JOIN channel_id AS other
        ON other.organisation = ? AND other.channel = ? AND other.identity = mine.identity AND other.identity <> ''
        UNION SELECT mine.identity FROM mine WHERE NOT EXISTS (
            SELECT 1 FROM channel_id AS own WHERE own.organisation = ? AND own.channel = ?
            AND own.address = mine.identity AND own.identity NOT IN ('', mine.identity)
        )
        UNION SELECT CAST(? AS TEXT)
    )
"""
"""All addresses of an identity, by one of them or by its id, which is one of them unless that went to another."""


def _named(at: ChannelId) -> tuple[str, ...]:
    """The values of `_ADDRESSES`."""
    organisation, channel, address = at
    return (*at, address, organisation, channel, organisation, channel, address)


_ALL = f"WITH {_ADDRESSES} SELECT address FROM whole ORDER BY address"
_COUNTING = f"""
    WITH {_ADDRESSES} SELECT block.channel, block.address, block.until, block.by, block.why, block.at
    FROM whole JOIN block ON block.organisation = ? AND block.channel IN ('', ?) AND block.address = whole.address
    WHERE block.until = 0 OR block.until > ? ORDER BY block.until = 0 DESC, block.until DESC LIMIT 1
"""
_LATEST = "SELECT conversation FROM identity WHERE organisation = ? AND channel = ? AND id = ?"
_CHANNELS = "SELECT channel FROM channel_id WHERE organisation = ? AND address = ? ORDER BY channel"


class SqlBlocks:
    """`ports.Blocks`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, organisation: OrganisationId, block: Block, entry: AuditEntry) -> Block:
        def query() -> Query[Block]:
            yield Ask(_DROP_ENDED, {"organisation": organisation})
            yield _put(organisation, block)
            ((count,),) = yield Ask(_COUNT, {"organisation": organisation})
            if count > limits.BLOCKS:
                raise LimitReached("As many addresses are blocked as may be. Lift a block.", limit=limits.BLOCKS)
            yield from record(entry)
            key = {"organisation": organisation, "channel": block.channel, "address": block.address}
            (columns,) = yield Ask(_ONE, key)
            return _block(*columns)

        return await self._database.tell(query())

    async def remove(self, organisation: OrganisationId, channel: str, address: str, entry: AuditEntry) -> bool:
        def query() -> Query[bool]:
            if not (yield _remove(organisation, channel, address)):
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
        def query() -> Query[Block | None]:
            values = (*_named(address), address.organisation, address.channel, now)
            return next((_block(*columns) for columns in (yield AskText(_COUNTING, values))), None)

        return await self._database.ask(query())

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
        rows = yield AskText(_ALL, _named(at))
        found.append(Affected([ChannelId(organisation, each, one) for (one,) in rows], latest))
    return found


# -- with a commit -----------------------------------------------------------------------------------------------------


def written(commit: Commit) -> Query[None]:
    """What a commit blocks, and what it lifts; in its transaction."""
    for event, _ in commit.events:
        match event.body:
            case Blocked(channel=channel, address=address, until=until, why=why):
                by = event.author.id if isinstance(event.author, Agent) else AgentId("")
                yield _put(
                    commit.key.organisation, Block(channel=channel, address=address, until=until, by=by, why=why)
                )
            case Unblocked(channel=channel, address=address):
                yield _remove(commit.key.organisation, channel, address)
            case _:
                pass


def rehearse() -> Query[None]:
    """The same, of no address."""
    nowhere = OrganisationId("")
    yield _put(nowhere, Block(channel="", address=""))
    yield _remove(nowhere, "", "")


def _put(organisation: OrganisationId, block: Block) -> Ask:
    given = {"until_given": block.until, "by_given": block.by, "why_given": block.why}
    key = {"organisation": organisation, "channel": block.channel, "address": block.address}
    return Ask(_PUT, {**key, **given, "organisation_there": organisation})


def _remove(organisation: OrganisationId, channel: str, address: str) -> Ask:
    return Ask(_REMOVE, {"organisation": organisation, "channel": channel, "address": address})


def _block(channel: str, address: str, until: int, by: str, why: str, at: int) -> Block:
    return Block(channel=channel, address=address, until=until, by=AgentId(by), why=why, at=at)

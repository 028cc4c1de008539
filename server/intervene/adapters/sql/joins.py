"""Joins of identities on either engine. A row is locked by an update that changes nothing in it."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import and_, case, delete, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert

from intervene.adapters.sql.audit import record
from intervene.adapters.sql.contacts import known, locked, whose
from intervene.adapters.sql.contacts_tables import contact, identity, join_job
from intervene.adapters.sql.database import Ask, Database, Query
from intervene.adapters.sql.identities import moved
from intervene.adapters.sql.queries import Row, find
from intervene.adapters.sql.schema import channel_id, event
from intervene.adapters.sql.statements import Now, Statement, number, octets, word
from intervene.adapters.sql.words import change_words
from intervene.core import limits
from intervene.core.actors import Contact
from intervene.core.contacts import Whose, folded
from intervene.core.errors import LimitReached, NotFound
from intervene.core.ids import ChannelId, ContactId, ConversationId, IdentityId, Key, OrganisationId
from intervene.core.joining import Candidate, survivor
from intervene.core.people import AuditEntry
from intervene.ports.joins import JoinJob

_IDENTITY = (
    identity.c.organisation == word("organisation_given"),
    identity.c.channel == word("channel_given"),
    identity.c.id == word("identity_given"),
)
_ADD_IDENTITY = Statement(
    insert(identity)
    .values(
        organisation=word("organisation_given"), channel=word("channel_given"), id=word("identity_given"),
        contact=word("contact_given"), conversation=word("conversation_given"),
    )
    .on_conflict_do_nothing()
)  # fmt: skip
_LOCK_IDENTITY = Statement(
    update(identity)
    .where(*_IDENTITY)
    .values(contact=identity.c.contact)
    .returning(identity.c.conversation, identity.c.joined_to)
)
_JOIN = Statement(update(identity).where(*_IDENTITY).values(joined_to=word("winner")))
_NAME = Statement(update(identity).where(*_IDENTITY).values(conversation=word("conversation_given")))

_ADDRESS = (
    channel_id.c.organisation == word("organisation_given"),
    channel_id.c.channel == word("channel_given"),
    channel_id.c.address == word("address_given"),
)
_ADD_ADDRESS = Statement(
    insert(channel_id)
    .values(
        organisation=word("organisation_given"), channel=word("channel_given"), address=word("address_given"),
        conversation="",
    )
    .on_conflict_do_nothing()
)  # fmt: skip
_LOCK_ADDRESS = Statement(
    update(channel_id)
    .where(*_ADDRESS)
    .values(kind=channel_id.c.kind)
    .returning(channel_id.c.identity, channel_id.c.spent)
)
_OWN_ID = case((channel_id.c.id == "", channel_id.c.address), else_=channel_id.c.id)
_OF_IDENTITY = (
    channel_id.c.organisation == word("organisation_given"),
    channel_id.c.channel == word("channel_given"),
    or_(
        and_(channel_id.c.identity == word("identity_given"), channel_id.c.identity != ""),
        and_(channel_id.c.address == word("identity_given"), channel_id.c.identity == ""),
    ),
    channel_id.c.spent == 0,
)
_ADDRESSES = Statement(select(channel_id.c.address).where(*_OF_IDENTITY).order_by(channel_id.c.address))
_MOVE = Statement(
    update(channel_id)
    .where(*_ADDRESS)
    .values(id=_OWN_ID, identity=word("winner"), conversation=word("conversation_given"), moved=Now())
)
_VOUCH = Statement(update(channel_id).where(*_ADDRESS).values(vouched=1))
_SPEND = Statement(update(channel_id).where(*_ADDRESS).values(spent=Now()))
_NAME_ADDRESS = Statement(update(channel_id).where(*_ADDRESS).values(conversation=word("conversation_given")))

_MERGE = Statement(
    update(contact)
    .where(
        contact.c.organisation == word("organisation_given"),
        or_(contact.c.id == word("loser"), contact.c.merged_into == word("loser")),
    )
    .values(merged_into=word("winner"))
)
_GIVE_NAME = Statement(
    update(contact)
    .where(contact.c.organisation == word("organisation_given"), contact.c.id == word("winner"), contact.c.name == "")
    .values(name=word("name_given"), folded=octets("folded_given"))
    .returning(contact.c.id)
)
_ASKED_AT = Statement(
    select(event.c.at).where(event.c.conversation == number("conversation"), event.c.seq == number("seq"))
)

_JOB = ("id", "organisation", "channel", "loser", "winner", "kept", "dropped", "step")
_ADD_JOB = Statement(
    insert(join_job).values(
        at=Now(), step=number("step"), **{name: word(name) for name in _JOB if name != "step"}
    )
)  # fmt: skip
_DUE = Statement(
    select(*(join_job.c[name] for name in _JOB), identity.c.contact, contact.c.name)
    .select_from(
        join_job.outerjoin(
            identity,
            and_(
                identity.c.organisation == join_job.c.organisation,
                identity.c.channel == join_job.c.channel,
                identity.c.id == join_job.c.winner,
            ),
        ).outerjoin(
            contact, and_(contact.c.organisation == join_job.c.organisation, contact.c.id == identity.c.contact)
        )
    )
    .order_by(join_job.c.at)
    .limit(number("limit"))
)
_ADVANCE = Statement(update(join_job).where(join_job.c.id == word("job")).values(step=number("step_given")))
_END = Statement(delete(join_job).where(join_job.c.id == word("job")))
_MOVED_SINCE = Statement(
    select(channel_id.c.moved, channel_id.c.organisation, channel_id.c.channel, channel_id.c.address)
    .where(text("moved > 0"), channel_id.c.moved >= number("at"))  # the index is of these alone
    .order_by(channel_id.c.moved)
    .limit(number("limit"))
)


class SqlJoins:
    """`ports.Joins`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def claim(self, visitor: ChannelId, user: ChannelId, id: str) -> JoinJob | None:
        return await self._database.tell(_join(visitor, user, id, spends=True))

    async def join(self, address: ChannelId, other: ChannelId, id: str) -> JoinJob | None:
        return await self._database.tell(_join(address, other, id, spends=False))

    async def detach(self, address: ChannelId, id: str, identity: IdentityId, entry: AuditEntry) -> JoinJob | None:
        return await self._database.tell(_detach(address, id, identity, entry))

    async def due(self, limit: int) -> Sequence[JoinJob]:
        def query() -> Query[Sequence[JoinJob]]:
            return [_job(*columns) for columns in (yield Ask(_DUE, {"limit": limit}))]

        return await self._database.ask(query())

    async def advance(self, id: str, step: int) -> None:
        def query() -> Query[None]:
            yield Ask(_ADVANCE, {"job": id, "step_given": step})

        await self._database.tell(query())

    async def end(self, id: str) -> None:
        def query() -> Query[None]:
            yield Ask(_END, {"job": id})

        await self._database.tell(query())

    async def moved_since(self, at: int, limit: int) -> Sequence[tuple[int, ChannelId]]:
        def query() -> Query[Sequence[tuple[int, ChannelId]]]:
            found = yield Ask(_MOVED_SINCE, {"at": at, "limit": limit})
            return [(moved, ChannelId(OrganisationId(organisation), *rest)) for moved, organisation, *rest in found]

        return await self._database.ask(query())


class _Side(NamedTuple):
    """One of the two, with its rows locked."""

    address: ChannelId
    whose: Whose
    latest: Candidate | None

    @property
    def names(self) -> dict[str, object]:
        """Of its identity, for the statements."""
        at = self.address
        return {
            "organisation_given": at.organisation, "channel_given": at.channel, "identity_given": self.whose.identity
        }  # fmt: skip


def _join(address: ChannelId, other: ChannelId, id: str, *, spends: bool) -> Query[JoinJob | None]:
    """The identity of `address` loses."""
    assert address[:2] == other[:2], "of one channel"
    lost, won = (yield from whose(address)), (yield from whose(other))
    if lost.identity == won.identity or lost.is_spent or won.is_spent:
        return None
    latest: dict[IdentityId, ConversationId] = {}
    for at, each in sorted(((address, lost), (other, won)), key=lambda pair: pair[1].identity):
        latest[each.identity] = yield from lock_identity(at, each)
    for at, each in sorted(((address, lost), (other, won))):
        yield from _lock_address(at, each)
    loser = _Side(address, lost, (yield from _candidate(address, latest[lost.identity])))
    winner = _Side(other, won, (yield from _candidate(other, latest[won.identity])))
    kept, dropped = survivor(loser.latest, winner.latest)
    kept_id = kept.state.id if kept else ConversationId("")
    yield from _move_addresses(loser, winner, kept_id, spends=spends)
    yield Ask(_JOIN, loser.names | {"winner": won.identity})
    yield Ask(_NAME, winner.names | {"conversation_given": kept_id})
    yield Ask(_NAME_ADDRESS, _named(other) | {"conversation_given": kept_id})
    if spends:  # a claim is only of a vouched user
        yield Ask(_VOUCH, _named(other))
    name = yield from _merge(loser, winner)
    if kept is None:
        return None
    job = JoinJob(
        id=id, organisation=address.organisation, channel=address.channel, loser=lost.identity, winner=won.identity,
        contact=Contact(id=won.contact, name=name), kept=kept_id,
        dropped=dropped.state.id if dropped else ConversationId(""),
    )  # fmt: skip
    yield Ask(_ADD_JOB, {name: getattr(job, name) for name in _JOB})
    return job


def lock_identity(at: ChannelId, found: Whose) -> Query[ConversationId]:
    """Its latest conversation, "" for none. It has a row from now on."""
    names = {"organisation_given": at.organisation, "channel_given": at.channel, "identity_given": found.identity}
    yield Ask(_ADD_IDENTITY, names | {"contact_given": found.contact, "conversation_given": found.conversation})
    for conversation, joined_to in (yield Ask(_LOCK_IDENTITY, names)):
        if not joined_to:
            return ConversationId(conversation or found.conversation)
    raise moved()


def _lock_address(at: ChannelId, found: Whose) -> Query[None]:
    yield Ask(_ADD_ADDRESS, _named(at))
    ((identity, spent),) = yield Ask(_LOCK_ADDRESS, _named(at))
    if spent or (identity or at.address) != found.identity:
        raise moved()


def _candidate(at: ChannelId, conversation: ConversationId) -> Query[Candidate | None]:
    row: Row | None = (yield from find(Key(at.organisation, conversation))) if conversation else None
    if row is None:
        return None
    asked = yield Ask(_ASKED_AT, {"conversation": row.handle, "seq": row.state.asked})
    return Candidate(row.state, asked[0][0] if asked else 0)


def _move_addresses(loser: _Side, winner: _Side, kept: ConversationId, *, spends: bool) -> Query[None]:
    mine = [address for (address,) in (yield Ask(_ADDRESSES, loser.names))]
    theirs = yield Ask(_ADDRESSES, winner.names)
    if len(mine) - spends + len(theirs) > limits.ADDRESSES:
        raise LimitReached("An identity has as many addresses as it may.", limit=limits.ADDRESSES)
    for address in mine:
        at = _named(loser.address._replace(address=address))
        if spends and address == loser.address.address:
            yield Ask(_SPEND, at)
        else:
            yield Ask(_MOVE, at | {"winner": winner.whose.identity, "conversation_given": kept})


def _merge(loser: _Side, winner: _Side) -> Query[str]:
    """The loser's contact is part of the winner's from now on. The name that it has then."""
    organisation, lost, won = loser.address.organisation, loser.whose.contact, winner.whose.contact
    names: dict[ContactId, str] = {}
    for each in sorted({lost, won}):
        yield from known(organisation, each, "")
        row = yield from locked(organisation, each)
        if row.merged_into:
            raise moved()
        names[each] = row.name
    if lost != won:
        yield Ask(_MERGE, {"organisation_given": organisation, "loser": lost, "winner": won})
    if not names[won] and names[lost]:
        yield from _give_name(organisation, won, names[lost])
    return names[won] or names[lost]


def _give_name(organisation: OrganisationId, id: ContactId, name: str) -> Query[None]:
    values = {"organisation_given": organisation, "winner": id, "name_given": name, "folded_given": folded(name)}
    if (yield Ask(_GIVE_NAME, values)):
        yield from change_words(organisation, id, name)


def _detach(address: ChannelId, id: str, to: IdentityId, entry: AuditEntry) -> Query[JoinJob | None]:
    found = yield from whose(address)
    conversation = ConversationId("") if found.is_spent else (yield from lock_identity(address, found))
    rows = yield Ask(_LOCK_ADDRESS, _named(address))
    if not rows or rows[0][1]:
        raise NotFound("There is no such address, or none of yours.")
    if (rows[0][0] or address.address) != found.identity:
        raise moved()
    names = {"organisation_given": address.organisation, "channel_given": address.channel, "identity_given": to}
    yield Ask(_ADD_IDENTITY, names | {"contact_given": str(to), "conversation_given": ""})
    yield Ask(_MOVE, _named(address) | {"winner": to, "conversation_given": ""})
    yield from known(address.organisation, ContactId(to), "")
    yield from record(entry)
    if not conversation:
        return None
    job = JoinJob(
        id=id, organisation=address.organisation, channel=address.channel, loser=found.identity, winner=to,
        contact=Contact(id=ContactId(to), name=""), dropped=conversation,
    )  # fmt: skip
    yield Ask(_ADD_JOB, {name: getattr(job, name) for name in _JOB})
    return job


def _named(at: ChannelId) -> dict[str, object]:
    return {"organisation_given": at.organisation, "channel_given": at.channel, "address_given": at.address}


def _job(*columns: Any) -> JoinJob:
    id, organisation, channel, loser, winner, kept, dropped, step, of, name = columns
    return JoinJob(
        id=id, organisation=organisation, channel=channel, loser=loser, winner=winner, kept=kept, dropped=dropped,
        step=step, contact=Contact(id=ContactId(of or winner), name=name or ""),
    )  # fmt: skip

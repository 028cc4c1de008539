"""Contacts on either engine: the contact of an address, and what is known of it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import and_, case, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from intervene.adapters.sql import attributes
from intervene.adapters.sql.audit import record
from intervene.adapters.sql.contacts_tables import contact, identity
from intervene.adapters.sql.database import Ask, Database, Query
from intervene.adapters.sql.requests import keep, made_before
from intervene.adapters.sql.schema import channel_id, conversation
from intervene.adapters.sql.statements import Now, Statement, number, octets, word
from intervene.adapters.sql.words import ROW, add_words, change_words, find_named, new_row
from intervene.core import limits
from intervene.core.actors import Contact
from intervene.core.contacts import AddressKind, Attribute, ContactAddress, ContactRow, Profile, Source, Whose, folded
from intervene.core.conversation.packing import COLUMNS, FORMAT, Row, unpack
from intervene.core.conversation.state import Conversation
from intervene.core.errors import IllegalMove, LimitReached, VersionChanged
from intervene.core.ids import ChannelId, ContactId, ConversationId, IdentityId, OrganisationId
from intervene.core.people import AuditEntry
from intervene.ports.contacts import Cursor, NewContact
from intervene.ports.requests import Request

_HERE = contact.c.organisation == word("organisation")
_ROW = ROW
_IDENTITY_OF_ADDRESS = case((channel_id.c.identity == "", channel_id.c.address), else_=channel_id.c.identity)
_WITH_IDENTITY = channel_id.outerjoin(
    identity,
    and_(
        identity.c.organisation == channel_id.c.organisation,
        identity.c.channel == channel_id.c.channel,
        identity.c.id == _IDENTITY_OF_ADDRESS,
    ),
)
_CONTACT_OF_ADDRESS = func.coalesce(identity.c.contact, _IDENTITY_OF_ADDRESS)

_WHOSE = Statement(
    select(
        _IDENTITY_OF_ADDRESS,
        _CONTACT_OF_ADDRESS,
        contact.c.merged_into,
        identity.c.conversation,
        channel_id.c.conversation,
        channel_id.c.spent,
    )
    .select_from(
        _WITH_IDENTITY.outerjoin(
            contact,
            and_(contact.c.organisation == channel_id.c.organisation, contact.c.id == _CONTACT_OF_ADDRESS),
        )
    )
    .where(
        channel_id.c.organisation == word("organisation"),
        channel_id.c.channel == word("channel"),
        channel_id.c.address == word("address"),
    )
)
_AT = Statement(
    select(_CONTACT_OF_ADDRESS)
    .select_from(_WITH_IDENTITY)
    .where(channel_id.c.organisation == word("organisation"), channel_id.c.address == word("address"))
)
_OF = Statement(select(*_ROW).where(_HERE, contact.c.id == word("id")))
_MERGED = Statement(select(contact.c.id).where(_HERE, contact.c.merged_into == word("id"), contact.c.merged_into != ""))
_LOCK = Statement(
    update(contact).where(_HERE, contact.c.id == word("id_given")).values(version=contact.c.version).returning(*_ROW)
)
_RENAME = Statement(
    update(contact)
    .where(_HERE, contact.c.id == word("id_given"))
    .values(name=word("name_given"), folded=octets("folded_given"), version=contact.c.version + 1)
)
_NEW = insert(contact).values(
    organisation=word("organisation"), id=word("id"), name=word("name"), folded=octets("folded"), version=1,
    created_at=Now(), worded=octets("worded"),
)  # fmt: skip
_ADD = Statement(_NEW.on_conflict_do_nothing().returning(contact.c.id))
_ADD_OR_NAME = Statement(
    _NEW.on_conflict_do_update(
        index_elements=[contact.c.organisation, contact.c.id],
        set_={
            "name": _NEW.excluded.name,
            "folded": _NEW.excluded.folded,
            "worded": _NEW.excluded.worded,
            "version": contact.c.version + 1,
        },
        where=and_(contact.c.name == "", _NEW.excluded.name != ""),
    ).returning(contact.c.id)
)

_IDENTITIES = Statement(
    select(identity.c.channel, identity.c.id).where(
        identity.c.organisation == word("organisation"), identity.c.contact == word("contact")
    )
)
_ADD_IDENTITY = Statement(
    insert(identity)
    .values(
        organisation=word("organisation"), channel=word("channel"), id=word("identity"), contact=word("contact"),
        conversation=word("conversation"),
    )
    .on_conflict_do_nothing()
)  # fmt: skip

_ADDRESS = [channel_id.c[name] for name in ("channel", "address", "id", "identity", "kind", "vouched", "spent")]
_ADDRESSES = Statement(
    select(*_ADDRESS).where(
        channel_id.c.organisation == word("organisation"),
        channel_id.c.channel == word("channel"),
        or_(
            and_(channel_id.c.identity == word("identity"), channel_id.c.identity != ""),
            and_(channel_id.c.address == word("identity"), channel_id.c.identity == ""),
        ),
    )
)
_OWN_ADDRESSES = Statement(
    select(*_ADDRESS)
    .select_from(_WITH_IDENTITY)
    .where(
        channel_id.c.organisation == word("organisation"),
        channel_id.c.address == word("contact"),
        channel_id.c.identity == "",
        identity.c.id.is_(None),
    )
)
"""Of contacts of which nothing is stored but an address."""
_ADD_ADDRESS = Statement(
    insert(channel_id)
    .values(
        organisation=word("organisation"), channel=word("channel"), address=word("address"), conversation="",
        id=word("id"), identity=word("identity"), kind=word("kind"), vouched=number("vouched"),
    )
    .on_conflict_do_nothing()
    .returning(channel_id.c.address)
)  # fmt: skip

_CONVERSATIONS = Statement(
    select(conversation.c.handle, *(conversation.c[name] for name in COLUMNS))
    .where(
        conversation.c.organisation == word("organisation"),
        conversation.c.contact == word("contact"),
        conversation.c.handle < number("before"),
        conversation.c.format <= number("format"),
    )
    .order_by(conversation.c.handle.desc())
    .limit(number("limit"))
)

LAST_HANDLE = 2**63 - 1


class SqlContacts:
    """`ports.Contacts`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def whose(self, address: ChannelId) -> Whose:
        return await self._database.ask(whose(address))

    async def named(
        self, organisation: OrganisationId, prefix: str, after: Cursor | None, limit: int
    ) -> Sequence[ContactRow]:
        def query() -> Query[Sequence[ContactRow]]:
            return [_row(*columns) for columns in (yield from find_named(organisation, prefix, after, limit))]

        return await self._database.ask(query())

    async def at(self, organisation: OrganisationId, address: str) -> Sequence[ContactRow]:
        def query() -> Query[Sequence[ContactRow]]:
            found = yield Ask(_AT, {"organisation": organisation, "address": address})
            rows = []
            for id in sorted({id for (id,) in found}):
                rows.append((yield from _find(organisation, id)))
            return list({row.id: row for row in rows if row}.values())

        return await self._database.ask(query())

    async def profile(self, organisation: OrganisationId, id: ContactId) -> Profile | None:
        return await self._database.ask(_profile(organisation, id))

    async def conversations(
        self, organisation: OrganisationId, id: ContactId, before: int, limit: int
    ) -> Sequence[tuple[int, Conversation]]:
        return await self._database.ask(_conversations(organisation, id, before, limit))

    async def add(self, new: NewContact, entry: AuditEntry, request: Request | None = None) -> ContactRow:
        return await self._database.tell(_add(new, entry, request))

    async def rename(
        self, organisation: OrganisationId, id: ContactId, name: str, expected: int, entry: AuditEntry
    ) -> ContactRow | None:
        return await self._database.tell(_rename(organisation, id, name, expected, entry))

    async def set_attributes(
        self, organisation: OrganisationId, id: ContactId, source: Source, by: str, values: Mapping[str, str]
    ) -> Sequence[Attribute]:
        return await self._database.tell(_set_attributes(organisation, id, source, by, values))


# -- reading -----------------------------------------------------------------------------------------------------------


def whose(address: ChannelId) -> Query[Whose]:
    for found, of, merged_into, latest, first, spent in (yield Ask(_WHOSE, address._asdict())):
        return Whose(
            identity=IdentityId(found), contact=ContactId(merged_into or of),
            conversation=ConversationId(latest or first), is_spent=spent > 0,
        )  # fmt: skip
    return Whose(identity=IdentityId(address.address), contact=ContactId(address.address))


def _find(organisation: OrganisationId, id: str) -> Query[ContactRow | None]:
    """The row; of a contact that was merged, the other one's; of one without a row, an unwritten one."""
    for columns in (yield Ask(_OF, {"organisation": organisation, "id": id})):
        row = _row(*columns)
        return (yield from _find(organisation, row.merged_into)) if row.merged_into else row
    known = yield Ask(_OWN_ADDRESSES, {"organisation": organisation, "contact": id})
    return ContactRow(organisation=organisation, id=ContactId(id), name="", version=0) if known else None


def all_of(organisation: OrganisationId, id: ContactId) -> Query[list[ContactId]]:
    """The contact and those that were merged into it."""
    merged = yield Ask(_MERGED, {"organisation": organisation, "id": id})
    return [id, *(ContactId(other) for (other,) in merged)]


def _profile(organisation: OrganisationId, id: ContactId) -> Query[Profile | None]:
    row = yield from _find(organisation, id)
    if row is None:
        return None
    addresses: list[ContactAddress] = []
    known_of: list[Attribute] = []
    for each in (yield from all_of(organisation, row.id)):
        addresses += yield from _addresses(organisation, each)
        known_of += yield from attributes.of(organisation, each)
    return Profile(row=row, addresses=tuple(addresses), attributes=tuple(known_of))


def _conversations(
    organisation: OrganisationId, id: ContactId, before: int, limit: int
) -> Query[Sequence[tuple[int, Conversation]]]:
    found: list[Any] = []
    values = {"organisation": organisation, "before": before or LAST_HANDLE, "format": FORMAT, "limit": limit}
    for each in (yield from all_of(organisation, id)):
        found += yield Ask(_CONVERSATIONS, values | {"contact": each})
    newest = sorted(found, key=lambda columns: -columns[0])[:limit]
    return [(handle, unpack(Row(*columns))) for handle, *columns in newest]


def _addresses(organisation: OrganisationId, of: ContactId) -> Query[list[ContactAddress]]:
    found: list[Any] = []
    for channel, id in (yield Ask(_IDENTITIES, {"organisation": organisation, "contact": of})):
        found += yield Ask(_ADDRESSES, {"organisation": organisation, "channel": channel, "identity": id})
    found += yield Ask(_OWN_ADDRESSES, {"organisation": organisation, "contact": of})
    return [_address(*columns) for columns in found]


def _row(organisation: str, id: str, name: str, version: int, created_at: int, merged_into: str) -> ContactRow:
    return ContactRow(
        organisation=OrganisationId(organisation), id=ContactId(id), name=name, version=version,
        created_at=created_at, merged_into=ContactId(merged_into),
    )  # fmt: skip


def _address(channel: str, address: str, id: str, whose: str, kind: str, vouched: int, spent: int) -> ContactAddress:
    return ContactAddress(
        channel=channel, address=address, id=ContactId(id or address), identity=IdentityId(whose or address),
        kind=AddressKind(kind), is_vouched=vouched > 0, is_spent=spent > 0,
    )  # fmt: skip


# -- writing -----------------------------------------------------------------------------------------------------------


def known(organisation: OrganisationId, id: ContactId, name: str) -> Query[bool]:
    """That the contact has a row from now on. Whether it is new."""
    is_new = bool((yield Ask(_ADD, new_row(organisation, id, name))))
    if is_new:
        yield from add_words(organisation, id, name)
    return is_new


def locked(organisation: OrganisationId, id: ContactId) -> Query[ContactRow]:
    """The row, which there is. Rows of contacts are locked after those of addresses."""
    (columns,) = yield Ask(_LOCK, {"organisation": organisation, "id_given": id})
    return _row(*columns)


def lock_if_known(organisation: OrganisationId, id: ContactId) -> Query[None]:
    """As `locked`; of one without a row, nothing is locked."""
    yield Ask(_LOCK, {"organisation": organisation, "id_given": id})


def known_contact(organisation: OrganisationId, of: Contact) -> Query[None]:
    """The same. It gets the name too if it has none: what was said of it came before its first conversation."""
    if (yield Ask(_ADD_OR_NAME, new_row(organisation, of.id, of.name))):
        yield from add_words(organisation, of.id, of.name)


def _add(new: NewContact, entry: AuditEntry, request: Request | None) -> Query[ContactRow]:
    id = yield from made_before(request)
    if not id:
        id = new.id
        yield from known(new.organisation, new.id, new.name)
        yield from _add_addresses(new.organisation, new.id, new.addresses)
        yield from record(entry)
        yield from keep(request, id)
    row = yield from _find(new.organisation, id)
    assert row is not None, "contacts are never deleted"
    return row


def _add_addresses(organisation: OrganisationId, of: ContactId, addresses: Iterable[ContactAddress]) -> Query[None]:
    for each in sorted(addresses, key=lambda each: (each.channel, each.identity, each.address)):
        names = {"organisation": organisation, "channel": each.channel, "identity": each.identity, "contact": of}
        yield Ask(_ADD_IDENTITY, names | {"conversation": ""})
        row = names | {"address": each.address, "id": each.id, "kind": each.kind.value, "vouched": int(each.is_vouched)}
        if not (yield Ask(_ADD_ADDRESS, row)):
            raise IllegalMove(f"The address {each.address!r} is another contact's.")


def _rename(
    organisation: OrganisationId, id: ContactId, name: str, expected: int, entry: AuditEntry
) -> Query[ContactRow | None]:
    row = yield from _find(organisation, id)
    if row is None:
        return None
    if row.version == 0 and (yield from known(organisation, row.id, "")):
        expected += 1
    former = yield from locked(organisation, row.id)
    if expected != former.version:
        raise VersionChanged("It has been changed since then. Look at it and decide again.", version=former.version)
    if former.name == name:
        return former
    values = {"organisation": organisation, "id_given": row.id, "name_given": name, "folded_given": folded(name)}
    yield Ask(_RENAME, values)
    yield from change_words(organisation, row.id, name)
    yield from record(entry)
    (columns,) = yield Ask(_OF, {"organisation": organisation, "id": row.id})
    return _row(*columns)


def _set_attributes(
    organisation: OrganisationId, id: ContactId, source: Source, by: str, values: Mapping[str, str]
) -> Query[Sequence[Attribute]]:
    found = yield from attributes.of(organisation, id)
    said = {each.name: each.value for each in found if each.source is source}
    if all(said.get(name, "") == value for name, value in values.items()):
        return found
    yield from known(organisation, id, "")
    yield from locked(organisation, id)
    yield from attributes.put(organisation, id, source, by, values)
    found = yield from attributes.of(organisation, id)
    if len({each.name for each in found}) > limits.ATTRIBUTES:
        raise LimitReached("As much is known of the contact as may be. Remove something.", limit=limits.ATTRIBUTES)
    return found

"""Contacts over HTTP: found by address and by name, with their addresses, attributes and conversations; and beginning a
conversation with one.
"""

import base64
import re
from collections.abc import Sequence
from hashlib import sha256
from typing import Annotated, Any, Protocol

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from intervene.core import limits
from intervene.core.access import can_see, person
from intervene.core.actors import Contact, Role
from intervene.core.contacts import (
    AddressKind,
    Attribute,
    ContactAddress,
    ContactRow,
    Profile,
    Source,
    attributes_of,
    effective,
    folded,
)
from intervene.core.conversation.moves import Begin
from intervene.core.errors import BadSetting, IllegalMove, NotFound
from intervene.core.fair import Owner
from intervene.core.ids import Address, CommandId, ContactId, ConversationId, IdentityId, QueueId
from intervene.core.people import AuditEntry
from intervene.core.wire import views
from intervene.core.wire.inbox import Row
from intervene.directory.contacts import normal, spellings
from intervene.edge.http.answers import Problem
from intervene.edge.http.operations import Call, Caller, Operation, Price
from intervene.edge.http.reading import bad_cursor
from intervene.edge.http.session import Name, visible_name
from intervene.edge.services import Services
from intervene.edge.visitors import Visitors
from intervene.ports.contacts import Cursor, NewContact

_id = re.compile(rf"[^\x00\ud800-\udfff]{{1,{limits.ADDRESS_CHARS}}}")
_number = re.compile(r"[0-9]{1,15}")
Id = Annotated[str, Meta(min_length=1, max_length=limits.ID_CHARS)]
MaybeId = Annotated[str, Meta(max_length=limits.ID_CHARS)]


class _Api(Protocol):
    @property
    def services(self) -> Services: ...

    @property
    def visitors(self) -> Visitors: ...


# -- shapes ------------------------------------------------------------------------------------------------------------


class ContactLine(Struct, frozen=True, kw_only=True):
    """A contact in a list."""

    id: ContactId
    name: str
    version: int


class ContactLines(Struct, frozen=True, kw_only=True):
    items: list[ContactLine]
    next: str = ""


class AddressLine(Struct, frozen=True, kw_only=True):
    """`vouched`: the host application or a provider says whose it is. `spent`: it was given up."""

    channel: str
    address: str
    kind: AddressKind = AddressKind.OWN
    vouched: bool = False
    spent: bool = False


class AttributeLine(Struct, frozen=True, kw_only=True):
    """`value` is the one that counts, and `source` where it comes from: a visitor's is not verified."""

    name: str
    value: str
    source: Source
    by: str
    at: int


class ContactPage(Struct, frozen=True, kw_only=True):
    """A contact. `id` is another one than was asked for if that was merged into it."""

    id: ContactId
    name: str
    version: int
    created_at: int
    addresses: list[AddressLine]
    attributes: list[AttributeLine]


class SaidLine(AttributeLine, frozen=True, kw_only=True):
    """`counts`: it is the value that counts, of all that are said under that name."""

    counts: bool


class Attributes(Struct, frozen=True, kw_only=True):
    items: list[SaidLine]


class ChangeAttributes(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What staff say of the contact from now on; null or an empty text: nothing any more."""

    attributes: Annotated[dict[str, str | int | float | bool | None], Meta(max_length=limits.ATTRIBUTES_AT_ONCE)]


class NewAddress(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    channel: Id
    address: Annotated[str, Meta(min_length=1, max_length=limits.ADDRESS_CHARS)]
    kind: AddressKind = AddressKind.PHONE


class AskContact(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: Name
    addresses: Annotated[list[NewAddress], Meta(max_length=limits.ADDRESSES)] = []


class ChangeContact(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: Name | UnsetType = UNSET


class Conversations(Struct, frozen=True, kw_only=True):
    """The newest first."""

    items: list[Row]
    next: str = ""


class AskConversation(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`channel`: empty, the contact's only one. `queue`: where it waits once nobody holds it; empty: the channel's."""

    contact: Annotated[str, Meta(min_length=1, max_length=limits.ADDRESS_CHARS)]
    channel: MaybeId = ""
    queue: MaybeId = ""


class Begun(Struct, frozen=True, kw_only=True):
    """`created` is false where the conversation was there, and open."""

    id: ConversationId
    seq: int
    epoch: int
    created: bool


# -- acts --------------------------------------------------------------------------------------------------------------


async def _find(api: _Api, call: Call) -> ContactLines:
    contacts, address, name = api.services.contacts, call.query.get("address", ""), call.query.get("name", "")
    if not _id.fullmatch(address or name or "-"):
        raise Problem(400, "bad_request", "What is looked for is too long, or has NUL in it.")
    if address:
        found: dict[ContactId, ContactRow] = {}
        for spelling in spellings(address):
            found |= {row.id: row for row in await contacts.at(call.organisation, spelling)}
        return ContactLines(items=[_line(row) for row in found.values()])
    rows = await contacts.named(call.organisation, name, _cursor(call.after), limits.CONTACTS_PAGE)
    following = _token(rows[-1]) if len(rows) == limits.CONTACTS_PAGE else ""
    return ContactLines(items=[_line(row) for row in rows], next=following)


async def _read(api: _Api, call: Call) -> ContactPage:
    return _page(await _profile(api, call))


async def _add(api: _Api, call: Call) -> ContactPage:
    asked: AskContact = call.body
    id = ContactId(f"c-{api.services.make_id()}")
    policy = await api.services.policies.loaded(call.organisation)
    addresses: dict[tuple[str, str], ContactAddress] = {}
    for each in asked.addresses:
        if each.channel not in policy.channels or policy.channels[each.channel].is_archived:
            raise BadSetting(f"There is no channel {each.channel!r} here.")
        address = ContactAddress(
            channel=each.channel, address=normal(each.kind, each.address), kind=each.kind,
            id=ContactId(f"a-{api.services.make_id()}"), identity=IdentityId(f"i-{id}"),
        )  # fmt: skip
        addresses[address.channel, address.address] = address
    name = visible_name(asked.name)
    new = NewContact(organisation=call.organisation, id=id, name=name, addresses=tuple(addresses.values()))
    after = {"name": name, "addresses": [[each.channel, each.address] for each in new.addresses]}
    row = await api.services.contacts.add(new, _entry(call, id, "contact.add", after), call.request)
    return _page(await _profile(api, call, row.id))


async def _change(api: _Api, call: Call) -> ContactPage:
    asked: ChangeContact = call.body
    found = await _profile(api, call)
    if isinstance(asked.name, str):
        name = visible_name(asked.name)
        entry = _entry(call, found.row.id, "contact.change", {"name": name}, {"name": found.row.name})
        await api.services.contacts.rename(call.organisation, found.row.id, name, call.version, entry)
    return _page(await _profile(api, call))


async def _detach(api: _Api, call: Call) -> None:
    """The address gets a contact of its own, and its open conversation closes."""
    found = await _profile(api, call)
    channel, given = call.query.get("channel", ""), call.path["address"]
    named = [each for each in found.addresses if each.address == given and channel in ("", each.channel)]
    if not named:
        raise IllegalMove("The contact is not reached there.")
    if len(named) > 1:
        raise IllegalMove("The address is on several channels. Name one.")
    at = Address(named[0].channel, given)
    entry = _entry(call, found.row.id, "contact.detach", {"channel": at.channel, "address": given})
    await api.visitors.detach(at.within(call.organisation), entry)


async def _attributes(api: _Api, call: Call) -> Attributes:
    return _all_said((await _profile(api, call)).attributes)


async def _set_attributes(api: _Api, call: Call) -> Attributes:
    asked: ChangeAttributes = call.body
    values, id = attributes_of(asked.attributes), (await _profile(api, call)).row.id
    await api.services.contacts.set_attributes(call.organisation, id, Source.STAFF, call.by.agent, values)
    return _all_said((await _profile(api, call, id)).attributes)


def _all_said(said: Sequence[Attribute]) -> Attributes:
    counts = {id(each) for each in effective(said).values()}
    items = [SaidLine(**msgspec.structs.asdict(_attribute(each)), counts=id(each) in counts) for each in said]
    return Attributes(items=sorted(items, key=lambda each: (each.name, not each.counts, each.source)))


async def _conversations(api: _Api, call: Call) -> Conversations:
    """Those that the person may see."""
    if call.after and not _number.fullmatch(call.after):
        raise bad_cursor()
    id, organisation, who = (await _profile(api, call)).row.id, call.organisation, person(call.staff)
    policy = await api.services.policies.loaded(organisation)
    found = await api.services.readers.answer(
        Owner(who, who, 0),
        lambda reads: reads.in_time(
            api.services.contacts.conversations(organisation, id, int(call.after or 0), limits.CONTACTS_PAGE)
        ),
    )
    items = [views.row(state) for _, state in found if can_see(call.staff, state, policy)]
    return Conversations(items=items, next=str(found[-1][0]) if len(found) == limits.CONTACTS_PAGE else "")


async def _begin(api: _Api, call: Call) -> Begun:
    asked: AskConversation = call.body
    found = await _profile(api, call, ContactId(asked.contact))
    reached = _reached(found, asked.channel)
    digest = sha256(msgspec.json.encode([call.organisation, call.staff.agent.id, call.key])).hexdigest()
    command = Begin(
        id=CommandId(call.key), by=call.staff, conversation=ConversationId(digest[:24]),
        contact=Contact(id=reached.id, name=found.row.name), address=Address(reached.channel, reached.address),
        queue=QueueId(asked.queue),
    )  # fmt: skip
    opened = await api.services.engine.begin(command, call.organisation)
    state = opened.state
    assert state is not None, "it was read or made"
    if not can_see(call.staff, state, await api.services.policies.loaded(call.organisation)):
        raise NotFound("The contact has an open conversation, which is none of yours.")
    return Begun(id=state.id, seq=state.seq, epoch=state.epoch, created=opened.is_new)


def _reached(found: Profile, channel: str) -> ContactAddress:
    """Where the contact is reached. Raises `IllegalMove`."""
    usable = [each for each in found.addresses if not each.is_spent and channel in ("", each.channel)]
    if not usable:
        raise IllegalMove("The contact is not reached there.")
    if len({each.channel for each in usable}) > 1:
        raise IllegalMove("The contact is reached on several channels. Choose one.")
    return usable[0]


async def _profile(api: _Api, call: Call, id: ContactId | None = None) -> Profile:
    """Raises `NotFound`."""
    id = id or _named(call)
    found = await api.services.contacts.profile(call.organisation, id) if _id.fullmatch(id) else None
    if found is None:
        raise NotFound("There is no such contact, or none of yours.")
    return found


def _named(call: Call) -> ContactId:
    if not _id.fullmatch(call.path["id"]):
        raise NotFound("There is no such contact, or none of yours.")
    return ContactId(call.path["id"])


def _entry(call: Call, id: ContactId, action: str, after: Any, before: Any = None) -> AuditEntry:
    return AuditEntry(
        organisation=call.organisation, action=action, subject=id, by=call.by.agent, network=call.network,
        before=before, after=after,
    )  # fmt: skip


def _token(row: ContactRow) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode([folded(row.name).hex(), row.id])).decode()


def _cursor(token: str) -> Cursor | None:
    if not token:
        return None
    try:
        hexed, id = msgspec.json.decode(base64.urlsafe_b64decode(token), type=tuple[str, str])
        cursor = Cursor(bytes.fromhex(hexed), id)
    except (ValueError, msgspec.MsgspecError):
        raise bad_cursor() from None
    if not _id.fullmatch(id):
        raise bad_cursor()
    return cursor


def _line(row: ContactRow) -> ContactLine:
    return ContactLine(id=row.id, name=row.name, version=row.version)


def _page(found: Profile) -> ContactPage:
    row = found.row
    return ContactPage(
        id=row.id, name=row.name, version=row.version, created_at=row.created_at,
        addresses=[
            AddressLine(
                channel=each.channel, address=each.address, kind=each.kind, vouched=each.is_vouched,
                spent=each.is_spent,
            )
            for each in found.addresses
        ],
        attributes=[_attribute(each) for each in effective(found.attributes).values()],
    )  # fmt: skip


def _attribute(found: Attribute) -> AttributeLine:
    return AttributeLine(name=found.name, value=found.value, source=found.source, by=found.by, at=found.at)


_STAFF: dict[str, Any] = {"caller": Caller.STAFF}
_READS = {**_STAFF, "price": Price.READ}
_WRITES = {**_STAFF, "price": Price.MESSAGE}

OPERATIONS = (
    Operation(
        "GET", "/v1/contacts", "contacts by their address or the beginning of their name", _find, ContactLines,
        query={"address": "exactly as it is, or a phone number", "name": "how it begins; without either, all"},
        **_READS,
    ),
    Operation(
        "POST", "/v1/contacts", "makes a contact", _add, ContactPage, body=AskContact, has_key=True, status=201,
        refusals=frozenset({"bad_setting", "id_reused", "illegal_move"}), **_WRITES,
    ),
    Operation("GET", "/v1/contacts/{id}", "a contact, with addresses and attributes", _read, ContactPage, **_READS),
    Operation(
        "PATCH", "/v1/contacts/{id}", "renames a contact", _change, ContactPage, body=ChangeContact, has_version=True,
        **_WRITES,
    ),
    Operation(
        "DELETE", "/v1/contacts/{id}/addresses/{address}",
        "an address is another person's now, such as a number that was given anew", _detach, None,
        least=Role.SUPERVISOR, query={"channel": "of the address, where it is on several"},
        refusals=frozenset({"illegal_move"}), **_WRITES,
    ),
    Operation(
        "GET", "/v1/contacts/{id}/attributes", "what is said of a contact, by source", _attributes, Attributes, **_READS
    ),
    Operation(
        "PATCH", "/v1/contacts/{id}/attributes", "sets what staff say of a contact", _set_attributes, Attributes,
        body=ChangeAttributes, refusals=frozenset({"bad_text", "limit_reached"}), **_WRITES,
    ),
    Operation(
        "GET", "/v1/contacts/{id}/conversations", "a contact's conversations over time, those that one may see",
        _conversations, Conversations, **_READS,
    ),
    Operation(
        "POST", "/v1/conversations", "begins a conversation with a contact, or answers the open one", _begin, Begun,
        body=AskConversation, has_key=True, refusals=frozenset({"id_reused", "illegal_move"}), status=201, **_WRITES,
    ),
)  # fmt: skip

"""Contacts over HTTP: found by address and by name, with their addresses, attributes and conversations."""

import base64
import re
from typing import Any, Protocol

import msgspec

from intervene.core import limits
from intervene.core.access import can_see, person
from intervene.core.actors import Role
from intervene.core.blocks import Block
from intervene.core.contacts import ContactAddress, ContactRow, Profile, Source, attributes_of, found_at
from intervene.core.errors import BadSetting, IllegalMove, NotFound
from intervene.core.fair import Owner
from intervene.core.ids import Address, ContactId, ConversationId, IdentityId, Key
from intervene.core.people import AuditEntry
from intervene.directory.contacts import normal, spellings
from intervene.edge.beginning import profile
from intervene.edge.http.answers import Problem
from intervene.edge.http.contact_shapes import (
    AskContact,
    Attributes,
    ChangeAttributes,
    ChangeContact,
    ContactLines,
    ContactPage,
    PastConversations,
    all_said,
    line,
    page,
    past,
)
from intervene.edge.http.lists import as_listed
from intervene.edge.http.operations import Call, Caller, Operation, Price
from intervene.edge.http.reading import bad_cursor
from intervene.edge.http.session import visible_name
from intervene.edge.services import Services
from intervene.edge.visitors import Visitors
from intervene.feed.reading import Reads
from intervene.ports.contacts import Cursor, NewContact
from intervene.ports.log import Range

_conversation = re.compile(rf"[!-~]{{1,{limits.ID_CHARS}}}")
_id = re.compile(rf"[^\x00\ud800-\udfff]{{1,{limits.ADDRESS_CHARS}}}")
_number = re.compile(r"[0-9]{1,15}")
_ROW_ALONE = Range(is_staff=True, limit=0)


class _Api(Protocol):
    @property
    def services(self) -> Services: ...

    @property
    def visitors(self) -> Visitors: ...


# -- acts --------------------------------------------------------------------------------------------------------------


async def _find(api: _Api, call: Call) -> ContactLines:
    contacts, address, name = api.services.contacts, call.query.get("address", ""), call.query.get("name", "")
    if not _id.fullmatch(address or name or "-"):
        raise Problem(400, "bad_request", "What is looked for is too long, or has NUL in it.")
    if address:
        found: dict[ContactId, ContactRow] = {}
        for spelling in spellings(address):
            found |= {row.id: row for row in await contacts.at(call.organisation, spelling)}
        return ContactLines(items=[line(row) for row in found.values()])
    rows = await contacts.named(call.organisation, name, _cursor(call.after), limits.CONTACTS_PAGE)
    following = _token(rows[-1], name) if len(rows) == limits.CONTACTS_PAGE else ""
    return ContactLines(items=[line(row) for row in rows], next=following)


async def _read(api: _Api, call: Call) -> ContactPage:
    return await _page(api, call)


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
    return await _page(api, call, row.id)


async def _change(api: _Api, call: Call) -> ContactPage:
    asked: ChangeContact = call.body
    found = await _profile(api, call)
    if isinstance(asked.name, str):
        name = visible_name(asked.name)
        entry = _entry(call, found.row.id, "contact.change", {"name": name}, {"name": found.row.name})
        await api.services.contacts.rename(call.organisation, found.row.id, name, call.version, entry)
    return await _page(api, call)


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
    return all_said((await _profile(api, call)).attributes)


async def _set_attributes(api: _Api, call: Call) -> Attributes:
    asked: ChangeAttributes = call.body
    values, id = attributes_of(asked.attributes), (await _profile(api, call)).row.id
    await api.services.contacts.set_attributes(call.organisation, id, Source.STAFF, call.by.agent, values)
    return all_said((await _profile(api, call, id)).attributes)


async def _of_conversation(api: _Api, call: Call) -> ContactPage:
    """Raises `NotFound`, the same for a conversation that there is not and for one that is out of sight."""
    key, who = Key(call.organisation, ConversationId(call.path["conversation"])), person(call.staff)
    found = None
    if _conversation.fullmatch(key.conversation):
        found = await api.services.readers.answer(Owner(who, who, 0), lambda reads: reads.read(key, _ROW_ALONE))
    if found is None or not can_see(call.staff, found.state, await api.services.policies.loaded(key.organisation)):
        raise NotFound("There is no such conversation.")
    return await _page(api, call, found.state.contact.id, found.state.identity)


async def _conversations(api: _Api, call: Call) -> PastConversations:
    """Those that the person may see, the newest first."""
    if call.after and not _number.fullmatch(call.after):
        raise bad_cursor()
    id, organisation, who = (await _profile(api, call)).row.id, call.organisation, person(call.staff)
    policy = await api.services.policies.loaded(organisation)

    async def reading(reads: Reads) -> PastConversations:
        found = await reads.in_time(
            api.services.contacts.conversations(organisation, id, int(call.after or 0), limits.CONTACTS_PAGE)
        )
        seen = [past(state) for _, state in found if can_see(call.staff, state, policy)]
        following = str(found[-1][0]) if len(found) == limits.CONTACTS_PAGE else ""
        listed = await as_listed(api, call, reads, seen, following)
        return PastConversations(items=seen, read=listed.read, next=following)

    return await api.services.readers.answer(Owner(who, who, 0), reading)


async def _page(
    api: _Api, call: Call, id: ContactId | None = None, here: IdentityId | None = None
) -> ContactPage:  # fmt: skip
    found = await _profile(api, call, id)
    return page(found, await _blocks(api, call, found), here)


async def _blocks(api: _Api, call: Call, found: Profile) -> dict[ContactAddress, Block]:
    """Those of its addresses that are blocked."""
    now, blocked = api.services.clock.now(), {}
    for each in found.addresses:
        at = Address(each.channel, each.address).within(call.organisation)
        if block := await api.services.blocks.of(at, now):
            blocked[each] = block
    return blocked


async def _profile(api: _Api, call: Call, id: ContactId | None = None) -> Profile:
    """Raises `NotFound`."""
    return await profile(api.services.contacts, call.organisation, id or call.path["id"])


def _named(call: Call) -> ContactId:
    if not _id.fullmatch(call.path["id"]):
        raise NotFound("There is no such contact, or none of yours.")
    return ContactId(call.path["id"])


def _entry(call: Call, id: ContactId, action: str, after: Any, before: Any = None) -> AuditEntry:
    return AuditEntry(
        organisation=call.organisation, action=action, subject=id, by=call.by.agent, network=call.network,
        before=before, after=after,
    )  # fmt: skip


def _token(row: ContactRow, name: str) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode([found_at(row.name, name).hex(), row.id])).decode()


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


_STAFF: dict[str, Any] = {"caller": Caller.STAFF}
_READS = {**_STAFF, "price": Price.READ}
_WRITES = {**_STAFF, "price": Price.MESSAGE}

OPERATIONS = (
    Operation(
        "GET", "/v1/contacts", "contacts by their address or a word of their name", _find, ContactLines,
        query={"address": "exactly as it is, or a phone number", "name": "how a word begins; without either, all"},
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
        "GET", "/v1/conversations/{conversation}/contact", "the contact of a conversation, and where it is with them",
        _of_conversation, ContactPage, **_READS,
    ),
    Operation(
        "GET", "/v1/contacts/{id}/conversations", "a contact's conversations over time, those that one may see",
        _conversations, PastConversations, **_READS,
    ),
)  # fmt: skip

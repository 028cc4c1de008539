"""The contract of `ports.Contacts`, on every adapter."""

import asyncio

import pytest
from msgspec.structs import replace

from intervene.core.contacts import AddressKind, ContactAddress, ContactRow, Source, Whose, effective, folded, found_at
from intervene.core.conversation.bot_desk import BotSetAttributes
from intervene.core.conversation.decide import decide
from intervene.core.errors import IdReused, IllegalMove, LimitReached, Stale, VersionChanged
from intervene.core.ids import (
    WEBCHAT,
    Address,
    AgentId,
    ChannelId,
    ContactId,
    ConversationId,
    IdentityId,
    OrganisationId,
)
from intervene.core.limits import ATTRIBUTES
from intervene.core.people import AuditEntry
from intervene.ports.addresses import Addresses
from intervene.ports.audit import Audit
from intervene.ports.contacts import Contacts, Cursor, NewContact
from intervene.ports.log import Commit, Locked, Log, Verdict
from intervene.ports.requests import Request
from tests.contract.build import ACME, ECHO, Talk, decide_locked, win

PHONE = "+4930901820"


def entry(action: str = "contact.create", organisation: OrganisationId = ACME) -> AuditEntry:
    return AuditEntry(organisation=organisation, action=action, subject="", by=AgentId("anna"))


def new(id: str, name: str, *addresses: str, organisation: str = ACME) -> NewContact:
    return NewContact(
        organisation=OrganisationId(organisation), id=ContactId(id), name=name,
        addresses=tuple(
            ContactAddress(
                channel="sms", address=address, id=ContactId(f"a-{address}"), identity=IdentityId(f"i-{id}"),
                kind=AddressKind.PHONE,
            )
            for address in addresses
        ),
    )  # fmt: skip


async def named(contacts: Contacts, prefix: str, after: ContactRow | None = None, limit: int = 10) -> list[str]:
    cursor = Cursor(folded(after.name), after.id) if after else None
    return [row.name for row in await contacts.named(ACME, prefix, cursor, limit)]


# -- whose an address is -----------------------------------------------------------------------------------------------


async def test_an_address_of_which_nothing_is_stored_is_its_own(contacts: Contacts) -> None:
    found = await contacts.whose(ChannelId(ACME, WEBCHAT, "v-1"))
    assert found == Whose(identity=IdentityId("v-1"), contact=ContactId("v-1"))


async def test_whose_an_address_is_says_its_latest_conversation_and_whether_it_is_spent(
    log: Log, contacts: Contacts, addresses: Addresses
) -> None:
    """[R17]"""
    talk = await Talk("c1").opens_in(log)
    at = ChannelId(ACME, WEBCHAT, talk.contact.id)
    found = await contacts.whose(at)
    assert found == Whose(
        identity=IdentityId(talk.contact.id), contact=talk.contact.id, conversation=ConversationId("c1"), is_spent=False
    )
    await addresses.spend(at)
    assert (await contacts.whose(at)).is_spent


async def test_an_address_that_staff_entered_is_its_contact_s(contacts: Contacts) -> None:
    await contacts.add(new("c-1", "Clara", PHONE), entry())
    found = await contacts.whose(ChannelId(ACME, "sms", PHONE))
    assert (found.identity, found.contact, found.conversation) == ("i-c-1", "c-1", "")


# -- looking for them --------------------------------------------------------------------------------------------------


async def test_contacts_are_found_by_the_beginning_of_their_names(contacts: Contacts) -> None:
    for n, name in enumerate(["Émile", "Emma", "emil", "Zoë", "100%", "_x"]):
        await contacts.add(new(f"c-{n}", name), entry())
    await contacts.add(new("c-9", "Emerson", organisation="other"), entry(organisation=OrganisationId("other")))
    assert await named(contacts, "EM") == ["emil", "Émile", "Emma"]
    assert await named(contacts, "e\u0301m") == await named(contacts, "em"), "with accents or without"
    assert await named(contacts, "ZOE") == ["Zoë"]
    assert [await named(contacts, prefix) for prefix in ("%", "_", "100", "q")] == [[], ["_x"], ["100%"], []]
    assert await named(contacts, "") == ["100%", "_x", "emil", "Émile", "Emma", "Zoë"]


async def test_contacts_are_found_by_the_beginning_of_each_word_of_their_names(contacts: Contacts) -> None:
    """[R154] Once each, and not by what their name was."""
    for n, name in enumerate(["María García-López", "Garry", "Anna Annan", "Bob", "Jo An"]):
        await contacts.add(new(f"c-{n}", name), entry())
    assert await named(contacts, "Gar") == ["María García-López", "Garry"], "by the word that was found"
    assert await named(contacts, "garcia-lo") == await named(contacts, "LÓP") == ["María García-López"]
    assert await named(contacts, "ann") == ["Anna Annan"]
    assert await named(contacts, "an") == ["Jo An", "Anna Annan"]
    assert await named(contacts, "arc") == []
    await contacts.rename(ACME, ContactId("c-0"), "María Ruiz", 1, entry("contact.rename"))
    assert [await named(contacts, prefix) for prefix in ("gar", "lop", "ru")] == [["Garry"], [], ["María Ruiz"]]
    await contacts.rename(ACME, ContactId("c-0"), "Ruiz", 2, entry("contact.rename"))
    assert await named(contacts, "ru") == ["Ruiz"]


async def test_pages_of_contacts_go_on_behind_the_word_that_was_found(contacts: Contacts) -> None:
    """[R154]"""
    names = ["Ann", "Bea Ann", "Anna Ann", "Cleo Anders", "Zoe Ann Antony", "Dan", "Ann"]
    for n, name in enumerate(names):
        await contacts.add(new(f"c-{n}", name), entry())
    found: list[str] = []
    after: Cursor | None = None
    while rows := await contacts.named(ACME, "an", after, 2):
        found += [row.id for row in rows]
        after = Cursor(found_at(rows[-1].name, "an"), rows[-1].id)
    assert found == ["c-3", "c-0", "c-1", "c-6", "c-4", "c-2"]


async def test_contacts_are_paged_without_loss_where_names_are_the_same(contacts: Contacts) -> None:
    for n in range(5):
        await contacts.add(new(f"c-{n}", "Ann"), entry())
    first = await contacts.named(ACME, "a", None, 3)
    rest = await contacts.named(ACME, "a", Cursor(b"ann", first[-1].id), 3)
    assert sorted(row.id for row in (*first, *rest)) == [f"c-{n}" for n in range(5)]


async def test_contacts_are_found_by_exactly_their_address_in_their_organisation(log: Log, contacts: Contacts) -> None:
    """[P6]"""
    talk = await Talk("c1").opens_in(log)
    await contacts.add(new("c-1", "Clara", PHONE), entry())
    await contacts.add(new("c-2", "Carl", PHONE, organisation="other"), entry(organisation=OrganisationId("other")))
    assert [row.name for row in await contacts.at(ACME, PHONE)] == ["Clara"]
    assert await contacts.at(ACME, PHONE[:-1]) == []
    assert [row.id for row in await contacts.at(ACME, talk.contact.id)] == [talk.contact.id]


async def test_a_profile_has_the_addresses_and_all_that_was_said(log: Log, contacts: Contacts) -> None:
    await contacts.add(new("c-1", "Clara", PHONE), entry())
    await contacts.set_attributes(ACME, ContactId("c-1"), Source.VISITOR, "v-1", {"plan": "enterprise"})
    await contacts.set_attributes(ACME, ContactId("c-1"), Source.VOUCHED, "", {"plan": "free"})
    profile = await contacts.profile(ACME, ContactId("c-1"))
    assert profile is not None
    assert [(each.channel, each.address, each.kind) for each in profile.addresses] == [("sms", PHONE, "phone")]
    assert [(each.name, each.value, each.source) for each in profile.attributes] == [
        ("plan", "enterprise", "visitor"),
        ("plan", "free", "vouched"),
    ]
    assert await contacts.profile(OrganisationId("other"), ContactId("c-1")) is None
    talk = await Talk("c1").opens_in(log)
    visitor = await contacts.profile(ACME, talk.contact.id)
    assert visitor is not None
    assert [each.address for each in visitor.addresses] == [talk.contact.id]


# -- changing them -----------------------------------------------------------------------------------------------------


async def test_a_contact_is_added_once_and_recorded_once(contacts: Contacts, audit: Audit) -> None:
    request = Request(person=AgentId("anna"), key="k", digest="clara")
    asked = (contacts.add(new(id, "Clara", PHONE), entry(), request) for id in ("c-1", "c-2"))
    first, again = await asyncio.gather(*asked)
    assert first == again
    assert len(await audit.of(ACME, 10)) == 1
    with pytest.raises(IdReused):
        await contacts.add(new("c-3", "Carl"), entry(), replace(request, digest="carl"))


async def test_a_contact_s_conversations_are_listed_the_newest_first(log: Log, contacts: Contacts) -> None:
    """[P6] Of one organisation, on all channels."""
    talks = [Talk(f"c{n}") for n in range(3)]
    for n, talk in enumerate(talks):
        talk.contact = talks[0].contact
        address = Address(f"channel-{n}", talk.contact.id)
        talk.opening = replace(talk.opening, contact=talk.contact, address=address)
        await talk.opens_in(log)
    await Talk("c9", organisation="other").opens_in(log)
    id = talks[0].contact.id
    (number, newest), (last, _) = await contacts.conversations(ACME, id, 0, 2)
    assert (newest.id, newest) == ("c2", talks[2].state)
    assert number > last
    assert [state.id for _, state in await contacts.conversations(ACME, id, last, 2)] == ["c0"]
    assert await contacts.conversations(OrganisationId("other"), id, 0, 2) == []


async def test_an_address_is_one_contact_s_alone(contacts: Contacts) -> None:
    """[P6] And what was not taken leaves nothing."""
    await contacts.add(new("c-1", "Clara", PHONE), entry())
    with pytest.raises(IllegalMove):
        await contacts.add(new("c-2", "Carl", "+4930901821", PHONE), entry())
    assert await contacts.profile(ACME, ContactId("c-2")) is None
    assert await contacts.at(ACME, "+4930901821") == []


async def test_a_contact_is_renamed_for_the_version_that_was_seen(log: Log, contacts: Contacts, audit: Audit) -> None:
    row = await contacts.add(new("c-1", "Clara"), entry())
    renamed = await contacts.rename(ACME, row.id, "Klara", row.version, entry("contact.rename"))
    assert renamed is not None
    assert (renamed.name, renamed.version) == ("Klara", 2)
    assert await named(contacts, "kl") == ["Klara"]
    with pytest.raises(VersionChanged):
        await contacts.rename(ACME, row.id, "Clara", row.version, entry("contact.rename"))
    assert [each.action for each in await audit.of(ACME, 10)] == ["contact.rename", "contact.create"]
    assert await contacts.rename(ACME, ContactId("c-2"), "Carl", 1, entry()) is None


async def test_what_a_source_says_replaces_what_it_said_and_nothing_else(contacts: Contacts) -> None:
    id = (await contacts.add(new("c-1", "Clara"), entry())).id
    await contacts.set_attributes(ACME, id, Source.STAFF, "anna", {"plan": "free", "town": "Ulm"})
    await contacts.set_attributes(ACME, id, Source.BOT, "echo", {"plan": "paid"})
    found = await contacts.set_attributes(ACME, id, Source.STAFF, "ben", {"plan": "gold", "town": ""})
    assert [(each.name, each.value, each.source, each.by) for each in found] == [
        ("plan", "paid", "bot", "echo"),
        ("plan", "gold", "staff", "ben"),
    ]


async def test_there_is_a_bound_to_what_is_known_of_a_contact(contacts: Contacts) -> None:
    """[P7]"""
    id = (await contacts.add(new("c-1", "Clara"), entry())).id
    many = {f"n{n}": "x" for n in range(ATTRIBUTES)}
    await contacts.set_attributes(ACME, id, Source.VISITOR, "v-1", many)
    with pytest.raises(LimitReached):
        await contacts.set_attributes(ACME, id, Source.VISITOR, "v-1", {"one more": "x"})
    profile = await contacts.profile(ACME, id)
    assert profile is not None
    assert len(profile.attributes) == ATTRIBUTES


# -- what bots say -----------------------------------------------------------------------------------------------------


def says(talk: Talk, **values: str) -> BotSetAttributes:
    return BotSetAttributes(author=ECHO, epoch=talk.state.epoch, turn=talk._turn.number, values=values)


async def test_what_a_bot_says_of_the_contact_is_kept_with_its_commit_and_not_without(
    log: Log, contacts: Contacts
) -> None:
    """[P1] [R192] What counts before it stays what counts; the commit of a bot that was cut leaves nothing."""
    talk = await Talk("c1").opens_in(log)
    id = talk.contact.id
    await contacts.set_attributes(ACME, id, Source.STAFF, "anna", {"plan": "enterprise"})
    await contacts.set_attributes(ACME, id, Source.VISITOR, "v-1", {"city": "Bonn"})
    said = talk.commits(says(talk, plan="pro", city="Berlin"))
    await decide_locked(log, talk.key, lambda locked: said)
    late, before = says(talk, plan="late", more="late"), talk.state
    await win(log, talk.intervenes())

    def decides(locked: Locked) -> Commit | None:
        with pytest.raises(Stale):
            decide(locked.snapshot.state.next(), late, talk._context())
        return None

    await decide_locked(log, talk.key, decides)
    talk.state = before
    _, verdict = await decide_locked(log, talk.key, lambda locked: talk.commits(late))
    assert verdict is not Verdict.WON, "made for a row that has moved on"
    profile = await contacts.profile(ACME, id)
    assert profile is not None
    known = [(each.name, each.value, each.source, each.by) for each in profile.attributes]
    assert known == [
        ("city", "Berlin", Source.BOT, ECHO.id), ("city", "Bonn", Source.VISITOR, "v-1"),
        ("plan", "pro", Source.BOT, ECHO.id), ("plan", "enterprise", Source.STAFF, "anna"),
    ]  # fmt: skip
    counts = {name: each.value for name, each in effective(profile.attributes).items()}
    assert counts == {"city": "Berlin", "plan": "enterprise"}


async def test_what_a_bot_says_beyond_what_may_be_known_is_not_kept_and_fails_no_commit(
    log: Log, contacts: Contacts
) -> None:
    """[P7] [R192] What it says no more makes room."""
    talk = await Talk("c1").opens_in(log)
    id = talk.contact.id
    for n in range(0, ATTRIBUTES, 10):
        await contacts.set_attributes(ACME, id, Source.STAFF, "anna", {f"a{n + more:02}": "x" for more in range(10)})
    said = talk.commits(says(talk, a00="mine", new="too much"))
    _, verdict = await decide_locked(log, talk.key, lambda locked: said)
    assert verdict is Verdict.WON
    profile = await contacts.profile(ACME, id)
    assert profile is not None
    assert [(each.name, each.value) for each in profile.attributes if each.source is Source.BOT] == [("a00", "mine")]
    again = talk.commits(says(talk, a00=""))
    await decide_locked(log, talk.key, lambda locked: again)
    profile = await contacts.profile(ACME, id)
    assert profile is not None
    assert Source.BOT not in {each.source for each in profile.attributes}

"""The contract of `ports.Joins`, on every adapter."""

import asyncio

import pytest
from msgspec.structs import replace

from intervene.core.errors import LimitReached, NotFound, Spent, Unavailable
from intervene.core.ids import WEBCHAT, Address, AgentId, ChannelId, ConversationId, IdentityId, OrganisationId
from intervene.core.limits import ADDRESSES
from intervene.core.people import AuditEntry
from intervene.ports.audit import Audit
from intervene.ports.contacts import Contacts
from intervene.ports.joins import JoinJob, Joins
from intervene.ports.log import Log
from tests.contract.build import ACME, Talk, win


def at(address: str, channel: str = WEBCHAT) -> ChannelId:
    return ChannelId(ACME, channel, address)


def talk_of(address: str, id: str, name: str = "Clara") -> Talk:
    talk = Talk(id)
    talk.contact = replace(talk.contact, id=type(talk.contact.id)(address), name=name)
    talk.opening = replace(talk.opening, contact=talk.contact, address=Address(WEBCHAT, address))
    return talk


ENTRY = AuditEntry(organisation=ACME, action="contact.detach", subject="u-1", by=AgentId("anna"))


# -- claims ------------------------------------------------------------------------------------------------------------


async def test_a_claim_moves_the_conversation_and_spends_the_address(
    log: Log, contacts: Contacts, joins: Joins
) -> None:
    """[P6] [R155] Its token is refused from then on, and the user finds the conversation."""
    mine = await talk_of("v-1", "c1").opens_in(log)
    job = await joins.claim(at("v-1"), at("u-1"), "j1")
    assert job is not None
    assert (job.loser, job.winner, job.kept, job.dropped, job.step) == ("v-1", "u-1", "c1", "", 1)
    assert (await contacts.whose(at("v-1"))).is_spent
    found = await contacts.whose(at("u-1"))
    assert (found.conversation, found.contact) == ("c1", "u-1")
    with pytest.raises(Spent):
        await mine.asks_to_open(log)
    assert [each.id for each in await joins.due(10)] == ["j1"]
    assert await joins.claim(at("v-1"), at("u-1"), "j2") is None, "twice is once"
    await joins.advance("j1", 3)
    assert [each.step for each in await joins.due(10)] == [3]
    await joins.end("j1")
    assert await joins.due(10) == []


async def test_the_contacts_of_a_claim_are_one_with_the_name_that_was_given(
    log: Log, contacts: Contacts, joins: Joins
) -> None:
    await talk_of("v-1", "c1", "Clara").opens_in(log)
    await talk_of("u-1", "c2", "").opens_in(log)
    job = await joins.claim(at("v-1"), at("u-1"), "j1")
    assert job is not None
    assert (job.contact.id, job.contact.name) == ("u-1", "Clara")
    merged = await contacts.profile(ACME, talk_of("v-1", "c1").contact.id)
    assert merged is not None
    assert (merged.row.id, merged.row.name) == ("u-1", "Clara")
    assert [(each.address, each.is_spent) for each in merged.addresses] == [("u-1", False), ("v-1", True)]
    listed = await contacts.conversations(ACME, merged.row.id, 0, 10)
    assert [state.id for _, state in listed] == ["c2", "c1"]


async def test_the_conversation_that_a_person_holds_goes_on(log: Log, joins: Joins) -> None:
    """[C5] Not the older one, and not the one in which the customer wrote last."""
    held, later = await talk_of("v-1", "c1").opens_in(log), await talk_of("u-1", "c2").opens_in(log)
    await win(log, held.customer_says("first"), held.intervenes())
    later.now = held.now + 1000
    await win(log, later.customer_says("last"))
    job = await joins.claim(at("v-1"), at("u-1"), "j1")
    assert job is not None
    assert (job.kept, job.dropped) == ("c1", "c2")


async def test_of_two_that_nobody_holds_the_one_in_which_the_customer_wrote_last_goes_on(
    log: Log, joins: Joins
) -> None:
    older, newer = await talk_of("v-1", "c1").opens_in(log), await talk_of("u-1", "c2").opens_in(log)
    await win(log, older.customer_says("first"))
    newer.now = older.now + 1000
    await win(log, newer.customer_says("last"))
    job = await joins.claim(at("v-1"), at("u-1"), "j1")
    assert job is not None
    assert (job.kept, job.dropped) == ("c2", "c1")


async def test_a_visitor_who_never_wrote_is_claimed_without_a_job(contacts: Contacts, joins: Joins) -> None:
    assert await joins.claim(at("v-1"), at("u-1"), "j1") is None
    assert (await contacts.whose(at("v-1"))).is_spent
    assert await joins.due(10) == []


async def test_of_many_who_claim_one_visitor_at_once_one_does(log: Log, joins: Joins) -> None:
    """[P3] [P6]"""
    await talk_of("v-1", "c1").opens_in(log)
    claims = (joins.claim(at("v-1"), at(f"u-{n}"), f"j{n}") for n in range(6))
    answers = await asyncio.gather(*claims, return_exceptions=True)
    assert len([answer for answer in answers if isinstance(answer, JoinJob)]) == 1
    assert all(answer is None or isinstance(answer, JoinJob | Unavailable) for answer in answers)
    assert len(await joins.due(10)) == 1


# -- what providers say ------------------------------------------------------------------------------------------------


async def test_addresses_that_were_joined_are_one_identity_s(log: Log, contacts: Contacts, joins: Joins) -> None:
    await talk_of("+49301", "c1").opens_in(log)
    assert await joins.join(at("+49301"), at("+49302"), "j1") is not None
    old, new = await contacts.whose(at("+49301")), await contacts.whose(at("+49302"))
    assert (old.identity, old.conversation, old.is_spent) == (new.identity, "c1", False)
    profile = await contacts.profile(ACME, new.contact)
    assert profile is not None
    assert [(each.address, each.id) for each in profile.addresses] == [("+49301", "+49301"), ("+49302", "+49302")]
    assert [gone for _, gone in await joins.moved_since(0, 10)] == [at("+49301")]


async def test_an_identity_has_a_bounded_number_of_addresses(joins: Joins, contacts: Contacts) -> None:
    """[P7]"""
    for n in range(ADDRESSES - 1):
        await joins.join(at(f"+{n}"), at("+one"), f"j{n}")
    with pytest.raises(LimitReached):
        await joins.join(at("+more"), at("+one"), "j")
    assert (await contacts.whose(at("+more"))).identity == "+more"


async def test_joins_in_both_directions_at_once_end(joins: Joins, contacts: Contacts) -> None:
    """[P4] No deadlock: rows are locked in one order."""
    for n in range(5):
        one, other = at(f"+a{n}"), at(f"+b{n}")
        asked = [joins.join(one, other, f"j{n}a"), joins.join(other, one, f"j{n}b")]
        await asyncio.gather(*asked, return_exceptions=True)
        assert (await contacts.whose(one)).identity == (await contacts.whose(other)).identity


# -- detaching ---------------------------------------------------------------------------------------------------------


async def test_a_detached_address_is_somebody_else_s_from_then_on(
    log: Log, contacts: Contacts, joins: Joins, audit: Audit
) -> None:
    """[P6] [C7] What was said before is not the new owner's, and the address keeps its id."""
    talk = await talk_of("u-1", "c1").opens_in(log)
    job = await joins.detach(at("u-1"), "d1", IdentityId("i-new"), ENTRY)
    assert job is not None
    assert (job.kept, job.dropped) == ("", ConversationId("c1"))
    found = await contacts.whose(at("u-1"))
    assert (found.identity, found.contact, found.conversation) == ("i-new", "i-new", "")
    talk.opening = replace(talk.opening, conversation=ConversationId("c2"))
    assert (await talk.asks_to_open(log))[0] == "c2"
    profile = await contacts.profile(ACME, found.contact)
    assert profile is not None
    assert [(each.address, each.id) for each in profile.addresses] == [("u-1", "u-1")]
    assert [each.action for each in await audit.of(ACME, 10)] == ["contact.detach"]


async def test_what_there_is_not_or_was_given_up_is_not_detached(log: Log, joins: Joins) -> None:
    with pytest.raises(NotFound):
        await joins.detach(at("u-1"), "d1", IdentityId("i-new"), ENTRY)
    await talk_of("v-1", "c1").opens_in(log)
    await joins.claim(at("v-1"), at("u-1"), "j1")
    with pytest.raises(NotFound):
        await joins.detach(at("v-1"), "d1", IdentityId("i-new"), ENTRY)
    with pytest.raises(NotFound):
        await joins.detach(ChannelId(OrganisationId("other"), WEBCHAT, "u-1"), "d1", IdentityId("i-new"), ENTRY)

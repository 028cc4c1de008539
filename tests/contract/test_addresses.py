"""Addresses that were given up: the contract of `ports.Addresses`, and of `Log.open` beside it, on every adapter."""

import asyncio
from collections.abc import Awaitable

import pytest
from msgspec.structs import replace

from intervene.core.errors import Spent
from intervene.core.ids import WEBCHAT, Address, ChannelId, OrganisationId
from intervene.ports.addresses import Addresses
from intervene.ports.contacts import Contacts
from intervene.ports.inbox import Inbox
from intervene.ports.log import Log
from tests.contract.build import Talk, listed


def address(talk: Talk) -> ChannelId:
    return ChannelId(talk.organisation, WEBCHAT, talk.contact.id)


async def is_refused(talk: Talk, log: Log) -> bool:
    with pytest.raises(Spent):
        await talk.asks_to_open(log)
    return True


async def test_an_address_that_was_given_up_opens_nothing_any_more(
    log: Log, addresses: Addresses, contacts: Contacts
) -> None:
    """[R17]"""
    talk, other = await Talk("c1").opens_in(log), await Talk("c2").opens_in(log)
    assert not (await contacts.whose(address(talk))).is_spent
    await addresses.spend(address(talk))
    assert (await contacts.whose(address(talk))).is_spent
    assert await is_refused(talk, log)
    again = Talk("c3")
    again.opening, again.contact = talk.opening, talk.contact
    assert await is_refused(again, log)
    assert not (await contacts.whose(address(other))).is_spent
    assert await other.asks_to_open(log) == (other.opening.conversation, None)


async def test_a_conversation_is_its_address_s_whatever_the_contact_s_id(
    log: Log, addresses: Addresses, contacts: Contacts
) -> None:
    """[P6] [R20] The same address finds it again; the same id at another address, or on another channel, does not."""
    talk, again, elsewhere, phone = Talk("c1"), Talk("c2"), Talk("c3"), Talk("c4")
    number = Address(WEBCHAT, "+49 30 901820")
    talk.opening = replace(talk.opening, address=number)
    again.opening = replace(again.opening, address=number)
    elsewhere.opening = replace(elsewhere.opening, contact=talk.contact, address=Address(WEBCHAT, talk.contact.id))
    phone.opening = replace(phone.opening, contact=talk.contact, address=Address("sms", number.address))
    assert [(await other.opens_in(log)).state.id for other in (talk, elsewhere, phone)] == ["c1", "c3", "c4"]
    assert await again.asks_to_open(log) == ("c1", None)
    await addresses.spend(number.within(talk.organisation))
    assert [await is_refused(other, log) for other in (talk, again)] == [True, True]
    assert await phone.asks_to_open(log) == ("c4", None)


async def test_an_address_without_a_conversation_is_given_up_too(
    log: Log, addresses: Addresses, contacts: Contacts
) -> None:
    """[R17] A visitor who never wrote has no row: the token is out all the same."""
    talk = Talk()
    await addresses.spend(address(talk))
    assert (await contacts.whose(address(talk))).is_spent
    assert await is_refused(talk, log)


async def test_an_address_is_given_up_on_its_channel_in_its_organisation(
    log: Log, addresses: Addresses, contacts: Contacts
) -> None:
    """[P6, R17]"""
    talk = Talk()
    for stranger in (address(talk)._replace(organisation=OrganisationId("other")), address(talk)._replace(channel="s")):
        await addresses.spend(stranger)
    assert not (await contacts.whose(address(talk))).is_spent
    await talk.opens_in(log)


async def test_what_was_given_up_is_listed_once_by_its_time(addresses: Addresses, contacts: Contacts) -> None:
    """[R17] On the database's clock; giving up twice changes nothing."""
    talks = [Talk(f"c{n}") for n in range(3)]
    for talk in talks:
        await addresses.spend(address(talk))
        await asyncio.sleep(0.002)  # the next one's millisecond
    listed = await addresses.spent_since(0, 10)
    assert [gone for _, gone in listed] == [address(talk) for talk in talks]
    await addresses.spend(address(talks[0]))
    assert await addresses.spent_since(0, 10) == listed
    assert await addresses.spent_since(listed[1][0], 10) == listed[1:]
    assert await addresses.spent_since(0, 2) == listed[:2]


@pytest.mark.parametrize("first", ["open", "spend"])
async def test_of_opening_and_giving_up_at_once_nothing_is_left_open(
    log: Log, first: str, addresses: Addresses, contacts: Contacts
) -> None:
    """[R17] Whichever is first, the address is refused afterwards."""
    talk = Talk()
    opens, spends = talk.asks_to_open(log), addresses.spend(address(talk))
    acts: list[Awaitable[object]] = [opens, spends] if first == "open" else [spends, opens]
    await asyncio.gather(*acts, return_exceptions=True)
    assert await is_refused(talk, log)


async def test_an_address_given_up_after_the_first_look_opens_nothing(
    log: Log, contacts: Contacts, addresses: Addresses, inbox: Inbox
) -> None:
    """[R17] The transaction that creates looks again, under the lock of the address's row."""
    talk = Talk()
    assert not (await contacts.whose(address(talk))).is_spent
    await addresses.spend(address(talk))
    assert await is_refused(talk, log)
    assert await listed(inbox, talk.organisation) == []

"""How a conversation begins: at an address, whose contact may have another id."""

import msgspec
import pytest

from intervene.core.access import Visitor
from intervene.core.conversation.commit import Context
from intervene.core.conversation.decide import Owner, open_conversation
from intervene.core.conversation.moves import Open
from intervene.core.events import Event, Opened
from intervene.core.ids import WEBCHAT, Address, ChannelId, ConversationId, IdentityId
from intervene.core.policy import Policy
from tests.unit.core.cast import ACME, CLARA, NOON


@pytest.mark.parametrize(("address", "named"), [("+49 30 901820", "+49 30 901820"), (CLARA.id, "")])
def test_an_opening_names_the_address_where_it_is_not_the_contact_s_id(address: str, named: str) -> None:
    opening = Open(conversation=ConversationId("c1"), contact=CLARA, address=Address("sms", address))
    owner = Owner(IdentityId(address), CLARA.id)
    change = open_conversation(opening, ACME, owner, Context(now=NOON, nonce="n", node=None, policy=Policy()))
    assert change.state.channel == "sms"
    [event] = change.facts
    assert isinstance(event, Event)
    assert event.body == Opened(contact=CLARA, channel="sms", address=named)


def test_an_opening_of_a_release_before_is_read_and_written_as_it_was() -> None:
    """Every log so far has no address: it is the contact's id."""
    kept = b'{"kind":"opened","contact":{"type":"contact","id":"clara","name":"Clara"},"channel":"webchat"}'
    assert msgspec.json.encode(msgspec.json.decode(kept, type=Opened)) == kept


def test_a_visitor_s_address_is_the_contact_s_id_unless_it_is_another() -> None:
    clara = Visitor(organisation=ACME, contact=CLARA)
    assert clara.channel_id == ChannelId(ACME, WEBCHAT, CLARA.id)
    phoning = Visitor(organisation=ACME, contact=CLARA, address=Address("sms", "+49 30 901820"))
    assert phoning.channel_id == ChannelId(ACME, "sms", "+49 30 901820")

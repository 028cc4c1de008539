"""Beginning a conversation with a contact, for sockets and HTTP."""

import re
from hashlib import sha256

import msgspec

from intervene.core.access import Staff, can_see
from intervene.core.actors import Contact
from intervene.core.contacts import ContactAddress, Profile
from intervene.core.conversation.moves import Begin
from intervene.core.conversation.state import Conversation
from intervene.core.errors import IllegalMove, NotFound
from intervene.core.ids import Address, CommandId, ContactId, ConversationId, OrganisationId, QueueId
from intervene.core.limits import ADDRESS_CHARS
from intervene.core.wire import beginning
from intervene.edge.services import Services
from intervene.ports.contacts import Contacts

_id = re.compile(rf"[^\x00\ud800-\udfff]{{1,{ADDRESS_CHARS}}}")


async def begin(
    services: Services, by: Staff, organisation: OrganisationId, frame: beginning.Begin
) -> tuple[Conversation, bool]:
    """The conversation as it is, and whether it was made now. Raises `PeerError` and `Unavailable`."""
    found = await profile(services.contacts, organisation, frame.contact)
    reached = _reached(found, frame.channel)
    digest = sha256(msgspec.json.encode([organisation, by.agent.id, frame.id])).hexdigest()
    command = Begin(
        id=CommandId(frame.id), by=by, conversation=ConversationId(digest[:24]),
        contact=Contact(id=reached.id, name=found.row.name), address=Address(reached.channel, reached.address),
        queue=QueueId(frame.queue),
    )  # fmt: skip
    opened = await services.engine.begin(command, organisation)
    state = opened.state
    assert state is not None, "it was read or made"
    if not can_see(by, state, await services.policies.loaded(organisation)):
        raise NotFound("The contact has an open conversation, which is none of yours.")
    return state, opened.is_new


async def profile(contacts: Contacts, organisation: OrganisationId, id: str) -> Profile:
    """Raises `NotFound` and `Unavailable`."""
    found = await contacts.profile(organisation, ContactId(id)) if _id.fullmatch(id) else None
    if found is None:
        raise NotFound("There is no such contact, or none of yours.")
    return found


def _reached(found: Profile, channel: str) -> ContactAddress:
    """Where the contact is reached. Raises `IllegalMove`."""
    usable = [each for each in found.addresses if not each.is_spent and channel in ("", each.channel)]
    if not usable:
        raise IllegalMove("The contact is not reached there.")
    if len({each.channel for each in usable}) > 1:
        raise IllegalMove("The contact is reached on several channels. Choose one.")
    return usable[0]

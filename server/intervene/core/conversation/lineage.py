"""Whose a conversation is, how it began and where it goes on: of a state, what only few commits change."""

from msgspec import Struct
from msgspec.structs import replace

from intervene.core.actors import Agent, Contact
from intervene.core.events import Event, Opened
from intervene.core.ids import ConversationId, IdentityId


class Lineage(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Whose it is, how it began and where it goes on; rows of formats before 3 do not keep it. `identity`: empty, its
    id is the contact's. `next`: the conversation in which this one was continued, "" for none."""

    identity: IdentityId = IdentityId("")
    begun_by_agent: bool = False
    """Then no bot begins there by itself, also when the customer reopens it."""
    next: ConversationId = ConversationId("")

    def identified(self, identity: IdentityId, contact: Contact) -> "Lineage":
        return replace(self, identity=_kept(identity, contact))


NO_LINEAGE = Lineage()


def begun(event: Event, opened: Opened) -> Lineage:
    identity = _kept(IdentityId(opened.identity or opened.address), opened.contact)
    by_agent = isinstance(event.author, Agent)
    return Lineage(identity=identity, begun_by_agent=by_agent) if identity or by_agent else NO_LINEAGE


def _kept(identity: IdentityId, contact: Contact) -> IdentityId:
    """As a state keeps it: "" where it is the contact's id."""
    return IdentityId("") if identity == IdentityId(contact.id) else identity

"""Who somebody is, and what they may look at. What they may do is the control table's."""

from typing import NamedTuple

from msgspec import Struct

from intervene.core.actors import Agent, Contact, Role
from intervene.core.conversation.state import Conversation
from intervene.core.ids import OrganisationId


class Staff(Struct, frozen=True, kw_only=True, gc=False):
    """An agent or a supervisor, as their token says. `expires` in seconds since 1970."""

    organisation: OrganisationId
    agent: Agent
    role: Role
    expires: float


class Visitor(Struct, frozen=True, kw_only=True, gc=False):
    """A customer, as their token says. `expires` in seconds since 1970."""

    organisation: OrganisationId
    contact: Contact
    expires: float


Principal = Staff | Visitor


class Person(NamedTuple):
    """One human, over all their sessions and tokens: what bounds that are not a session's own are counted by."""

    organisation: OrganisationId
    is_staff: bool
    id: str


def person(principal: Principal) -> Person:
    if isinstance(principal, Staff):
        return Person(principal.organisation, True, principal.agent.id)
    return Person(principal.organisation, False, principal.contact.id)


def may_watch(principal: Principal, state: Conversation) -> bool:
    """Staff see their organisation's conversations, a customer sees only their own."""
    if state.organisation != principal.organisation:
        return False
    return isinstance(principal, Staff) or state.contact.id == principal.contact.id


def same_person(one: Principal, other: Principal) -> bool:
    """Whether a refreshed token speaks of the same person: tokens never change who a socket is."""
    return person(one) == person(other)

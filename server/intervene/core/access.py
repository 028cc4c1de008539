"""Who somebody is, and what they may look at. What they may do is the control table's."""

from typing import NamedTuple, Protocol

from msgspec import Struct

from intervene.core.actors import Agent, Contact, Role
from intervene.core.errors import NotFound
from intervene.core.ids import WEBCHAT, Address, ChannelId, OrganisationId
from intervene.core.policy import Policy
from intervene.core.settings import Kind
from intervene.core.tree import Tree


class Staff(Struct, frozen=True, kw_only=True, gc=False):
    """A person of the staff, as their row says. `organisation` is their home."""

    organisation: OrganisationId
    agent: Agent
    role: Role


class Visitor(Struct, frozen=True, kw_only=True, gc=False):
    """A customer, as their token says. `address` None: the contact's id, on the web chat."""

    organisation: OrganisationId
    contact: Contact
    address: Address | None = None

    @property
    def reached_at(self) -> Address:
        return self.address or Address(WEBCHAT, self.contact.id)

    @property
    def channel_id(self) -> ChannelId:
        return self.reached_at.within(self.organisation)


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


def reaches(principal: Principal, organisation: OrganisationId, tree: Tree) -> bool:
    """Whether the person may look at and act in that organisation: a customer in their own, staff as the tree says."""
    if isinstance(principal, Visitor):
        return organisation == principal.organisation
    return tree.reaches(principal.organisation, principal.role, organisation)


def acting_in(principal: Principal, named: str, tree: Tree) -> OrganisationId:
    """The organisation that a frame or a URL names. Raises `NotFound`, the same whether there is such a one or not."""
    organisation = OrganisationId(named)
    if not reaches(principal, organisation, tree):
        raise NotFound("There is no such organisation, or none of yours.")
    return organisation


def may_set(role: Role, kind: Kind) -> bool:
    """Whether somebody in that role changes such settings. All staff read all of them."""
    return role is Role.ADMIN or (role is Role.SUPERVISOR and kind is Kind.CANNED_REPLY)


class Visible(Protocol):
    """What access looks at in the state of a conversation."""

    @property
    def organisation(self) -> OrganisationId: ...

    @property
    def contact(self) -> Contact: ...


def can_see(by: Principal, state: Visible, policy: Policy) -> bool:
    """Staff see the conversations of their organisation, supervisors and admins those below it too; a customer sees
    only their own. `policy` is that of the conversation's organisation."""
    is_at_home = by.organisation == state.organisation
    if isinstance(by, Visitor):
        return is_at_home and state.contact.id == by.contact.id
    return is_at_home or (by.role.leads and by.organisation in policy.ancestors)


def same_person(one: Principal, other: Principal) -> bool:
    """Whether a refreshed token speaks of the same person: tokens never change who a socket is."""
    return person(one) == person(other)

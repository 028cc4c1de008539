"""Who somebody is, and what they may look at. What they may do is the control table's."""

from enum import StrEnum
from typing import Protocol

from msgspec import Struct

from intervene.core.actors import Agent, Contact, Role
from intervene.core.errors import IllegalMove, NotFound
from intervene.core.ids import WEBCHAT, Address, AgentId, ChannelId, ContactId, IdentityId, OrganisationId, QueueId
from intervene.core.policy import Policy
from intervene.core.settings import Visibility
from intervene.core.tree import Tree

NO_HOLDER = AgentId("")


class Staff(Struct, frozen=True, kw_only=True, gc=False):
    """A person of the staff, as their row says. `organisation` is their home."""

    organisation: OrganisationId
    agent: Agent
    role: Role


class Visitor(Struct, frozen=True, kw_only=True, gc=False):
    """A customer, as their token says. `address` None: the contact's id, on the web chat. `identity`: to which the
    address belongs, as the database says; empty: one with its id."""

    organisation: OrganisationId
    contact: Contact
    address: Address | None = None
    identity: IdentityId = IdentityId("")
    vouched: tuple[tuple[str, str], ...] = ()
    """Attributes, by name, for which the signer of the token vouches; none once they were kept."""
    former: ContactId = ContactId("")
    """The visitor who has become this one by the claim of this session: what they gave is repeated with their ids."""

    @property
    def reached_at(self) -> Address:
        return self.address or Address(WEBCHAT, self.contact.id)

    @property
    def channel(self) -> str:
        return self.address.channel if self.address else WEBCHAT

    @property
    def known_as(self) -> IdentityId:
        return self.identity or IdentityId(self.address.address if self.address else self.contact.id)

    @property
    def channel_id(self) -> ChannelId:
        return self.reached_at.within(self.organisation)


Principal = Staff | Visitor


class Person(Struct, frozen=True, gc=False):
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


def check_in_use(organisation: OrganisationId, tree: Tree) -> None:
    """Raises `IllegalMove`."""
    if organisation in tree.archived:
        raise IllegalMove("The organisation is archived: it takes nothing new.")


class Placement(Struct, frozen=True, gc=False):
    """What says which staff see a conversation: one value, of its state or of the columns of its row. `holder`: the
    agent who holds control, "" for none."""

    organisation: OrganisationId
    queue: QueueId
    holder: AgentId


class Visible(Protocol):
    """What access looks at in the state of a conversation."""

    @property
    def organisation(self) -> OrganisationId: ...

    @property
    def channel(self) -> str: ...

    @property
    def identity(self) -> IdentityId: ...

    @property
    def placement(self) -> Placement: ...


class Unseen(StrEnum):
    """Why somebody may not see a conversation."""

    QUEUE = "queue"
    """It is in a queue that they do not serve."""
    HELD = "held"
    """A colleague holds it, in a queue that shows what is held to the holder alone."""
    RIGHTS = "rights"
    """It is not of an organisation of theirs or, for a customer, not theirs."""


def can_see(by: Principal, state: Visible, policy: Policy) -> bool:
    """The one rule of visibility. `policy` is that of the conversation's organisation."""
    return unseen(by, state, policy) is None


def unseen(by: Principal, state: Visible, policy: Policy) -> Unseen | None:
    """None: they may see it. A customer sees only their own, staff as `unseen_by_staff` says."""
    if isinstance(by, Staff):
        return unseen_by_staff(by, state.placement, policy)
    is_at = by.organisation == state.organisation and by.channel == state.channel
    return None if is_at and by.known_as == state.identity else Unseen.RIGHTS


def unseen_by_staff(by: Staff, at: Placement, policy: Policy) -> Unseen | None:
    """Supervisors and admins see all of their organisation and of those below it. Agents see, at home, what they hold
    and what is in a queue that they serve; in one with visibility `holder`, only while no person holds it."""
    if by.role.leads:
        return None if by.organisation == at.organisation or by.organisation in policy.ancestors else Unseen.RIGHTS
    if by.organisation != at.organisation:
        return Unseen.RIGHTS
    if at.holder == by.agent.id:
        return None
    if not policy.serves(by.agent.id, at.queue):
        return Unseen.QUEUE
    return Unseen.HELD if at.holder and policy.queue(at.queue).visibility is Visibility.HOLDER else None


def may_hide(before: Placement, after: Placement, policy: Policy) -> bool:
    """Whether somebody who saw it at `before` may not at `after`. Where a queue's team sees what it holds, a change of
    holder hides it from nobody but the former one, who need not serve the queue."""
    return before != after and (
        before.organisation != after.organisation
        or before.queue != after.queue
        or before.holder not in (NO_HOLDER, after.holder)
        or policy.queue(after.queue).visibility is Visibility.HOLDER
    )


def can_serve(who: Staff, organisation: OrganisationId, queue: QueueId, policy: Policy) -> bool:
    """Whether they see what waits in the queue: so they may be given, or be called to, what is in it."""
    return unseen_by_staff(who, Placement(organisation, queue, NO_HOLDER), policy) is None


def same_person(one: Principal, other: Principal) -> bool:
    """Whether a refreshed token speaks of the same person: tokens never change who a socket is."""
    return person(one) == person(other)

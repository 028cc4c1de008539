"""Who appears in the plays, and where and when they are set."""

from intervene.core.access import Staff, Visitor
from intervene.core.actors import Agent, Bot, Contact, Role
from intervene.core.events import Event, Piece
from intervene.core.ids import (
    BotId,
    ContactId,
    NodeId,
    OrganisationId,
)

Facts = tuple[Event | Piece, ...]

ECHO = Bot(id=BotId("echo"), name="Echo")
CLARA = Contact(id=ContactId("clara"), name="Clara")
ACME = OrganisationId("acme")
N1, N2 = NodeId("n1"), NodeId("n2")


def as_staff(agent: Agent, role: Role = Role.AGENT, *, organisation: str = ACME) -> Staff:
    """The agent, as they give commands."""
    return Staff(organisation=OrganisationId(organisation), agent=agent, role=role)


def as_visitor(contact: Contact, *, organisation: str = ACME) -> Visitor:
    """The customer, as they give commands."""
    return Visitor(organisation=OrganisationId(organisation), contact=contact)


NOON = 1_700_000_000_000

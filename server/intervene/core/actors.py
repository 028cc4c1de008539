"""Who speaks and acts in a conversation: bots, agents, contacts, the product itself."""

from enum import StrEnum
from typing import ClassVar

from msgspec import Struct

from intervene.core.ids import AgentId, BotId, ContactId


class Bot(Struct, frozen=True, kw_only=True, tag="bot", gc=False):
    """A bot: its id, and the name that customers see."""

    kind: ClassVar[str] = "bot"  # the tag, at hand
    id: BotId
    name: str


class Agent(Struct, frozen=True, kw_only=True, tag="agent", gc=False):
    """A person who works for the organisation: the id in their token, and the name that customers see."""

    kind: ClassVar[str] = "agent"
    id: AgentId
    name: str


class Contact(Struct, frozen=True, kw_only=True, tag="contact", omit_defaults=True, gc=False):
    """A customer: their id, and a name, empty if none was given. As an author, the id of the address they write from;
    `vouched`: the host application or a provider says that it is theirs."""

    kind: ClassVar[str] = "contact"
    id: ContactId
    name: str
    vouched: bool = False


class System(Struct, frozen=True, kw_only=True, tag="system", gc=False):
    """The product itself: policies, housekeeping."""

    kind: ClassVar[str] = "system"
    id: ClassVar[str] = ""


class Nobody(Struct, frozen=True, kw_only=True, tag="nobody", gc=False):
    """Nobody holds control: the conversation waits for a person, or is closed."""


Holder = Bot | Agent | Nobody
Actor = Bot | Agent | Contact | System


class Role(StrEnum):
    """From least to most: each may do all that those before it may."""

    AGENT = "agent"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"

    @property
    def leads(self) -> bool:
        """Also in the organisations below the person's own, and on what a colleague holds."""
        return self is not Role.AGENT


_RANKS = {role: rank for rank, role in enumerate(Role)}


def lower(one: Role, other: Role) -> Role:
    """Of two roles, the one that may do less."""
    return min(one, other, key=_RANKS.__getitem__)

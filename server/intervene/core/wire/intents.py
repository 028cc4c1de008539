"""What a frame asks for, of which conversation and in whose name: the same for sockets and HTTP.

Author and role are the token's, never the frame's; so is the organisation, but for staff who name another one.
"""

from typing import Protocol, cast

from msgspec import UNSET

from intervene.core.access import Principal, Staff, acting_in
from intervene.core.conversation.decide import Command
from intervene.core.ids import ConversationId, Key, OrganisationId
from intervene.core.tree import Tree
from intervene.core.wire.common import MakeId
from intervene.core.wire.contact import ContactCommand
from intervene.core.wire.staff import StaffCommand


def intent(
    principal: Principal, frame: StaffCommand | ContactCommand, make_id: MakeId, tree: Tree
) -> tuple[Key, Command]:
    """The conversation that the frame is for, and the command that it is. Raises `PeerError`.

    Each audience is decoded by its own union: to ask that again would be a look at twenty types for each message."""
    key = key_of(principal, frame, tree)
    if isinstance(principal, Staff):
        return key, cast("StaffCommand", frame).command(principal, make_id)
    return key, cast("ContactCommand", frame).command(principal, make_id)


class Addressed(Protocol):
    """A frame about a conversation. One of staff may have an `organisation` too."""

    @property
    def conversation(self) -> str: ...


def key_of(principal: Principal, frame: Addressed, tree: Tree) -> Key:
    """Where the frame's conversation is found. Raises `NotFound` for an organisation that the sender does not reach."""
    return Key(organisation_of(principal, frame, tree), ConversationId(frame.conversation))


def organisation_of(principal: Principal, frame: object, tree: Tree) -> OrganisationId:
    """Where the frame acts. Raises `NotFound` for an organisation that the sender does not reach."""
    named = getattr(frame, "organisation", UNSET)
    return principal.organisation if named is UNSET else acting_in(principal, named, tree)

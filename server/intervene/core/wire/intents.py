"""What a frame asks for, of which conversation and in whose name: the same for sockets and HTTP.

Author and role are the token's, never the frame's; so is the organisation, but for staff who name another one.
"""

from collections.abc import Callable
from typing import Protocol, assert_never

from msgspec import UNSET

from intervene.core.access import Principal, Staff, Visitor, acting_in
from intervene.core.conversation import moves, speech
from intervene.core.conversation.decide import Command
from intervene.core.ids import CommandId, ConversationId, Key, MessageId
from intervene.core.text import message_text
from intervene.core.wire import staff
from intervene.core.wire.contact import AskForPerson, ContactCommand, ContactSay
from intervene.core.wire.staff import StaffCommand

MakeId = Callable[[], str]


def intent(principal: Principal, frame: StaffCommand | ContactCommand, make_id: MakeId) -> tuple[Key, Command]:
    """The conversation that the frame is for, and the command that it is. `make_id` makes the random id of a message.
    Raises `PeerError`."""
    key = key_of(principal, frame)
    if isinstance(principal, Staff):
        assert not isinstance(frame, ContactCommand), "each audience is decoded by its own union"
        return key, _of_staff(principal, frame, make_id)
    assert not isinstance(frame, StaffCommand), "each audience is decoded by its own union"
    return key, _of_contact(principal, frame, make_id)


class Addressed(Protocol):
    """A frame about a conversation. One of staff may have an `organisation` too."""

    @property
    def conversation(self) -> str: ...


def key_of(principal: Principal, frame: Addressed) -> Key:
    """Where the frame's conversation is found. Raises `NotFound` for an organisation that the sender does not reach."""
    named = getattr(frame, "organisation", UNSET)
    organisation = principal.organisation if named is UNSET else acting_in(principal, named)
    return Key(organisation, ConversationId(frame.conversation))


def _of_staff(me: Staff, frame: StaffCommand, make_id: MakeId) -> Command:
    id = CommandId(frame.id)
    match frame:
        case staff.StaffSay(text=text, epoch=epoch, seen=seen, confirmed=confirmed):
            return speech.AgentSay(
                id=id, by=me, message=MessageId(make_id()), text=message_text(text), epoch=epoch, seen=seen,
                confirmed=confirmed,
            )  # fmt: skip
        case staff.AddNote(text=text):
            return speech.AddNote(id=id, by=me, message=MessageId(make_id()), text=message_text(text))
        case staff.Intervene(epoch=epoch):
            return moves.Intervene(id=id, by=me, epoch=epoch)
        case staff.HandBack(epoch=epoch, bot=bot):
            return moves.HandBack(id=id, by=me, bot=bot, epoch=epoch)
        case staff.Release(epoch=epoch):
            return moves.Release(id=id, by=me, epoch=epoch)
        case staff.CloseConversation(epoch=epoch, seen=seen):
            return moves.Close(id=id, by=me, epoch=epoch, seen=seen)
        case staff.Reopen(epoch=epoch):
            return moves.Reopen(id=id, by=me, epoch=epoch)
        case _:
            assert_never(frame)


def _of_contact(me: Visitor, frame: ContactCommand, make_id: MakeId) -> Command:
    id = CommandId(frame.id)
    match frame:
        case ContactSay(text=text):
            return speech.ContactSay(id=id, by=me, message=MessageId(make_id()), text=message_text(text))
        case AskForPerson():
            return moves.AskForPerson(id=id, by=me)
        case _:
            assert_never(frame)

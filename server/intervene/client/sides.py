"""What agents and what customers can do in a conversation."""

from collections.abc import Sequence

from msgspec.structs import replace

from intervene.client.conversation import Conversation, Line, Refused
from intervene.client.peer import BeganAnew, Continued
from intervene.client.screen import ContactScreen, StaffScreen
from intervene.core.codes import ErrorCode
from intervene.core.events import Event
from intervene.core.ids import ConversationId
from intervene.core.wire import staff
from intervene.core.wire.common import PieceAdded, ReadUpTo
from intervene.core.wire.contact import (
    AskForPerson,
    ContactAck,
    ContactContinued,
    ContactEvent,
    ContactPage,
    ContactSay,
    ContactState,
    ContactTyping,
    ContactWatched,
    PlaceInLine,
    Rate,
)
from intervene.core.wire.staff import Error, Here, StaffAck, StaffState, TakeoverTimes
from intervene.core.wire.staff_words import Delete, Edit

KEPT_TAKEOVERS = 1000  # of one conversation; the oldest is forgotten


class AgentConversation(Conversation[Event, StaffState]):
    """As staff see it. Each act answers when it is committed, or raises `Refused`.

    What speaks or acts for the business is made in the epoch on the screen: after a change of holder that was not yet
    shown it is refused with `taken` or `stale`, and nothing happened.
    """

    def __init__(self, id: str, line: Line, history: int) -> None:
        super().__init__(id, line, StaffScreen(ConversationId(id)), history)
        self.here: Here | None = None
        """Who watches."""
        self.takeovers: dict[int, TakeoverTimes] = {}
        """The times of each takeover that happened while we watched, by epoch; they grow as they become known."""
        self.contact_read = 0
        """Up to where the customer has read, as the `pub` of events counts; 0 for nothing."""

    async def say(self, text: str, *, confirmed: bool = False) -> StaffAck:
        """Send a message to the customer, and return when it is committed.

        Args:
            text: At most 16 KiB of UTF-8, with at least one visible character.
            confirmed: Send it although the customer has written since.

        Raises:
            Refused: With `not_holder`, `taken` or `stale` when you do not hold control, with `stale_view` when the
                customer wrote after the last event on the screen, or with `bad_text`.
            OutboxFull: Too many commands wait for an answer.
        """
        return await self._do(
            staff.StaffSay(
                id=self._line.new_id(), conversation=self.id, text=text, epoch=self.state.epoch,
                seen=self.screen.number, confirmed=confirmed,
            )
        )  # fmt: skip

    async def edit(self, n: int, text: str) -> StaffAck:
        """Give our message of event `n` another text. Raises `Refused`: with `unchangeable` 15 minutes after it was
        written."""
        return await self._do(
            Edit(id=self._line.new_id(), conversation=self.id, epoch=self.state.epoch, n=n, text=text)
        )

    async def delete(self, n: int) -> StaffAck:
        """Take our message of event `n` back, likewise."""
        return await self._do(Delete(id=self._line.new_id(), conversation=self.id, epoch=self.state.epoch, n=n))

    async def note(self, text: str, mentions: Sequence[str] = ()) -> StaffAck:
        """A private message among agents. `mentions`: ids of colleagues who are called to it. Raises `Refused` for one
        who may not see the conversation's queue."""
        id = self._line.new_id()
        return await self._do(staff.AddNote(id=id, conversation=self.id, text=text, mentions=list(mentions)))

    async def intervene(self) -> StaffAck:
        """Take control. Raises `Refused` with `taken` and who it was, when somebody was quicker.

        When control changed hands but no person has it, it is tried once more in the new epoch.
        """
        frame = staff.Intervene(id=self._line.new_id(), conversation=self.id, epoch=self.state.epoch)
        try:
            return await self._do(frame)
        except Refused as refused:
            if refused.code is not ErrorCode.STALE or not isinstance(refused.facts, Error):
                raise
            return await self._do(replace(frame, epoch=refused.facts.epoch))

    async def hand_back(self, bot: str = "", reason: str = "") -> StaffAck:
        """Give the conversation to a bot: by default the one that conversations start with. `reason`: what the bot is
        told of why, where the server's features name `briefing`; at most 1 KiB."""
        id, epoch = self._line.new_id(), self.state.epoch
        return await self._do(staff.HandBack(id=id, conversation=self.id, epoch=epoch, bot=bot, reason=reason))

    async def release(self, reason: str = "") -> StaffAck:
        """Let go; the conversation waits for another person. `reason`: why, for colleagues, as of `hand_back`."""
        id, epoch = self._line.new_id(), self.state.epoch
        return await self._do(staff.Release(id=id, conversation=self.id, epoch=epoch, reason=reason))

    async def close(self, reason: str = "") -> StaffAck:
        """End the conversation; the customer's next message opens it again. `reason`: the id of one of the
        organisation's. Raises `Refused`, with `stale_view` when the customer wrote after the last event on the screen,
        and with `reason_needed` where the conversation's queue wants a reason."""
        epoch, seen = self.state.epoch, self.screen.number
        return await self._do(
            staff.CloseConversation(id=self._line.new_id(), conversation=self.id, epoch=epoch, seen=seen, reason=reason)
        )

    async def reopen(self) -> StaffAck:
        """Open a conversation that is closed. Raises `Refused`."""
        return await self._do(staff.Reopen(id=self._line.new_id(), conversation=self.id, epoch=self.state.epoch))

    def receive(self, frame: object) -> None:
        """A frame about this conversation; called by the client."""
        match frame:
            case staff.StaffWatched(contact_read=pub):
                self.contact_read = pub if frame.reset else max(pub, self.contact_read)
                self._watched(frame)
            case staff.ContactRead(pub=pub):
                self.contact_read = max(pub, self.contact_read)
                self._tell(frame)
            case staff.StaffEvent(event=event):
                self._event(event)
            case PieceAdded():
                self._piece(frame)
            case ReadUpTo():
                self._read(frame)
            case staff.StaffPage(events=events, more=more):
                self.screen.show_older(events, more)
            case Here():
                self.here = frame
                self._tell(frame)
            case TakeoverTimes():
                self.takeovers[frame.epoch] = frame
                if len(self.takeovers) > KEPT_TAKEOVERS:
                    del self.takeovers[next(iter(self.takeovers))]
                self._tell(frame)
            case staff.StaffTyping():
                self._tell(frame)
            case _:
                pass

    async def _do(self, frame: staff.StaffCommand) -> StaffAck:
        answer = await self._line.command(frame, frame.id, frame.conversation)
        assert isinstance(answer, StaffAck), "staff get acks of their own"
        return answer


class CustomerConversation(Conversation[ContactEvent, ContactState]):
    """As its customer sees it."""

    def __init__(self, id: str, line: Line, history: int) -> None:
        super().__init__(id, line, ContactScreen(ConversationId(id)), history)

    async def say(self, text: str) -> ContactAck:
        """Answers when it is committed. A closed conversation opens again."""
        return await self._do(ContactSay(id=self._line.new_id(), conversation=self.id, text=text))

    async def ask_for_person(self) -> ContactAck:
        """Ask for a person in the place of the bot; returns when it is committed. Nothing changes while an agent holds
        control. Raises `Refused`."""
        return await self._do(AskForPerson(id=self._line.new_id(), conversation=self.id))

    async def rate(self, score: int, comment: str = "") -> ContactAck:
        """Say what the conversation was like, once it is closed: from 1, which is bad, to 5. Raises `Refused`."""
        return await self._do(Rate(id=self._line.new_id(), conversation=self.id, score=score, comment=comment))

    def receive(self, frame: object) -> None:
        """A frame about this conversation; called by the client."""
        match frame:
            case ContactWatched():
                self._watched(frame)
            case ContactEvent():
                self._event(frame)
            case PieceAdded():
                self._piece(frame)
            case ReadUpTo():
                self._read(frame)
            case ContactPage(events=events, more=more):
                self.screen.show_older(events, more)
            case ContactTyping() | PlaceInLine():
                self._tell(frame)
            case _:
                pass

    async def _do(self, frame: ContactSay | AskForPerson | Rate) -> ContactAck:
        if isinstance(self._ended, BeganAnew | Continued):  # it was another visitor's, or goes on elsewhere
            raise self._ended
        answer = await self._line.command(frame, frame.id, frame.conversation)
        assert isinstance(answer, ContactAck), "customers get acks of their own"
        return answer


def goes_on(frame: object) -> dict[str, ConversationId]:
    """Where conversations go on that a customer's frame shows to go on in another one."""
    shown = [frame] if isinstance(frame, ContactEvent) else frame.events if isinstance(frame, ContactWatched) else []
    return {each.conversation: each.event.to for each in shown if isinstance(each.event, ContactContinued)}

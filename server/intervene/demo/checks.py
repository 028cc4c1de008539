"""What sessions were shown, held against the log as the server pages it out. Used by `demo`; no clock, no I/O."""

from collections.abc import Iterable, Sequence
from itertools import pairwise

from msgspec import Struct

from intervene.client import AgentConversation, Change, CustomerConversation
from intervene.core.actors import Bot
from intervene.core.events import ControlChanged, Event, Message
from intervene.core.ids import EventId, MessageId
from intervene.core.wire import views
from intervene.core.wire.common import PieceAdded
from intervene.core.wire.contact import ContactControl, ContactEvent, ContactMessage, ContactMessageStarted

Session = AgentConversation | CustomerConversation
"""Of a client that was made with a history long enough for all that happened."""


class Findings(Struct, frozen=True, kw_only=True):
    """How often a promise was broken; all zeros is the only good answer."""

    bot_events_after: int = 0
    """Events of the bot after the takeover, in the log or on a screen."""
    bot_pieces_after: int = 0
    """Pieces of a reply that reached a session after its own control event, shown or not."""
    lost: int = 0
    """Events of the log that a session should have shown and did not, or not as the log has them."""
    doubled: int = 0
    """Events and pieces that came to a session twice, shown or not."""
    reordered: int = 0
    """Events that a session showed after a later one."""
    not_prefix: int = 0
    """Replies of which a session had shown what is no prefix of the log's text."""

    def __add__(self, other: "Findings") -> "Findings":
        return Findings(**{name: getattr(self, name) + getattr(other, name) for name in self.__struct_fields__})

    def __bool__(self) -> bool:
        return any(getattr(self, name) for name in self.__struct_fields__)


def check_takeover(log: Sequence[Event], takeover: int, sessions: Iterable[Session]) -> Findings:
    """`log`: all events of the conversation; `takeover`: the `seq` of the control event. No bot comes back later."""
    found = Findings()
    leaked = {event.id for event in log if event.seq > takeover and isinstance(event.author, Bot)}
    for session in sessions:
        shown = [recorded.change for recorded in session.history]
        leaked |= _bot_events_after(shown, takeover)
        found += _check_session(session, log, shown, takeover)
    return found + Findings(bot_events_after=len(leaked))


def _check_session(session: Session, log: Sequence[Event], shown: list[Change], takeover: int) -> Findings:
    events = [change for change in shown if isinstance(change, Event | ContactEvent)]
    numbers = [_number(event) for event in events]
    return Findings(
        bot_pieces_after=_pieces_after(shown, takeover) + session.screen.late,
        lost=_lost(session, log, events),
        doubled=len(numbers) - len(set(numbers)) + session.screen.doubled,
        reordered=sum(later < earlier for earlier, later in pairwise(numbers)),
        not_prefix=_not_prefix(log, shown),
    )


def is_takeover(change: Change, takeover: int) -> bool:
    """Whether this is the control event at `seq`, as either audience is shown it."""
    match change:
        case Event(seq=seq, body=ControlChanged()):
            return seq == takeover
        case ContactEvent(event=ContactControl(holder=holder)):
            return holder.kind == "agent"  # customers get no `seq`; a person takes over once here
        case _:
            return False


def texts_shown(shown: Iterable[Change]) -> dict[MessageId, str]:
    """What was shown piece by piece, of each reply."""
    texts: dict[MessageId, str] = {}
    for change in shown:
        if isinstance(change, PieceAdded):
            texts[change.message] = texts.get(change.message, "") + change.text
    return texts


def _lost(session: Session, log: Sequence[Event], events: Sequence[Event | ContactEvent]) -> int:
    """Compared whole: an event that was shown otherwise than the log has it does not count as shown."""
    shown = {_number(event): event for event in events}
    if isinstance(session, AgentConversation):
        return sum(shown.get(event.seq) != event for event in log)
    return sum(shown.get(event.pub) != views.for_contact(session.id, event) for event in log if event.pub)


def _bot_events_after(shown: list[Change], takeover: int) -> set[EventId]:
    return {change.id for change in _after(shown, takeover) if _is_bots(change)}  # type: ignore[union-attr]


def _pieces_after(shown: list[Change], takeover: int) -> int:
    return sum(isinstance(change, PieceAdded) for change in _after(shown, takeover))


def _not_prefix(log: Sequence[Event], shown: list[Change]) -> int:
    kept = {event.body.message: event.body.text for event in log if isinstance(event.body, Message)}
    return sum(not kept.get(message, "").startswith(text) for message, text in texts_shown(shown).items())


def _after(shown: list[Change], takeover: int) -> list[Change]:
    at = next((at for at, change in enumerate(shown) if is_takeover(change, takeover)), len(shown))
    return shown[at + 1 :]


def _is_bots(change: Change) -> bool:
    match change:
        case Event(author=author):
            return isinstance(author, Bot)
        case ContactEvent(event=ContactMessage(by=by) | ContactMessageStarted(by=by)):
            return by.kind == "bot"
        case _:
            return False


def _number(event: Event | ContactEvent) -> int:
    return event.seq if isinstance(event, Event) else event.pub

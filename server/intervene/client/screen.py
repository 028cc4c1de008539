"""What a session has shown of one conversation: frames go in, changes to show come out. No I/O.

Two rules. An event is shown when it carries the next number, dropped when its number was shown, and anything else is a
`Gap`: the session watches again from the last event it has. The open stream continues piece by piece in the same way,
and what has been shown of it is never taken back.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, Generic, Protocol, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from intervene.core.actors import Contact
from intervene.core.control import Move
from intervene.core.events import (
    ControlChanged,
    Deleted,
    Edited,
    Event,
    FieldsSet,
    Message,
    MessageStarted,
    QueueSet,
    Rated,
    StatusSet,
    TagsSet,
)
from intervene.core.ids import ConversationId, EventId
from intervene.core.wire.common import OpenStream, PieceAdded, Position, ReadUpTo
from intervene.core.wire.contact import (
    ContactControl,
    ContactDeleted,
    ContactEdited,
    ContactEvent,
    ContactMessage,
    ContactMessageStarted,
    ContactState,
    ContactTyping,
    PlaceInLine,
)
from intervene.core.wire.staff import ContactRead, Here, StaffState, StaffTyping, TakeoverTimes

KEPT_EVENTS, KEPT_CHARS = 10_000, 32 * 1024 * 1024  # on one screen, and a tenth more; the oldest is forgotten
REPLY_CHARS = 1024 * 1024  # of a reply that is being written, far more than a server takes; a gap


class Reset(Struct, frozen=True, gc=False):
    """Forget what was shown: what follows replaces it. (The server's log was restored, or we were away too long.)"""


Beside = ReadUpTo | ContactRead | StaffTyping | ContactTyping | PlaceInLine | Here | TakeoverTimes
"""What stands beside the log: read positions, typing, a place in line, who watches, the times of a takeover."""

Change = Event | ContactEvent | PieceAdded | Reset | Beside
"""What `async for` and `on` of a conversation get: an event, a piece of a reply, or something beside the log."""

E = TypeVar("E", bound=Event | ContactEvent)
S = TypeVar("S", bound=StaffState | ContactState)
E_co = TypeVar("E_co", bound=Event | ContactEvent, covariant=True)
S_co = TypeVar("S_co", bound=StaffState | ContactState, covariant=True)


class Gap(Exception):
    """Something between what is shown and what came is missing."""


class Watched(Protocol[E_co, S_co]):
    """`StaffWatched` or `ContactWatched`."""

    @property
    def events(self) -> Sequence[E_co]: ...
    @property
    def state(self) -> S_co: ...
    @property
    def more(self) -> bool: ...
    @property
    def reset(self) -> bool: ...
    @property
    def stream(self) -> OpenStream | None: ...
    @property
    def read(self) -> int: ...


class Screen(ABC, Generic[E, S]):
    """`state` is absent until the first `show_watched`. `more`: older events exist than `events[0]`.

    `doubled` counts events and pieces that came again, `late` pieces of a message that was complete, `gaps` what did
    not continue: a faultless server causes none of the first two.
    """

    state: S

    def __init__(self, conversation: ConversationId) -> None:
        self.conversation = conversation
        self.events: list[E] = []
        self.stream: OpenStream | None = None
        self.number = self.read = 0
        self.more = False
        self._chars = 0
        self._is_whole = True
        self.doubled = self.late = self.gaps = 0

    @property
    def position(self) -> Position | None:
        """Where to resume; None: there is nothing to continue, so start afresh."""
        if not self.events or not self._is_whole:
            return None
        return Position(n=self.number, id=self.id_of(self.events[-1]))

    def show_watched(self, page: Watched[E, S]) -> list[Change]:
        """The answer to a watch: what follows our position, or a fresh page. Then the state, then the open stream."""
        changes: list[Change] = []
        if page.reset or self.position is None:
            if self.events:
                changes.append(Reset())
            self._clear(page)
        self._is_whole = False  # until all of the page is taken: a resume that does not connect is not tried twice
        for event in page.events:
            changes += self.show_event(event)
        if self.number != self.count_of(page.state):
            raise self._gap(f"complete up to {self.count_of(page.state)}, shown {self.number}")
        self._is_whole = True
        self.state = page.state
        self.read = page.read if page.reset else max(self.read, page.read)
        return self._catch_up(changes, page.stream)

    def show_event(self, event: E) -> list[Change]:
        number = self.number_of(event)
        if number <= self.number:
            self.doubled += 1
            return []
        if number != self.number + 1:
            raise self._gap(f"{number} does not follow {self.number}")
        self.number = number
        self._chars += self._amend(self.events, event)
        self.events.append(event)
        self._chars += self._size(event)
        self._forget_old()
        self._follow_stream(event)
        if hasattr(self, "state"):
            self.state = self.fold(self.state, event)
        return [event]

    def show_piece(self, piece: PieceAdded) -> list[Change]:
        stream = self.stream
        if stream is None or stream.message != piece.message:
            self.late += 1
            return []
        if piece.n <= stream.n:
            self.doubled += 1
            return []
        if piece.n != stream.n + 1:
            raise self._gap(f"piece {piece.n} does not follow {stream.n}")
        if len(stream.text) + len(piece.text) > REPLY_CHARS:
            raise self._gap(f"a reply of more than {REPLY_CHARS} characters")
        self.stream = OpenStream(message=stream.message, n=piece.n, text=stream.text + piece.text)
        return [piece]

    def show_read(self, read: ReadUpTo) -> list[Change]:
        """The highest position counts, in whatever order they come."""
        if read.n <= self.read:
            return []
        self.read = read.n
        return [read]

    def show_older(self, events: Sequence[E], more: bool) -> None:
        """A page from before `events[0]`. A page that does not connect, because we started afresh meanwhile, is
        dropped."""
        if events and self.events and self.number_of(events[-1]) + 1 == self.number_of(self.events[0]):
            older = list(events)
            for event in self.events:  # the page may have been read before one of its messages was changed
                self._amend(older, event)
            self.events[:0] = older
            self._chars += sum(map(self._size, older))
            self.more = more
        elif not events:
            self.more = more

    def check_complete(self, number: int) -> None:
        """An ack leaves after the event that it names: if we have not shown that, it was lost."""
        if number > self.number:
            raise self._gap(f"{number} was acknowledged, shown {self.number}")

    def so_far(self) -> list[Change]:
        """What is on the screen, as the changes that would show it again."""
        changes: list[Change] = list(self.events)
        if self.stream and self.stream.text:
            changes.append(self._piece(self.stream, self.stream.text))
        return changes

    def _clear(self, page: Watched[E, S]) -> None:
        self.events = []
        self._chars = 0
        self.stream = None
        self.more = page.more
        self.number = self.number_of(page.events[0]) - 1 if page.events else self.count_of(page.state)

    def _catch_up(self, changes: list[Change], stream: OpenStream | None) -> list[Change]:
        shown = self.stream.text if self.stream and stream and self.stream.message == stream.message else ""
        self.stream = stream
        if stream is None:
            return changes
        if not stream.text.startswith(shown):  # the database went back within this reply
            return [Reset(), *self.so_far()]
        return [*changes, self._piece(stream, stream.text[len(shown) :])] if stream.text != shown else changes

    def _follow_stream(self, event: E) -> None:
        match self.body_of(event):
            case MessageStarted(message=message) | ContactMessageStarted(message=message):
                self.stream = OpenStream(message=message, n=0, text="")
            case Message(message=message) | ContactMessage(message=message):
                if self.stream and self.stream.message == message:
                    self.stream = None
            case _:
                pass

    def _amend(self, events: list[E], by: E) -> int:
        """What `by` makes of the events before it: their message in its new text, or without one. What is deleted stays
        so. Answers by how many characters they have grown."""
        change = self.body_of(by)
        if not isinstance(change, Edited | Deleted | ContactEdited | ContactDeleted):
            return 0
        text, size = getattr(change, "text", ""), sum(map(self._size, events))
        flag = "edited" if isinstance(change, Edited | ContactEdited) else "deleted"
        for place, event in enumerate(events):
            match self.body_of(event):
                case Message() | ContactMessage() as body if body.message == change.message and not body.deleted:
                    events[place] = self.with_body(event, replace(body, text=text, **{flag: True}))
                case Edited() | ContactEdited() as body if body.message == change.message:
                    events[place] = self.with_body(event, replace(body, text=text))
                case _:
                    pass
        return sum(map(self._size, events)) - size

    def _piece(self, stream: OpenStream, text: str) -> PieceAdded:
        return PieceAdded(conversation=self.conversation, message=stream.message, n=stream.n, text=text)

    @property
    def is_full(self) -> bool:
        return len(self.events) >= KEPT_EVENTS or self._chars >= KEPT_CHARS

    def _forget_old(self) -> None:
        if len(self.events) <= KEPT_EVENTS * 1.1 and self._chars <= KEPT_CHARS * 1.1:
            return
        forgotten = 0
        while len(self.events) - forgotten > KEPT_EVENTS or self._chars > KEPT_CHARS:
            self._chars -= self._size(self.events[forgotten])
            forgotten += 1
        del self.events[:forgotten]
        self.more = True

    def _size(self, event: E) -> int:
        return len(getattr(self.body_of(event), "text", ""))

    def _gap(self, what: str) -> Gap:
        self.gaps += 1
        return Gap(what)

    @staticmethod
    @abstractmethod
    def number_of(event: E) -> int: ...

    @staticmethod
    @abstractmethod
    def id_of(event: E) -> EventId: ...

    @staticmethod
    @abstractmethod
    def body_of(event: E) -> object: ...

    @staticmethod
    @abstractmethod
    def with_body(event: E, body: Any) -> E: ...

    @staticmethod
    @abstractmethod
    def count_of(state: S) -> int: ...

    @staticmethod
    @abstractmethod
    def fold(state: S, event: E) -> S:
        """The state after the event: what a fresh watch would answer."""


class StaffScreen(Screen[Event, StaffState]):
    """Numbers are `seq`: every event."""

    @staticmethod
    def number_of(event: Event) -> int:
        return event.seq

    @staticmethod
    def id_of(event: Event) -> EventId:
        return event.id

    @staticmethod
    def body_of(event: Event) -> object:
        return event.body

    @staticmethod
    def with_body(event: Event, body: Any) -> Event:
        return replace(event, body=body)

    @staticmethod
    def count_of(state: StaffState) -> int:
        return state.seq

    @staticmethod
    def fold(state: StaffState, event: Event) -> StaffState:
        state = replace(state, seq=event.seq)
        match body := event.body:
            case ControlChanged(holder=holder, is_open=is_open, reply_enabled=enabled):
                queue = body.queue or state.queue  # a transfer names another one
                state = replace(
                    state, epoch=event.epoch, holder=holder, is_open=is_open, reply_enabled=enabled, queue=queue
                )
                if body.move is not Move.CLOSE:
                    return state
                return replace(state, reason=body.reason if body.reason_name else "", rating=0)
            case QueueSet():
                return replace(state, queue=body.queue)
            case StatusSet():
                return replace(state, status=body.status)
            case TagsSet():
                return replace(state, tags=list(body.tags))
            case FieldsSet():
                fields = {**state.fields, **body.fields}
                return replace(state, fields={id: value for id, value in fields.items() if value})
            case Rated():
                return replace(state, rating=body.score)
            case Message() if isinstance(event.author, Contact):
                return replace(state, asked=event.seq)
            case _:
                return state


class ContactScreen(Screen[ContactEvent, ContactState]):
    """Numbers are `pub`: the events that a customer may see."""

    @staticmethod
    def number_of(event: ContactEvent) -> int:
        return event.pub

    @staticmethod
    def id_of(event: ContactEvent) -> EventId:
        return event.id

    @staticmethod
    def body_of(event: ContactEvent) -> object:
        return event.event

    @staticmethod
    def with_body(event: ContactEvent, body: Any) -> ContactEvent:
        return replace(event, event=body)

    @staticmethod
    def count_of(state: ContactState) -> int:
        return state.pub

    @staticmethod
    def fold(state: ContactState, event: ContactEvent) -> ContactState:
        state = replace(state, pub=event.pub)
        match event.event:
            case ContactControl(holder=holder, is_open=is_open):
                return replace(state, holder=holder, is_open=is_open)
            case _:
                return state

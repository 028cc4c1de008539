"""A session stand-in: gets the very frames that a socket would, and keeps what it shows by the rules that clients keep.
What breaks a promise is noted in `broken`, which no test may leave filled."""

from itertools import count
from typing import Any

import msgspec

from intervene.core.access import Principal, Staff, can_see, person
from intervene.core.actors import Agent
from intervene.core.errors import NotFound, Taken, Unavailable
from intervene.core.events import ControlChanged, Event, Message, MessageStarted
from intervene.core.fair import Owner
from intervene.core.ids import EventId, Key, MessageId
from intervene.core.wire import common, framing, staff, views
from intervene.core.wire.contact import (
    ContactControl,
    ContactEvent,
    ContactMessage,
    ContactMessageStarted,
    ContactOut,
    ContactWatched,
)
from intervene.core.wire.staff import StaffOut
from intervene.engine.queue import Answer
from intervene.ports.log import Receipt, Snapshot

_staff = msgspec.json.Decoder(StaffOut)
_contact = msgspec.json.Decoder(ContactOut)


class Screen:
    """What one person has on the screen, over all their sessions. `n` is the number of the last event shown."""

    def __init__(self, whose: Principal, broken: list[str]) -> None:
        self.whose = whose
        self.is_staff = isinstance(whose, Staff)
        self.broken = broken
        self.session: Session | None = None
        self.n = 0
        self.id = EventId("")
        self.events: list[Any] = []
        """`Event` for staff, `ContactEvent` for a customer."""
        self.streams: dict[MessageId, str] = {}
        """What is shown of replies that are being written."""
        self.pieces: dict[MessageId, int] = {}
        self.trail: list[str] = []
        """What came, in order, in a word each."""
        self.beside: list[StaffOut | ContactOut] = []
        """Typing, who is here, times."""
        self.raw = b""
        self.resets = 0
        self.read = 0
        """As of the page."""
        self.missed: NotFound | Unavailable | None = None

    @property
    def name(self) -> str:
        return self.whose.agent.name if isinstance(self.whose, Staff) else "the customer"

    @property
    def position(self) -> tuple[int, EventId] | None:
        return (self.n, self.id) if self.n else None

    @property
    def text(self) -> str:
        """What is shown of the open stream."""
        return "".join(self.streams.values())

    @property
    def kinds(self) -> list[str]:
        """Of the events shown."""
        return [_kind(event.body if self.is_staff else event.event) for event in self.events]

    @property
    def is_joining(self) -> bool:
        return self.session is not None and not self.session.is_shown

    def leaves(self) -> None:
        """The socket is gone: what is still on its way does not arrive."""
        if self.session:
            self.session.is_open = False
        self.session = None

    # -- what comes ----------------------------------------------------------------------------------------------------

    def receive(self, data: bytes, count: int) -> None:
        self.raw += data
        payloads = _unframed(data)
        self._rule(len(payloads) == count, "frames are counted as they are")
        for payload in payloads:
            self._show(_staff.decode(payload) if self.is_staff else _contact.decode(payload))

    def _show(self, frame: StaffOut | ContactOut) -> None:
        match frame:
            case staff.StaffWatched() | ContactWatched():
                self._watched(frame)
            case staff.StaffEvent(event=event):
                self._event(event.seq, event.id, event, event.body)
            case ContactEvent(event=body):
                self._event(frame.pub, frame.id, frame, body)
            case common.PieceAdded(message=message, n=n, text=text):
                self._rule(not self.is_joining, "[P5] nothing is shown before the page")
                self._rule(message in self.streams, "[P2] a piece belongs to a stream that is open")
                self._rule(n == self.pieces.get(message, 0) + 1, "[P5] pieces come once, in order")
                self.streams[message] = self.streams.get(message, "") + text
                self.pieces[message] = n
                self.trail.append(f"piece {n}")
            case _:
                self.beside.append(frame)
                self.trail.append(str(frame.__struct_config__.tag))

    def _watched(self, frame: staff.StaffWatched | ContactWatched) -> None:
        newest = frame.state.seq if isinstance(frame, staff.StaffWatched) else frame.state.pub
        if frame.reset or not self.n:
            self.resets += frame.reset
            self.events, self.streams, self.pieces = [], {}, {}
            self.n = newest - len(frame.events)
        for event in frame.events:
            if isinstance(event, Event):
                self._event(event.seq, event.id, event, event.body)
            else:
                self._event(event.pub, event.id, event, event.event)
        self._rule(self.n == newest, "[P5] a page ends at the newest number")
        stream = frame.stream
        for message in list(self.streams):
            self._rule(stream is not None and stream.message == message, "[P2] what was shown of a reply is in the log")
        if stream:
            self._rule(stream.text.startswith(self.streams.get(stream.message, "")), "[P2] shown text is a prefix")
            self.streams, self.pieces = {stream.message: stream.text}, {stream.message: stream.n}
        self.read = frame.read
        self.trail.append("page")

    def _event(self, n: int, id: EventId, event: Any, body: object) -> None:
        self._rule(not self.is_joining and n == self.n + 1, f"[P5] event {n} after {self.n}")
        self.n, self.id = n, id
        self.events.append(event)
        self.trail.append(_kind(body))
        match body:
            case MessageStarted(message=message) | ContactMessageStarted(message=message):
                self._rule(not self.streams, "[P2] one stream at a time")
                self.streams[message] = ""
            case Message(message=message, text=text) | ContactMessage(message=message, text=text):
                self._rule(text.startswith(self.streams.pop(message, "")), "[P2] shown text is a prefix of the message")
                self.pieces.pop(message, None)
            case ControlChanged() | ContactControl():
                self._rule(not self.streams, "[P2] no stream outlives its holder")
            case _:
                pass

    def answered(self, name: str, answer: Answer) -> None:
        """An answer that this session gets, in the same list as the events."""
        self.trail.append(name if isinstance(answer, Receipt) else f"{name}: {type(answer).__name__}")
        self._rule(not self.is_joining, "[P5] an answer waits for the page")
        if isinstance(answer, Receipt):
            n = answer.seq if self.is_staff else answer.pub
            self._rule(n <= self.n, f"[P5] the ack of event {n} comes after it, not after {self.n}")
        elif isinstance(answer, Taken):
            epochs = [event.epoch for event in self.events if isinstance(event, Event)]
            self._rule(max(epochs, default=0) >= answer.facts["epoch"], "[P5] who won is shown before the refusal")

    def _rule(self, holds: bool, sentence: str) -> None:
        if not holds:
            self.broken.append(f"{self.name}: {sentence}; {self.trail[-8:]}")


_numbers = count(1)


class Session:
    """One socket of a `Screen`: a `feed.Watcher`."""

    def __init__(self, screen: Screen) -> None:
        self.screen = screen
        self.number = next(_numbers)
        self.is_open = True
        self.is_shown = False

    @property
    def is_staff(self) -> bool:
        return self.screen.is_staff

    @property
    def owner(self) -> Owner:
        who = person(self.screen.whose)
        return Owner(who, who, self.number)

    @property
    def agent(self) -> Agent | None:
        whose = self.screen.whose
        return whose.agent if isinstance(whose, Staff) else None

    def send(self, data: bytes, frames: int) -> None:
        if self.is_open:
            try:
                self.screen.receive(data, frames)
            except Exception as problem:
                self.screen.broken.append(f"{self.screen.name}: a frame that cannot be read: {problem!r}")

    def show(self, key: Key, snapshot: Snapshot, *, reset: bool) -> bool:
        if not self.is_open or not can_see(self.screen.whose, snapshot.state):
            return False
        self.is_shown = True
        self.screen.receive(framing.encode(views.watched(self.is_staff, snapshot, reset=reset)), 1)
        return True

    def miss(self, key: Key, problem: NotFound | Unavailable) -> None:
        self.screen.missed = problem
        self.screen.session = None


def _kind(body: object) -> str:
    assert isinstance(body, msgspec.Struct)
    return str(body.__struct_config__.tag)


def _unframed(data: bytes) -> list[bytes]:
    """The payloads of whole, unmasked websocket frames."""
    payloads = []
    while data:
        assert data[0] == 0x81, "a text frame, final"
        size, start = data[1], 2
        if size == 126:
            size, start = int.from_bytes(data[2:4], "big"), 4
        elif size == 127:
            size, start = int.from_bytes(data[2:10], "big"), 10
        payloads.append(data[start : start + size])
        data = data[start + size :]
    return payloads

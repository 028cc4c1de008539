"""A session stand-in: gets the very frames that a socket would. The oracle's screen keeps what it shows, by the rules
that clients keep. Here stands what tests of the engine ask of it, and what a page and an answer wait for: what does not
is noted in `broken`, which no test may leave filled."""

from itertools import count
from typing import Any

import msgspec

from intervene.core.access import Principal, Staff, Unseen, person, unseen
from intervene.core.actors import Agent
from intervene.core.conversation.state import Conversation
from intervene.core.errors import NotFound, Taken, Unavailable
from intervene.core.events import Event
from intervene.core.fair import Owner
from intervene.core.ids import EventId, Key
from intervene.core.policy import Policy
from intervene.core.wire import common, framing, staff, views
from intervene.core.wire.contact import (
    ContactEvent,
    ContactOut,
    ContactWatched,
)
from intervene.core.wire.staff import StaffOut
from intervene.engine.queue import Answer
from intervene.ports.log import Receipt, Snapshot
from tests.kit.oracles import screen as oracle

_staff = msgspec.json.Decoder(StaffOut)
_contact = msgspec.json.Decoder(ContactOut)


class Screen:
    """What one person has on the screen, over all their sessions. `n` is the number of the last event shown."""

    def __init__(self, whose: Principal, broken: list[str], conversation: str = "") -> None:
        self.whose = whose
        self.is_staff = isinstance(whose, Staff)
        self.broken = broken
        self.session: Session | None = None
        self.shown = oracle.Screen(conversation, may_start_over=True)
        self.id = EventId("")
        """Of the last event shown."""
        self.events: list[Any] = []
        """`Event` for staff, `ContactEvent` for a customer."""
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
    def n(self) -> int:
        return self.shown.last

    @property
    def position(self) -> tuple[int, EventId] | None:
        return (self.n, self.id) if self.n else None

    @property
    def text(self) -> str:
        """What is shown of the open stream."""
        return self.shown.texts.get(self.shown.stream, "")

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
            frame = (_staff if self.is_staff else _contact).decode(payload)
            is_page = isinstance(frame, staff.StaffWatched | ContactWatched)
            is_next = isinstance(frame, staff.StaffEvent | ContactEvent | common.PieceAdded)
            self._rule(is_page or not is_next or not self.is_joining, "[P5] nothing is shown before the page")
            self.shown.take(msgspec.json.decode(payload))
            self._keep(frame)

    def _keep(self, frame: StaffOut | ContactOut) -> None:
        match frame:
            case staff.StaffWatched() | ContactWatched():
                if frame.reset:
                    self.events = []
                    self.resets += 1
                self.read = frame.read
                for event in frame.events:
                    self._event(event)
                self.trail.append("page")
            case staff.StaffEvent(event=event):
                self._event(event)
            case ContactEvent():
                self._event(frame)
            case common.PieceAdded(n=n):
                self.trail.append(f"piece {n}")
            case _:
                self.beside.append(frame)
                self.trail.append(str(frame.__struct_config__.tag))

    def _event(self, event: Event | ContactEvent) -> None:
        self.id = event.id
        self.events.append(event)
        self.trail.append(_kind(event.body if isinstance(event, Event) else event.event))

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
        if not self.is_open or unseen(self.screen.whose, snapshot.state, Policy()):
            return False
        self.is_shown = True
        self.screen.receive(framing.encode(views.watched(self.is_staff, snapshot, reset=reset)), 1)
        return True

    def unseen(self, key: Key, state: Conversation) -> Unseen | None:
        return unseen(self.screen.whose, state, Policy())

    def lose(self, key: Key, why: Unseen) -> None:
        self.screen.session = None

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

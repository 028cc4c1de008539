"""What a server sends, decoded as far as it is checked or measured.

An event becomes a `Fact`, whichever side it was sent to, so that what staff and customers are shown can be compared.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec
from msgspec import Struct

from intervene.load.wire import TAG

STAFF, CUSTOMER = "staff", "customer"


class Fact(NamedTuple):
    """An event as either side is shown it. `n` is its number among those that this side counts; `epoch` is -1 for
    customers; `by` is `bot`, `agent`, `contact`, `system` or `nobody`; `holder` as `by`, of a control event, else "";
    `number` is that of a message of ours, else 0."""

    n: int
    pub: int
    id: str
    kind: str
    message: str
    text: str
    by: str
    epoch: int
    holder: str
    number: int

    @property
    def likeness(self) -> int:
        """Equal for the same event, whichever side it is shown to."""
        return hash((self.id, self.kind, self.message, self.text, self.holder))


class _Party(Struct, frozen=True, gc=False):
    type: str = ""
    kind: str = ""


class _Body(Struct, frozen=True, gc=False):
    kind: str
    message: str = ""
    text: str = ""
    holder: _Party | None = None
    by: _Party | None = None


class _Event(Struct, frozen=True, gc=False):
    """As staff are shown it."""

    seq: int
    id: str
    epoch: int
    author: _Party
    body: _Body
    pub: int = 0


class _Shown(Struct, frozen=True, gc=False):
    """As a customer is shown it."""

    pub: int
    id: str
    event: _Body


class _StaffEvent(Struct, frozen=True, gc=False):
    conversation: str
    event: _Event


class _CustomerEvent(_Shown, frozen=True, gc=False):
    conversation: str = ""


class Stream(Struct, frozen=True, gc=False):
    message: str
    n: int
    text: str


class _State(Struct, frozen=True, gc=False):
    holder: _Party
    seq: int = 0
    pub: int = 0
    epoch: int = -1


class _StaffWatched(Struct, frozen=True, gc=False):
    conversation: str
    events: list[_Event]
    state: _State
    reset: bool = False
    stream: Stream | None = None


class _CustomerWatched(Struct, frozen=True, gc=False):
    conversation: str
    events: list[_Shown]
    state: _State
    reset: bool = False
    stream: Stream | None = None


class Watched(NamedTuple):
    """`n`: complete up to there."""

    conversation: str
    facts: list[Fact]
    n: int
    epoch: int
    holder: str
    reset: bool
    stream: Stream | None


class Shown(NamedTuple):
    conversation: str
    fact: Fact


class Piece(Struct, frozen=True, gc=False):
    conversation: str
    message: str
    n: int
    text: str


class Ack(Struct, frozen=True, gc=False):
    """`n`: the number of the command's event for this side; 0: nothing had to change."""

    id: str
    conversation: str
    seq: int = 0
    pub: int = 0
    epoch: int = -1

    @property
    def n(self) -> int:
        return self.seq or self.pub


class Error(Struct, frozen=True, gc=False):
    code: str
    message: str
    id: str = ""
    conversation: str = ""
    retry_after: float = 0.0


class Typing(Struct, frozen=True, gc=False):
    conversation: str
    who: _Party
    on: bool

    @property
    def by(self) -> str:
        return _BY[self.who.type or self.who.kind]


class Opened(Struct, frozen=True, gc=False):
    conversation: str


class Welcome(Struct, frozen=True, gc=False):
    expires: int
    features: list[str] = []


class Times(Struct, frozen=True, gc=False):
    """The server's own of a takeover, in milliseconds; -1 for unknown."""

    conversation: str
    epoch: int
    committed_ms: float
    written_ms: float = -1.0
    seen_ms: float = -1.0
    bot_stopped_ms: float = -1.0


class Away(Struct, frozen=True, gc=False):
    after_ms: int = 0


class Gone(Struct, frozen=True, gc=False):
    conversation: str
    why: str = ""


class Pong(Struct, frozen=True, gc=False):
    pass


Frame = Shown | Watched | Piece | Ack | Error | Typing | Opened | Welcome | Times | Away | Gone | Pong

_BY = {
    "bot": "bot", "agent": "agent", "contact": "contact", "you": "contact", "system": "system", "nobody": "nobody",
    "": "",
}  # fmt: skip


def _number(text: str) -> int:
    if text.startswith(TAG):
        digits, blank, _ = text[len(TAG) :].partition(" ")
        if blank and digits.isascii() and digits.isdecimal():
            return int(digits)
    return 0


def _fact(n: int, pub: int, id: str, body: _Body, by: str, epoch: int) -> Fact:
    holder = _BY[body.holder.type or body.holder.kind] if body.kind == "control" and body.holder else ""
    number = _number(body.text) if body.kind == "message" else 0
    return Fact(n, pub, id, body.kind, body.message, body.text, by, epoch, holder, number)


def _of_staff(event: _Event) -> Fact:
    return _fact(event.seq, event.pub, event.id, event.body, _BY[event.author.type], event.epoch)


def _of_customer(event: _Shown) -> Fact:
    by = event.event.by
    return _fact(event.pub, event.pub, event.id, event.event, _BY[by.kind] if by else "", -1)


def _staff_event(frame: _StaffEvent) -> Shown:
    return Shown(frame.conversation, _of_staff(frame.event))


def _customer_event(frame: _CustomerEvent) -> Shown:
    return Shown(frame.conversation, _of_customer(frame))


def _staff_watched(frame: _StaffWatched) -> Watched:
    state = frame.state
    facts = [_of_staff(event) for event in frame.events]
    return Watched(frame.conversation, facts, state.seq, state.epoch, _BY[state.holder.type], frame.reset, frame.stream)


def _customer_watched(frame: _CustomerWatched) -> Watched:
    state = frame.state
    facts = [_of_customer(event) for event in frame.events]
    return Watched(frame.conversation, facts, state.pub, -1, _BY[state.holder.kind], frame.reset, frame.stream)


_Decode = Callable[[bytes], Any]
_SHARED: dict[str, _Decode] = {
    name: msgspec.json.Decoder(kind).decode
    for name, kind in (
        ("piece", Piece), ("ack", Ack), ("error", Error), ("typing", Typing), ("opened", Opened), ("welcome", Welcome),
        ("takeover", Times), ("away", Away), ("gone", Gone), ("pong", Pong),
    )
}  # fmt: skip


def _then(kind: type, make: Callable[[Any], Any]) -> _Decode:
    decode: _Decode = msgspec.json.Decoder(kind).decode
    return lambda data: make(decode(data))


_DECODERS: dict[str, dict[bytes, _Decode]] = {
    side: {name.encode(): decode for name, decode in (_SHARED | own).items()}
    for side, own in (
        (STAFF, {"event": _then(_StaffEvent, _staff_event), "watched": _then(_StaffWatched, _staff_watched)}),
        (CUSTOMER, {
            "event": _then(_CustomerEvent, _customer_event), "watched": _then(_CustomerWatched, _customer_watched),
        }),
    )
}  # fmt: skip
_TYPE = b'{"type":"'


class _Typed(Struct, frozen=True, gc=False):
    type: str


_typed = msgspec.json.Decoder(_Typed).decode


class Decoder:
    """Of one side. What many sessions are sent one after another is decoded once."""

    __slots__ = ("_decoders", "_frame", "_payload")

    def __init__(self, side: str) -> None:
        self._decoders = _DECODERS[side]
        self._payload = b""
        self._frame: Frame | None = None

    def decode(self, payload: bytes) -> Frame | None:
        """None for frames that are neither checked nor measured. Raises `msgspec.MsgspecError`, `KeyError`."""
        if payload == self._payload:
            return self._frame
        if payload.startswith(_TYPE):  # as our servers write it
            kind = payload[9 : payload.index(b'"', 9)]
        else:
            kind = _typed(payload).type.encode()
        decode = self._decoders.get(kind)
        frame: Frame | None = decode(payload) if decode else None
        self._payload, self._frame = payload, frame
        return frame

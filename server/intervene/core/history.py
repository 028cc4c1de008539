"""A conversation's history, folded from its log: what was done, and what was said. Pages of events go in, in order."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType
from typing import NamedTuple

from msgspec import Struct

from intervene.core.actors import Actor, Agent, Bot, Contact, System
from intervene.core.control import Move
from intervene.core.events import Body, ControlChanged, Event, Message, MessageStarted, Note, author_key
from intervene.core.ids import MessageId
from intervene.core.text import printable

WORDS = (MessageStarted, Message, Note)
"""What is said. Everything else in a log was done."""


class TakeoverTimes(Struct, frozen=True, kw_only=True, gc=False):
    """In milliseconds since the click reached the server, -1 while unknown: until it was committed, until the first of
    `seen` sessions had it on the screen, until the bot had stopped."""

    committed_ms: float
    seen: int
    seen_ms: float
    bot_stopped_ms: float


class Action(Struct, frozen=True, kw_only=True, gc=False):
    """One thing that was done. `action`: the move that changed control, or the kind of the event. `body`: the event's,
    as sockets of staff send it. `at` in milliseconds since 1970. `times`: of a takeover, where they were kept."""

    seq: int
    at: int
    epoch: int
    by: Actor
    action: str
    body: Body
    times: TakeoverTimes | None = None


NO_TIMES: Mapping[int, TakeoverTimes] = MappingProxyType({})


class Line(Struct, frozen=True, kw_only=True, gc=False):
    """One message, or a note among staff (`is_note`). `at` is when it began, in milliseconds since 1970, and `ended_at`
    when the log had all of it. `is_ai`: a machine wrote it. `interrupted`: it was cut short, and `text` is all that was
    shown of it. `edited`: `text` is what its author made of it later; `deleted`: its author took it back, and `text` is
    empty. `seq` is that of the event with its text."""

    seq: int
    at: int
    ended_at: int
    message: MessageId
    by: Actor
    is_ai: bool
    is_note: bool
    interrupted: bool
    text: str
    edited: bool = False
    deleted: bool = False


class Transcript(NamedTuple):
    lines: Sequence[Line]
    end: int
    """The number of the last event that they are made of."""


def actions(events: Iterable[Event], times: Mapping[int, TakeoverTimes] = NO_TIMES) -> list[Action]:
    """`times` by the epoch that began with the takeover."""
    return [_action(event, times) for event in events if not isinstance(event.body, WORDS)]


def _action(event: Event, times: Mapping[int, TakeoverTimes]) -> Action:
    body = event.body
    name = body.move.value if isinstance(body, ControlChanged) else str(body.__struct_config__.tag)
    taken = times.get(event.epoch) if name == Move.INTERVENE else None
    return Action(seq=event.seq, at=event.at, epoch=event.epoch, by=event.author, action=name, body=body, times=taken)


def transcript(events: Sequence[Event], end: int, *, is_last: bool) -> Transcript:
    """The lines of a page of events that goes up to number `end`. A reply stands where it began, as on screens.

    A page ends before a reply that it has only the beginning of. A page of nothing else goes on, and that reply stands
    where it ended. One that is being written while the log ends is left out.
    """
    begun: dict[MessageId, Event] = {}
    lines: dict[MessageId, Line | None] = {}
    for event in events:
        body = event.body
        if isinstance(body, MessageStarted):
            begun[body.message] = event
            lines[body.message] = None
        elif isinstance(body, Message | Note):
            lines[body.message] = _line(event, body, begun.pop(body.message, event))
    if begun and not is_last:
        first = min(event.seq for event in begun.values())
        if first > events[0].seq:
            return transcript([event for event in events if event.seq < first], first - 1, is_last=False)
    return Transcript([line for line in lines.values() if line is not None], end)


def _line(event: Event, body: Message | Note, begun: Event) -> Line:
    return Line(
        seq=event.seq, at=begun.at, ended_at=event.at, message=body.message, by=event.author,
        is_ai=isinstance(event.author, Bot | System), is_note=isinstance(body, Note),
        interrupted=isinstance(body, Message) and body.interrupted, text=body.text,
        edited=isinstance(body, Message) and body.edited, deleted=isinstance(body, Message) and body.deleted,
    )  # fmt: skip


# -- as text -----------------------------------------------------------------------------------------------------------


def as_text(lines: Iterable[Line]) -> str:
    """For people: what somebody wrote begins no line, so that no text passes for another's."""
    return "".join(f"{row}\n" for line in lines for row in _rows(line))


def _rows(line: Line) -> Iterator[str]:
    seconds = line.at // 1000
    marks = (" [AI]" if line.is_ai else "") + (" [note]" if line.is_note else "")
    first, *others = line.text.splitlines() or [""]
    at = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")
    yield f"{at} {_sender(line.by)}{marks}: {printable(first, lines=True)}"
    yield from (f"  {printable(other, lines=True)}" for other in others)
    for mark in ("interrupted", "edited", "deleted"):
        if getattr(line, mark):
            yield f"  [{mark}]"


def _sender(by: Actor) -> str:
    kind = author_key(by).partition(":")[0]
    name = by.name if isinstance(by, Bot | Agent | Contact) else ""
    return f"{kind} {printable(name)}" if name else kind

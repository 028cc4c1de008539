"""What a session has been shown of one conversation, and whether it was told truly.

A screen is fed every frame as it comes and keeps no promise itself: it notes as a fault whatever a client could find
wrong (lost, doubled, reordered, a word of a bot under a person's control). The log has the last word, in `log.py`.
"""

from copy import copy
from enum import StrEnum
from typing import Any, NamedTuple

Frame = dict[str, Any]


class Wrong(StrEnum):
    """What kind of fault it is."""

    BOT_AFTER = "a bot's event under a person's control"
    PIECE_AFTER = "a piece under a person's control"
    LOST = "something is missing"
    DOUBLED = "something came twice"
    REORDERED = "something came too late"
    OTHER = "something else"


class Fault(NamedTuple):
    what: Wrong
    sentence: str

    def __str__(self) -> str:
        return self.sentence


class Shown(NamedTuple):
    """An event, whichever audience it was written for. `n` is `seq` for staff and `pub` for customers; `by` and
    `holder` are kinds of people: bot, agent, contact, nobody."""

    n: int
    id: str
    at: int
    kind: str
    by: str
    message: str
    text: str
    is_interrupted: bool
    holder: str
    frame: Frame
    """As it came."""


def shown(frame: Frame) -> Shown:
    """The event of an `event` frame of either audience."""
    event = frame["event"]
    if "body" in event:
        body, by = event["body"], event["author"]["type"]
        holder = body.get("holder", {}).get("type", "")
        return _shown(event["seq"], event, body, by, holder, frame)
    by = {"you": "contact"}.get(event.get("by", {}).get("kind", ""), event.get("by", {}).get("kind", ""))
    return _shown(frame["pub"], frame, event, by, event.get("holder", {}).get("kind", ""), frame)


def _shown(n: int, event: Frame, body: Frame, by: str, holder: str, frame: Frame) -> Shown:
    is_control = body["kind"] == "control"
    return Shown(
        n=n, id=event["id"], at=event["at"], kind=body["kind"], by="" if is_control else by,  # customers are not told
        message=body.get("message", ""), text=body.get("text", ""), is_interrupted=body.get("interrupted", False),
        holder=holder, frame=frame,
    )  # fmt: skip


class Screen:
    """One conversation on one person's screen, over all their sockets. `may_start_over`: with a fresh page, since more
    is missed than a page holds, or a database was restored."""

    def __init__(self, conversation: str, *, may_start_over: bool = False) -> None:
        self.conversation = conversation
        self._may_start_over = may_start_over
        self.events: list[Shown] = []
        self.texts: dict[str, str] = {}
        """Of each streamed message, all that was shown of it; only ever grows."""
        self.stream = ""
        """The message that is being written now."""
        self.pieces = 0
        self.piece_frames = 0
        """That came as such, rather than in the `stream` of a `watched`."""
        self.holder = ""
        self.state: Frame = {}
        """Of the last `watched`, kept current: `epoch`, `asked`, `is_open`, `holder`."""
        self.resets = 0
        self._changes = 0
        self._begun: dict[str, int] = {}  # messages, by how many changes of control had been shown
        self.faults: list[Fault] = []

    def copy(self) -> "Screen":
        other = copy(self)
        other.events, other.texts, other.faults = list(self.events), dict(self.texts), list(self.faults)
        return other

    @property
    def last(self) -> int:
        return self.events[-1].n if self.events else 0

    @property
    def position(self) -> Frame | None:
        """Where a resume begins."""
        return {"n": self.last, "id": self.events[-1].id} if self.events else None

    @property
    def epoch(self) -> int:
        return int(self.state.get("epoch", 0))

    def messages(self, by: str = "") -> list[Shown]:
        return [event for event in self.events if event.kind == "message" and by in ("", event.by)]

    def is_held_by(self, id: str) -> bool:
        holder = self.state.get("holder", {})
        return bool(holder.get("type") == "agent" and holder.get("id") == id)

    def take(self, frame: Frame) -> None:
        match frame["type"]:
            case "watched":
                self._watched(frame)
            case "event":
                self._event(shown(frame))
            case "piece":
                self._piece(frame)
            case _:
                pass

    def _fault(self, sentence: str, what: Wrong = Wrong.OTHER) -> None:
        self.faults.append(Fault(what, f"{self.conversation} after {self.last}: {sentence}"))

    def _watched(self, frame: Frame) -> None:
        state = frame["state"]
        events = [shown(_as_event(self.conversation, event)) for event in frame["events"]]
        if frame["reset"] or (events and events[0].n != self.last + 1):
            if self._may_start_over:
                self.texts = {}
            elif self.events:
                self._fault("started over though nothing was restored", Wrong.LOST)
            self.resets += 1
            self.events, self.stream, self.holder, self.state = [], "", "", {}
        for event in events:
            self._event(event)
        number = state.get("seq", state.get("pub"))
        if number != self.last:
            self._fault(f"was told that {number} is the last and shown {self.last}")
        self.state = dict(state)
        self.holder = state["holder"].get("type") or state["holder"]["kind"]
        self._resume_stream(frame.get("stream"))

    def _resume_stream(self, stream: Frame | None) -> None:
        if stream is None:
            if self.stream:
                self._fault(f"message {self.stream} was open and is nowhere")
            self.stream = ""
            return
        message, text = stream["message"], stream["text"]
        if self.stream not in ("", message):
            self._fault(f"message {self.stream} was open, now it is {message}")
        self._check_grows(message, text)
        self.texts[message] = text
        self.stream, self.pieces = message, stream["n"]

    def _event(self, event: Shown) -> None:
        if self.events:
            before = self.events[-1]
            if event.n != before.n + 1:
                is_known = any(other.id == event.id for other in self.events)
                is_late = event.n <= before.n
                what = Wrong.DOUBLED if is_known else Wrong.REORDERED if is_late else Wrong.LOST
                self._fault(f"then came {event.n}", what)
            if event.at < before.at:
                self._fault(f"{event.n} is earlier than {before.n}")
        self._follow(event)
        self.events.append(event)

    def _follow(self, event: Shown) -> None:
        is_former = event.frame["event"].get("epoch", self.epoch) < self.epoch
        if event.by == "bot" and (is_former or self.holder not in ("bot", "")):
            self._fault(f"the bot's {event.kind} {event.n} came while {self.holder} held control", Wrong.BOT_AFTER)
        match event.kind:
            case "message_started":
                if self.stream:
                    self._fault(f"message {event.message} began inside {self.stream}")
                self.stream, self.pieces = event.message, 0
                self._begun[event.message] = self._changes
                self.texts.setdefault(event.message, "")
            case "message":
                if event.message in self.texts:
                    self._check_grows(event.message, event.text)
                    self.texts[event.message] = event.text
                if self.stream == event.message:
                    self.stream = ""
                if event.by == "contact":
                    self.state["asked"] = event.n
            case "control":
                if self.stream:
                    self._fault(f"control changed inside message {self.stream}")
                self.stream, self.holder = "", event.holder
                self._changes += 1
                body = event.frame["event"].get("body") or event.frame["event"]
                self.state |= {"holder": body["holder"], "is_open": body.get("is_open", True)}
                self.state["epoch"] = event.frame["event"].get("epoch", 0)
            case _:
                pass

    def _piece(self, frame: Frame) -> None:
        self.piece_frames += 1
        message, n = frame["message"], frame["n"]
        if message != self.stream:
            self._fault(f"piece {n} of {message} came while {self.stream or 'nothing'} was being written")
        elif n != self.pieces + 1:
            self._fault(f"piece {n} came after piece {self.pieces}", Wrong.DOUBLED if n <= self.pieces else Wrong.LOST)
        if self.holder != "bot" or self._begun.get(message, self._changes) < self._changes:
            self._fault(f"piece {n} of {message} came while {self.holder} held control", Wrong.PIECE_AFTER)
        self.pieces = n
        self.texts[message] = self.texts.get(message, "") + frame["text"]

    def _check_grows(self, message: str, text: str) -> None:
        if not text.startswith(self.texts.get(message, "")):
            self._fault(f"of {message} more was shown than is kept")


def _as_event(conversation: str, event: Frame) -> Frame:
    """Staff get bare events in a page, customers whole frames."""
    return event if event.get("type") == "event" else {"type": "event", "conversation": conversation, "event": event}

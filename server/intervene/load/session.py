"""One session of a customer or of the staff: it comes in, follows its conversations, sends commands and repeats those
without an answer when it comes back (docs/protocol.md, R42, R81).
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

import msgspec
from msgspec import Struct

from intervene.load import frames
from intervene.load.credentials import Tokens
from intervene.load.entrance import Door, Entrance
from intervene.load.frames import CUSTOMER, STAFF
from intervene.load.recorder import Recorder
from intervene.load.screen import Log, Screen
from intervene.load.target import Target
from intervene.load.wire import encode

AT_ONCE = {STAFF: 32, CUSTOMER: 10}  # commands without an answer; others wait here, and their time runs
WAITING = 1000  # of those; more are dropped and counted as `not_sent`
RETRY_SECONDS = 0.2  # at least, after a refusal that names no time
AGAIN = {"too_fast", "busy", "unavailable"}  # errors after which the same is sent again


class Command(Struct, gc=False):
    """`number`: of a message of ours, else 0."""

    id: str
    frame: bytes
    due: float
    room: "Room"
    number: int = 0


class Room(Protocol):
    """A conversation, for its sessions. `now` is on the clock of `time.monotonic`."""

    log: Log

    def opened(self, conversation: str) -> None: ...

    def watched(self, session: "Session", screen: Screen) -> None: ...

    def shown(self, session: "Session", screen: Screen, fact: frames.Fact, now: float) -> None: ...

    def acked(self, session: "Session", command: Command, ack: frames.Ack, now: float) -> None: ...

    def failed(self, session: "Session", command: Command, error: frames.Error) -> None: ...

    def typing(self, session: "Session", typing: frames.Typing, now: float) -> None: ...

    def times(self, times: frames.Times) -> None: ...


class Followed(NamedTuple):
    room: Room
    screen: Screen


class Session:
    """`is_in`: welcomed. `is_asked`: for a sign of the server, and none came. `pause`: in seconds, of one
    that reads slowly."""

    def __init__(
        self, side: str, tokens: Tokens, where: Target, door: Door, recorder: Recorder, room: Room | None = None,
        pause: float = 0.0,
    ) -> None:  # fmt: skip
        self.side = side
        self.is_in = self.is_asked = False
        self.is_slow = pause > 0
        self.followed: dict[str, Followed] = {}
        self.entrance = Entrance(self, tokens, where, door, recorder, is_narrow=self.is_slow)
        self._recorder = recorder
        self._home = room
        self._pause = pause
        self._decoder = recorder.decoder(side)
        self._watching: set[str] = set()
        self._since = 0.0
        self._was_in = False
        self._sent: dict[str, Command] = {}
        self._unsent: deque[Command] = deque()

    # -- what others ask of it -----------------------------------------------------------------------------------------

    def join(self, due: float) -> None:
        self._since = due
        self.entrance.enter()

    def follow(self, room: Room, conversation: str) -> None:
        """From now on, and after each return."""
        self.followed[conversation] = Followed(room, Screen(self.side, room.log))
        if self.is_in:
            self._watch(conversation)

    def screen(self, conversation: str) -> Screen:
        return self.followed[conversation].screen

    def is_watching(self, conversation: str) -> bool:
        return conversation in self._watching

    @property
    def is_here(self) -> bool:
        """It is in and follows all that it should."""
        return self.is_in and len(self._watching) == len(self.followed) and (self._home is None or bool(self.followed))

    @property
    def unanswered(self) -> list[Command]:
        return [*self._sent.values(), *self._unsent]

    def give(self, command: Command) -> None:
        """Send it, now or as soon as that can be."""
        if len(self._unsent) >= WAITING:
            self._recorder.count("not_sent")
            return
        self._unsent.append(command)
        self._pump()

    def send(self, frame: bytes) -> None:
        """What has no answer; dropped while it is not in."""
        if self.is_in and self.entrance.line is not None:
            self.entrance.line.send(frame)

    def ask(self) -> None:
        """For a sign that the server is there, if it seems to be."""
        self.is_asked = self.is_in
        self.send(encode("ping"))

    def cut(self) -> None:
        """As by a network that fails; it comes back."""
        if self.is_in:
            self.entrance.cut()

    def read_on(self) -> None:
        self._pause = 0.0
        if self.entrance.line is not None:
            self.entrance.line.read_on()

    def left(self) -> None:
        """The connection is lost."""
        self.is_in = self.is_asked = False
        self._was_in, self._since = True, time.monotonic()
        self._watching.clear()
        self._unsent.extendleft(reversed(self._sent.values()))
        self._sent.clear()
        self._recorder.count("reconnects")

    # -- what comes ----------------------------------------------------------------------------------------------------

    def receive(self, payloads: list[bytes]) -> None:
        now, decode = time.monotonic(), self._decoder.decode
        for payload in payloads:
            try:
                frame = decode(payload)
            except (msgspec.MsgspecError, UnicodeDecodeError, KeyError, ValueError):
                self._recorder.error("undecodable")
                continue
            if frame is not None:
                _ON[type(frame)](self, frame, now)

    def _on_shown(self, shown: frames.Shown, now: float) -> None:
        followed = self.followed.get(shown.conversation)
        if followed is not None:
            followed.screen.show(shown.fact)
            followed.room.shown(self, followed.screen, shown.fact, now)

    def _on_piece(self, piece: frames.Piece, now: float) -> None:
        followed = self.followed.get(piece.conversation)
        if followed is not None:
            followed.screen.show_piece(piece)
            self._recorder.count("pieces")

    def _on_ack(self, ack: frames.Ack, now: float) -> None:
        command = self._sent.pop(ack.id, None)
        followed = self.followed.get(ack.conversation)
        if command is None or followed is None:
            self._recorder.findings.add("doubled", f"{ack.conversation}, {self.side}: {ack.id} was acked once more.")
            return
        followed.screen.take_ack(ack)
        command.room.acked(self, command, ack, now)
        self._pump()

    def _on_error(self, error: frames.Error, now: float) -> None:
        if error.code != "taken":  # which is a right answer
            self._recorder.error(error.code)
        command = self._sent.pop(error.id, None)
        wait = max(error.retry_after, RETRY_SECONDS)
        loop = asyncio.get_running_loop()
        if command is None:
            if error.code in AGAIN and not error.id:
                loop.call_later(wait, self._ask, error.conversation)
            else:
                self._recorder.problem = f"{error.code}: {error.message}"
        elif error.code in AGAIN:
            command.room.log.retried(command.number)
            loop.call_later(wait, self._again, command)
        else:
            command.room.failed(self, command, error)
        self._pump()

    def _on_typing(self, typing: frames.Typing, now: float) -> None:
        followed = self.followed.get(typing.conversation)
        if followed is not None:
            followed.room.typing(self, typing, now)

    def _on_times(self, times: frames.Times, now: float) -> None:
        followed = self.followed.get(times.conversation)
        if followed is not None:
            followed.room.times(times)

    def _on_welcome(self, welcome: frames.Welcome, now: float) -> None:
        self.is_in = True
        self.entrance.welcomed()
        for conversation in self.followed:
            self._watch(conversation)
        if self._home is not None and not self.followed:
            self._ask("")
        elif not self.followed:
            self._arrived(now)

    def _on_opened(self, opened: frames.Opened, now: float) -> None:
        if self._home is not None and not self.followed:
            self._home.opened(opened.conversation)
            self.follow(self._home, opened.conversation)

    def _on_watched(self, watched: frames.Watched, now: float) -> None:
        followed = self.followed.get(watched.conversation)
        if followed is None:
            return
        if watched.reset:
            self._recorder.count("resets")
        followed.screen.show_watched(watched)
        self._watching.add(watched.conversation)
        for fact in watched.facts:
            followed.room.shown(self, followed.screen, fact, now)
        followed.room.watched(self, followed.screen)
        if len(self._watching) == len(self.followed):
            self._arrived(now)
        self._pump()

    def _on_gone(self, gone: frames.Gone, now: float) -> None:
        self._watching.discard(gone.conversation)
        self._recorder.error("gone")
        self._recorder.problem = f"a session may not see its conversation any more: {gone.why}"

    def _on_away(self, away: frames.Away, now: float) -> None:
        self._recorder.count("sent_away")  # a close follows

    def _on_pong(self, pong: frames.Pong, now: float) -> None:
        self.is_asked = False

    def _arrived(self, now: float) -> None:
        if self._pause and self.entrance.line is not None:
            self.entrance.line.read_slowly(self._pause)
        if self._since:
            self._recorder.time("resume" if self._was_in else "join", now - self._since)
            self._since = 0.0

    # -- what is sent --------------------------------------------------------------------------------------------------

    def _ask(self, conversation: str) -> None:
        if conversation in self.followed:
            self._watch(conversation)
        elif not self.followed:
            self.send(encode("open"))

    def _watch(self, conversation: str) -> None:
        screen = self.followed[conversation].screen
        after = {"after": {"n": screen.last, "id": screen.last_id}} if screen.last_id else {}
        self.send(encode("watch", conversation=conversation, **after))

    def _again(self, command: Command) -> None:
        self._unsent.appendleft(command)
        self._pump()

    def _pump(self) -> None:
        line = self.entrance.line
        while self._unsent and self.is_in and line is not None and len(self._sent) < AT_ONCE[self.side]:
            command = self._unsent[0]
            if command.room.log.conversation not in self._watching:
                return
            self._sent[self._unsent.popleft().id] = command
            line.send(command.frame)


_On = Callable[[Session, Any, float], None]
_ON: dict[type, _On] = {
    frames.Shown: Session._on_shown, frames.Piece: Session._on_piece, frames.Ack: Session._on_ack,
    frames.Error: Session._on_error, frames.Typing: Session._on_typing, frames.Times: Session._on_times,
    frames.Welcome: Session._on_welcome, frames.Opened: Session._on_opened, frames.Watched: Session._on_watched,
    frames.Gone: Session._on_gone, frames.Away: Session._on_away, frames.Pong: Session._on_pong,
}  # fmt: skip

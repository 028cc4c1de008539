"""Conversations under load. In a `Talk` an agent holds control, and customer and agent write; in a `BotTalk` the
customer keeps the bot replying, and agents take over.
"""

import itertools
import random
from collections.abc import Callable

from intervene.load import frames
from intervene.load.bounded import keep
from intervene.load.frames import CUSTOMER, STAFF
from intervene.load.recorder import Recorder
from intervene.load.schedule import Work
from intervene.load.screen import Log, Screen
from intervene.load.session import Command, Session
from intervene.load.wire import Say, encode

DUES = 512  # messages of a conversation whose delivery can be timed
SILENT_SECONDS = 15.0  # without a sign of the bot; then the customer writes again
STUCK_SECONDS = 5.0  # without a bot, and without a takeover under way; then it is given back

At = Callable[[float, Work], None]
"""As `Schedule.at`."""

_numbers = itertools.count(1)


class Room:
    """`customers` and `desks` are its sessions; the first customer writes, and `desks[holder]` has control."""

    def __init__(self, recorder: Recorder, at: At, size: int, holder: int) -> None:
        self.log = Log(recorder.findings)
        self.customers: list[Session] = []
        self.desks: list[Session] = []
        self.is_ready = False
        self._recorder = recorder
        self._at = at
        self._size = size
        self._holder = holder
        self._dues: dict[int, float] = {}
        self._says: dict[str, Say] = {}
        self._typing: dict[str, tuple[bool, float]] = {}

    @property
    def sessions(self) -> list[Session]:
        return [*self.customers, *self.desks]

    @property
    def desk(self) -> Session:
        return self.desks[self._holder]

    def opened(self, conversation: str) -> None:
        if self.log.conversation:
            return
        self.log.conversation = conversation
        self._says = {side: Say(conversation, self._size, is_staff=side == STAFF) for side in (STAFF, CUSTOMER)}
        for desk in self.desks:
            desk.follow(self, conversation)

    def watched(self, session: Session, screen: Screen) -> None:
        if not self.is_ready and all(one.is_watching(self.log.conversation) for one in self.sessions):
            self._furnish()

    def say(self, session: Session, due: float) -> None:
        number = next(_numbers)
        screen = session.screen(self.log.conversation)
        frame = self._says[session.side].frame(number, max(screen.epoch, 0), screen.last)
        self._recorder.count("due")
        keep(self._dues, number, due, DUES)
        session.give(Command(id=f"load-{number}", frame=frame, due=due, room=self, number=number))

    def command(self, session: Session, type: str, due: float) -> None:
        """Of control, in the epoch that the session sees."""
        conversation = self.log.conversation
        epoch = session.screen(conversation).epoch
        id = f"{type}-{next(_numbers)}"
        frame = encode(type, id=id, conversation=conversation, epoch=epoch)
        session.give(Command(id=id, frame=frame, due=due, room=self))

    def type(self, session: Session, due: float) -> None:
        was_on, _ = self._typing.get(session.side, (False, 0.0))
        self._typing[session.side] = not was_on, due
        session.send(encode("set_typing", conversation=self.log.conversation, on=not was_on))

    # -- what its sessions are sent ------------------------------------------------------------------------------------

    def shown(self, session: Session, screen: Screen, fact: frames.Fact, now: float) -> None:
        self._recorder.count("events")
        if fact.number:
            due = self._dues.get(fact.number)
            if due is not None:
                self._recorder.count("delivered")
                self._recorder.time("delivery.slow" if session.is_slow else "delivery", now - due)

    def acked(self, session: Session, command: Command, ack: frames.Ack, now: float) -> None:
        if command.number:
            self._recorder.count("acked")
            self._recorder.time("ack", now - command.due)
            self.log.acked(command.number)

    def failed(self, session: Session, command: Command, error: frames.Error) -> None:
        self._recorder.problem = f"a command was refused with {error.code}: {error.message}"

    def typing(self, session: Session, typing: frames.Typing, now: float) -> None:
        side = CUSTOMER if typing.by == "contact" else STAFF
        is_on, due = self._typing.get(side, (False, 0.0))
        if due and typing.on is is_on:
            self._recorder.time("typing", now - due)

    def times(self, times: frames.Times) -> None:
        pass

    def _furnish(self) -> None:
        self.is_ready = True


class Talk(Room):
    _is_taking = False

    def _furnish(self) -> None:
        """Once: the holder takes control, unless they have it."""
        if self.desk.screen(self.log.conversation).holder == "agent":
            self.is_ready = True
        elif not self._is_taking:
            self._is_taking = True
            self.command(self.desk, "intervene", 0.0)

    def acked(self, session: Session, command: Command, ack: frames.Ack, now: float) -> None:
        super().acked(session, command, ack, now)
        if not command.number:
            self.is_ready = True


class _Takeover:
    """One that is under way, or was the last one."""

    def __init__(self, due: float, clicks: int, epoch: int) -> None:
        self.due = due
        self.clicks = clicks
        self.epoch = epoch
        """That of the new holder, if it is won."""
        self.winner: Session | None = None
        self.times: frames.Times | None = None
        self.given_back = 0.0
        """When, or when it failed; 0.0: it is under way."""


class BotTalk(Room):
    def __init__(self, recorder: Recorder, at: At, size: int, holder: int, pause: float, hold: float) -> None:
        super().__init__(recorder, at, size, holder)
        self._pause = pause
        self._hold = hold
        self._asked_at = 0.0
        self._has_answered = True
        self._takeover: _Takeover | None = None

    @property
    def is_held(self) -> bool:
        """A takeover is under way."""
        return self._takeover is not None and not self._takeover.given_back

    @property
    def is_of_bot(self) -> bool:
        return not self.is_held and self._screen.holder == "bot"

    @property
    def is_streaming(self) -> bool:
        return self.is_of_bot and bool(self._screen.open)

    def ask(self, due: float) -> None:
        """The customer writes, and the bot should answer."""
        self._asked_at, self._has_answered = due, False
        self.say(self.customers[0], due)

    def take_over(self, due: float, clicks: int) -> None:
        """So many of the agents who are there click."""
        desks = [desk for desk in self.desks if desk.is_watching(self.log.conversation) and not desk.is_slow]
        random.shuffle(desks)
        epoch = self._screen.epoch + 1
        self._takeover = _Takeover(due, min(clicks, len(desks)), epoch)
        for desk in desks[:clicks]:
            self.command(desk, "intervene", due)
        if not desks:
            self._takeover.given_back = due

    def look(self, now: float) -> None:
        """Now and then: whether the bot is at work."""
        if not self._asked_at:
            return
        if self.is_of_bot and now - self._asked_at > SILENT_SECONDS and not self.customers[0].unanswered:
            if not self._has_answered:
                self._recorder.count("silent")
            self.ask(now)
        elif not self.is_held and self._screen.holder in ("nobody", "agent") and now - self._moved_at > STUCK_SECONDS:
            self._asked_at = now
            self.take_over(0.0, 1)

    def time_takeover(self) -> None:
        """By the server's times of the last one, once: all that will be known of it is."""
        taken = self._takeover
        if taken is None or taken.times is None or not taken.due:
            return
        for phase in ("committed", "written", "seen", "bot_stopped"):
            took = getattr(taken.times, f"{phase}_ms")
            if took >= 0:
                self._recorder.time(f"takeover.{phase}", took / 1000)
        taken.times = None

    # -- what its sessions are sent ------------------------------------------------------------------------------------

    def shown(self, session: Session, screen: Screen, fact: frames.Fact, now: float) -> None:
        super().shown(session, screen, fact, now)
        if fact.kind == "control":
            self._show_control(session, fact, now)
        elif fact.by == "bot" and session is self.customers[0]:
            self._show_reply(fact, now)

    def acked(self, session: Session, command: Command, ack: frames.Ack, now: float) -> None:
        super().acked(session, command, ack, now)
        if command.number or self._takeover is None:
            return
        if command.id.startswith("hand_back"):
            self._give_back(now)
        elif ack.n:
            self._win(self._takeover, session, command, now)

    def failed(self, session: Session, command: Command, error: frames.Error) -> None:
        taken = self._takeover
        if command.number or taken is None:
            super().failed(session, command, error)
        elif error.code == "taken":
            self._recorder.count("races")
        elif taken.winner is None or command.id.startswith("hand_back"):
            super().failed(session, command, error)
            taken.given_back = taken.given_back or max(taken.due, self._asked_at)

    def times(self, times: frames.Times) -> None:
        if self._takeover is not None and times.epoch == self._takeover.epoch:
            self._takeover.times = times

    def _show_control(self, session: Session, fact: frames.Fact, now: float) -> None:
        session.send(encode("seen", conversation=self.log.conversation, n=fact.n))
        taken = self._takeover
        if taken is None or not taken.due or session.is_slow:
            return
        if fact.holder == "agent" and fact.epoch in (-1, taken.epoch):
            self._recorder.time("takeover.shown", now - taken.due)

    def _show_reply(self, fact: frames.Fact, now: float) -> None:
        if not self._has_answered:
            self._has_answered = True
            self._recorder.time("bot.first", now - self._asked_at)
        if fact.kind == "message" and not self.is_held:
            self._at(now + 2 * random.random() * self._pause, self._ask_again)

    def _ask_again(self, due: float) -> None:
        if self.is_of_bot and self._has_answered and not self._screen.open:  # else the end of that reply leads here
            self.ask(due)

    def _win(self, taken: _Takeover, session: Session, command: Command, now: float) -> None:
        if taken.winner not in (None, session):
            self._recorder.findings.add("winners", f"{self.log.conversation}: {command.id} won too.")
            return
        taken.winner = session
        if taken.due:
            self._recorder.count("takeovers")
            self._recorder.time("takeover.ack", now - command.due)
            self.say(session, now)
        self._at(now + self._hold, self._hand_back)

    def _hand_back(self, due: float) -> None:
        if self._takeover is not None and self._takeover.winner is not None:
            self.command(self._takeover.winner, "hand_back", due)

    def _give_back(self, now: float) -> None:
        taken = self._takeover
        assert taken is not None, "it was handed back after one"
        taken.given_back = now
        self.time_takeover()
        self._has_answered = True
        self._at(now + 2 * random.random() * self._pause, self._ask_again)

    @property
    def _moved_at(self) -> float:
        return max(self._asked_at, self._takeover.given_back if self._takeover else 0.0)

    @property
    def _screen(self) -> Screen:
        return self.desk.screen(self.log.conversation)
